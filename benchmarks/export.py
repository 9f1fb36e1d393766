"""Times exported models beside Keras: python benchmarks/export.py.

One prediction of one query, 5 ways 1 shot, of a matching network and of the pretrained LRUA, in
turns: each round times every way of predicting once, so that other work slows all alike.
"""

import pathlib
import statistics
import tempfile
import time

import numpy as np
from absl import app, flags, logging

_ROUNDS = flags.DEFINE_integer("rounds", 100, "Predictions of each kind.", lower_bound=3)
_MODELS = flags.DEFINE_list(
    "models",
    ["matching", "omniglot_5way"],
    "Pretrained models or workdirs; matching is that of --config=matching with its first weights.",
)

_FIXED = {"ways": 5, "shots": 1, "queries": 1}


def write_matching(path):
    """Writes the run of an untrained matching network, which is as fast as a trained one."""
    from mann.models.build import build_model
    from mann.runs import checkpoints
    from mann.runs.files import write_json
    from mann.runs.workdir import Workdir
    from mann.tasks.build import build_task
    from mann_config.catalog import load

    # Generated characters need no download.
    config, matching = load("characters"), load("matching")
    config.model = matching.model
    config.task.image_size = matching.task.image_size
    workdir = Workdir(path)
    write_json(workdir.config, config.to_dict())
    checkpoints.save_model(build_model(config.model, build_task(config)), workdir.model)


def make_calls(model, folder):
    """Returns a dict from the name of a way to predict to a function that does it once."""
    import tensorflow as tf

    import mann
    from mann.export import export, runtimes
    from mann.export.graphs import make_graph
    from mann.pretrained import load_predictor
    from mann_config.exporting import FORMATS
    from mann_config.extras import is_installed

    predictor, form = load_predictor(model)
    images = np.random.default_rng(0).integers(0, 128, (6, *form.shape), np.uint8)
    labels = np.arange(5, dtype=np.int32)
    floats = images / np.float32(255)
    arrays = floats[:5], labels, floats[5:]
    classifier = mann.FewShotClassifier(model).fit(images[:5], labels)
    compiled = tf.function(make_graph(predictor, 5), jit_compile=False)
    tensors = [tf.constant(array) for array in arrays]
    calls = {
        "FewShotClassifier: predict_proba": lambda: classifier.predict_proba(images[5:]),
        "FewShotClassifier: fit, predict_proba": lambda: (
            mann.FewShotClassifier(model).fit(images[:5], labels).predict_proba(images[5:])
        ),
        "Keras, compiled": lambda: compiled(*tensors)["probabilities"].numpy(),
    }
    sizes = dict.fromkeys(calls, None)
    for format, kind in FORMATS.items():
        for name, fixed in {"any numbers": {}, "fixed": _FIXED}.items():
            if not all(map(is_installed, filter(None, (kind.writer, kind.runtime)))):
                continue
            if not fixed and not kind.loops:
                continue
            path = pathlib.Path(folder, f"{format}{len(fixed)}{kind.suffix}")
            exported = export(model, path, format, **fixed)
            answer = runtimes.load(path, format)
            calls[f"{format}, {name}"] = lambda answer=answer: answer(*arrays)
            sizes[f"{format}, {name}"] = exported.num_bytes
    return calls, sizes


def time_in_turns(calls, rounds):
    """Returns the median milliseconds of each call."""
    seconds = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: 1000 * statistics.median(taken) for name, taken in seconds.items()}


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    logging.set_verbosity(logging.WARNING)
    for model in _MODELS.value:
        with tempfile.TemporaryDirectory() as folder:
            path = model
            if model == "matching":
                path = f"{folder}/matching"
                write_matching(path)
            calls, sizes = make_calls(path, folder)
            medians = time_in_turns(calls, _ROUNDS.value)
        base = medians["Keras, compiled"]
        print(f"\n{model}: one query, 5 ways 1 shot, median of {_ROUNDS.value}")
        print(f"{'':<40}{'MiB':>8}{'ms':>10}{'of compiled Keras':>20}")
        for name, median in medians.items():
            size = f"{sizes[name] / 2**20:.2f}" if sizes[name] else ""
            print(f"{name:<40}{size:>8}{median:>10.2f}{median / base:>20.2f}")


if __name__ == "__main__":
    app.run(main)

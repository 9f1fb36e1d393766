"""Times FewShotClassifier in use: python benchmarks/classifier.py --model=omniglot_5way.

Fits and predicts follow each other with other numbers of images each time. What is paid once, for
loading and compiling, stands apart from what every call costs.
"""

import statistics
import time

import numpy as np
from absl import app, flags

_MODEL = flags.DEFINE_string("model", "omniglot_5way", "A pretrained model, or a workdir.")
_CALLS = flags.DEFINE_integer("calls", 100, "Fits, each with a predict.", lower_bound=3)


def numbers_of_images(calls):
    """Yields the ways, shots and queries of each call, seldom the same twice."""
    rng = np.random.default_rng(0)
    for _ in range(calls):
        yield int(rng.integers(2, 6)), int(rng.integers(1, 6)), int(rng.integers(1, 31))


def timed(call, *arguments):
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    import keras

    import episodes
    import mann
    from mann.pretrained import load_predictor

    seconds = {"load": [timed(load_predictor, _MODEL.value)], "fit": [], "predict": []}
    image_size = load_predictor(_MODEL.value)[1].size
    images = episodes.generate_characters(5, num_drawings=11, image_size=image_size).images
    queries = images[:, 5:].reshape(30, image_size, image_size)
    for ways, shots, num_queries in numbers_of_images(_CALLS.value):
        classifier = mann.FewShotClassifier(_MODEL.value)
        support = images[:ways, :shots].reshape(-1, image_size, image_size)
        seconds["fit"].append(timed(classifier.fit, support, np.arange(ways).repeat(shots)))
        seconds["predict"].append(timed(classifier.predict, queries[:num_queries]))
    print(f"{_CALLS.value} fits and predicts of {_MODEL.value} on {keras.backend.backend()}:")
    print(f"{'':<8}{'first, s':>10}{'later, ms: median':>20}{'slowest':>10}{'first / later':>15}")
    for name, (first, *later) in seconds.items():
        row = f"{name:<8}{first:>10.2f}"
        if later:
            median = statistics.median(later)
            row += f"{1000 * median:>20.1f}{1000 * max(later):>10.1f}{first / median:>15.0f}"
        print(row)
    print(f"all: {sum(map(sum, seconds.values())):.1f} s")


if __name__ == "__main__":
    app.run(main)

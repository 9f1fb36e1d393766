"""Trains the model of a config, resumes its training, and measures it on test examples."""

import contextlib
import functools

import keras
from ml_collections import config_dict

from mann.models.build import build_model, change_memory
from mann.models.compiling import compile_model, use_kernels
from mann.runs import checkpoints
from mann.runs.files import write_json
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import reporting
from mann.training.devices import Replicas, choose_distribution, describe, split_cpu
from mann.training.fit import fit
from mann.training.processes import Processes
from mann.training.start import start
from mann_config.check import complete_config
from mann_config.errors import UserError
from mann_config.machine_memory import check_memory


def train_and_evaluate(config, workdir):
    """Trains from the newest checkpoint of `workdir`, or from the start, then evaluates.

    A `workdir` with a model but no checkpoints, such as a copy of a pretrained model, continues
    from that model.

    On JAX it trains on all GPUs of the machine, or on as many devices as `train.replicas` says, and
    together with the other processes that `jax.distributed.initialize` has joined. The first
    process alone uses the folder.

    Args:
        config: a `ConfigDict` such as `configs/characters.py` makes.
        workdir: path of the folder that holds the run; made if it is missing.

    Returns:
        The list of `Measurement` that `evaluate` returns for the best model; `None` in other
        processes than the first.

    Raises:
        UserError: if the config, the data or the workdir cannot be used, or another training uses
            the workdir; nothing is overwritten.
        Interrupted: if SIGINT, SIGTERM or SIGHUP stopped the run; a checkpoint holds the last step.

    Example: `train_and_evaluate(configs.characters.get_config(), "runs/characters")`
    """
    config = config_dict.ConfigDict(complete_config(config.to_dict()))
    split_cpu(config.train.replicas)
    processes = Processes()
    workdir = Workdir(workdir)
    with processes.await_end_of_dead():
        _train(config, workdir, processes)
        return processes.run_in_first(functools.partial(_evaluate, config, workdir))


def _evaluate(config, workdir):
    result = evaluate(workdir.path, config.test_episodes)
    print(
        "Next: measure it on more examples with\n"
        f"  mann evaluate --workdir={workdir.path} --episodes={2 * config.test_episodes}"
    )
    return result


def _train(config, workdir, processes):
    build_all = functools.partial(_build_all, config, processes)
    task, model, distribution = processes.run_in_all(build_all)
    with contextlib.ExitStack() as stack:

        def begin():
            stack.enter_context(workdir.lock())
            devices = describe(distribution, config.train.batch_size, processes)
            return _begin(config, task, model, workdir, devices)

        model, step = processes.run_in_first(begin) or (model, None)
        step = processes.share(lambda: step)
        if step < config.train.steps:
            build = functools.partial(_build, config, task)
            replicas = Replicas(model, build, distribution, processes)
            fit(replicas, task, config.train, workdir, step, processes)


def _build_all(config, processes):
    """Returns the task, a new model, and how its batches are spread over devices."""
    check_memory(config.to_dict(), processes=processes.number)
    keras.utils.set_random_seed(config.seed)
    task = build_task(config)
    model = build_model(config.model, task)
    _check_steps(config.train.steps, model)
    distribution = choose_distribution(config.train, processes) if config.train.steps else None
    return task, model, distribution


def _build(config, task):
    # JAX refuses weights that differ between processes, though others are given to them later.
    keras.utils.set_random_seed(config.seed)
    model = build_model(config.model, task)
    compile_model(model, config.train, task)
    return model


def _begin(config, task, model, workdir, devices):
    """Returns the model to train and its step, and prints what is trained."""
    workdir.claim(config.to_dict(), task.class_hashes)
    for name, value in task.files().items():
        write_json(workdir.path / name, value)
    workdir.remove_leftovers()
    model, step, origin = start(config, task, model, workdir)
    reporting.print_start(config, model, task, step, devices)
    if step >= config.train.steps:
        if not workdir.model.exists():
            checkpoints.save_model(model, workdir.model)
    elif origin == workdir.model:
        print(f"Starting from {origin}, as there is no checkpoint, at step {step:,}.")
    return model, step


def evaluate(
    workdir,
    episodes=1000,
    seed=0,
    options=None,
    memory_size=None,
    addressing=None,
    pictures=True,
):
    """Measures the best model of a run on test examples; prints, writes and draws the results.

    Args:
        workdir: path of the folder of the run.
        episodes: number of test episodes, or of sequences at each level. Defaults to 1000.
        seed: seed of the test episodes. Defaults to 0.
        options: dict of options: for a few-shot task `protocol`, `ways`, `shots`, `queries`,
            `draws`, `views` and `runs_zip`; for an algorithmic task or one on graphs, axes of
            difficulty with their levels. Defaults to `None`: the defaults of the task.
        memory_size: number of slots of the memory, which may be more than in training. Defaults to
            `None`: as in training.
        addressing: how the heads of the memory address it, `"soft"` or `"hard"`; see `NTM`.
            Defaults to `None`: as in training.
        pictures: whether to draw pictures. Defaults to `True`.

    Returns:
        A list of `mann.evaluation.measurement.Measurement`.

    Raises:
        UserError: if the run, its model or its data is missing, or an option, `memory_size` or
            `addressing` is wrong.

    Example: `evaluate("runs/copy", episodes=100, options={"length": [20, 120]})`
    """
    workdir = Workdir(workdir)
    config = config_dict.ConfigDict(workdir.read_config())
    check_memory(config.to_dict(), levels=options, training=False)
    task = build_task(config, test_seed=seed)
    workdir.claim(config.to_dict(), task.class_hashes)
    like = build_model(config.model, task)
    model, path = checkpoints.load_best(workdir, like)
    step = checkpoints.get_step(model)
    model = change_memory(model, config, task, memory_size, addressing)
    use_kernels(model)
    options = options or {}
    task.check_options(options)
    measurements = task.evaluate(model, episodes, config.train.batch_size, options)
    remarks = task.remarks(measurements, model, workdir)
    reporting.print_measurements(measurements, remarks)
    how = {"options": options, "seed": seed, "step": step}
    reporting.write_evaluation(measurements, remarks, workdir, model, task, how)
    if pictures:
        reporting.draw_pictures(measurements, model, task, config, workdir)
    reporting.print_end(workdir, path, step, pictures)
    return measurements


def _check_steps(steps, model):
    has_weights = bool(model.trainable_variables)
    if has_weights != (steps > 0):
        expected = "1 or more"
        if not has_weights:
            expected = f"0: the model, {model.name}, has no weights to train"
        raise UserError(f"--config.train.steps must be {expected}. Received: {steps}.")

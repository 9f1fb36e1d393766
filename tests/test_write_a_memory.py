"""What docs/write_a_memory.md says, done in a package outside this tree."""

import json
import os
import pathlib
import shlex
import subprocess
import sys

import keras
import numpy as np
import pytest
from documents import forget_packages, list_blocks, write_files
from small_runs import SMALL_COPY, SMALL_TRAINING, changed

from configs import copy, images
from mann.classifier import FewShotClassifier
from mann.tasks.build import build_task
from mann.training import evaluate, train_and_evaluate
from mann_config import catalog, grid
from mann_config.check import check_overrides, complete_config
from mann_config.errors import UserError
from mann_config.plugins import import_named

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs" / "write_a_memory.md"
FILES = {block.file: block.code for block in list_blocks(PAGE) if block.file}
COMMANDS = [
    shlex.split(line)
    for block in list_blocks(PAGE)
    if block.language == "bash"
    for line in block.code.replace("\\\n", "").splitlines()
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Writes the files of the page into a folder, and returns it."""
    folder = tmp_path_factory.mktemp("lab")
    write_files(PAGE, folder)
    return folder


@pytest.fixture
def in_lab(lab, monkeypatch):
    monkeypatch.chdir(lab)
    monkeypatch.syspath_prepend(str(lab))
    # The test of the page has them in another folder.
    forget_packages(PAGE, lab)
    return lab


def run(lab, arguments, fields):
    flags = [f"--config.{name}={value}" for name, value in fields.items()]
    finished = subprocess.run(
        [sys.executable, "-m", "mann_commands", *arguments, *flags],
        cwd=lab,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def find_command(*words):
    """Returns the arguments of the one command of the page that has all of these words."""
    (found,) = [
        command[1:] for command in COMMANDS if all(word in " ".join(command) for word in words)
    ]
    return found


def test_the_memory_has_sixty_lines():
    lines = FILES["mylab/memories.py"].splitlines()
    code = [line for line in lines if line.strip() and not line.startswith(("import", "from"))]
    assert len(code) <= 60


def test_a_file_of_fields_trains_it(lab):
    fields = {k: v for k, v in SMALL_COPY.items() if k != "model.num_read_heads"}
    run(lab, find_command("train", "ring.py"), fields | {"train.steps": 2})
    config = json.loads((lab / "runs" / "ring_wide" / "config.json").read_text())
    assert config["model"]["name"] == "mylab.memories:Ring"
    assert config["model"]["memory_size"] == SMALL_COPY["model.memory_size"]
    # Another process knows the memory from the config of the run.
    out = run(lab, ["evaluate", "--workdir=runs/ring_wide", "--lengths=3", "--episodes=4"], {})
    assert "Wrong bits" in out
    assert (lab / "runs" / "ring_wide" / "pictures" / "memory.png").exists()


def test_one_sweep_measures_it_beside_others(lab):
    command = find_command("sweep")
    small = {"--seeds=0..2": "--seeds=0", "ntm,dnc,lstm,": "lstm,", "20,40,80,120": "2,4"}
    for old, new in small.items():
        assert any(old in argument for argument in command)
        command = [argument.replace(old, new) for argument in command]
    # Those of all models alone: not of a memory.
    fields = {k: v for k, v in SMALL_COPY.items() if k in SMALL_TRAINING or k[:4] == "task"}
    out = run(lab, command, fields | {"train.steps": 2})
    assert "mylab.memories:Ring" in out and "lstm" in out


def test_the_memory_is_a_good_layer(in_lab, tmp_path):
    Ring = import_named("mylab.memories:Ring", "model")
    layer = Ring(4, memory_size=6, word_size=3, return_sequences=True)
    inputs = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    mask = np.array([[True] * 5, [True, True, False, False, True]])
    outputs = keras.ops.convert_to_numpy(layer(inputs, mask=mask))
    without = keras.ops.convert_to_numpy(layer(inputs[1:, [0, 1, 4]]))
    np.testing.assert_allclose(outputs[1, [0, 1, 4]], without[0], atol=1e-5)
    # It writes one slot at a time, so that the weights of a head stay a distribution.
    trace = layer.trace(inputs)
    np.testing.assert_allclose(trace["write_weights"].sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(trace["read_weights"].sum(axis=-1), 1, atol=1e-5)
    same = Ring.from_config(layer.get_config())
    assert same.get_config() == layer.get_config()


def test_a_task_of_the_page_is_trained(in_lab, tmp_path, capsys):
    assert "--config.task.name=mylab.tasks:Reverse" in find_command("Reverse")
    changes = {"task__name": "mylab.tasks:Reverse", "train__steps": 2}
    (wrong, _) = train_and_evaluate(changed(copy.get_config(), SMALL_COPY, changes), tmp_path)
    assert list(wrong.values) == [2, 6]
    unused = "task.sparse has no effect: mylab.tasks:Reverse does not take it."
    assert unused in capsys.readouterr().out
    task = import_named("mylab.tasks:Reverse", "task")(bits=3, length=(1, 4))
    batch = task.sample(np.random.default_rng(0), 8)
    for inputs, targets, weights in zip(*batch, strict=True):
        counts = weights > 0
        np.testing.assert_array_equal(task.solve(inputs)[counts], targets[counts])


def test_data_of_the_page_are_learned(in_lab, tmp_path):
    assert "--config.task.splits=mylab.data:signs" in find_command("signs")
    fields = SMALL_TRAINING | {"model.encoder.filters": 16, "train.batch_size": 1}
    changes = {"task__splits": "mylab.data:signs", "task__image_size": 12, "train__steps": 2}
    train_and_evaluate(changed(images.get_config(), fields, changes), tmp_path)
    (measured,) = evaluate(tmp_path, episodes=4, options={"ways": [3]}, pictures=False)
    assert "3-way 1-shot" in measured.values
    images_of_signs = np.eye(12)[None].repeat(2, axis=0)
    assert FewShotClassifier(str(tmp_path)).fit(images_of_signs, ["a", "b"])


BAD = {
    "no module": ("model.name", "mylab.memry:Ring", "no module 'mylab.memry' in"),
    "no package": ("model.name", "yourlab:Ring", "no module 'yourlab' in"),
    "no name": ("model.name", "mylab.memories:Rng", "memories.py has no 'Rng'"),
    "does not import": ("model.name", "mylab.broken:Ring", "not import .ZeroDivisionError"),
    "needs another": ("model.name", "mylab.needs:Ring", "not import .ModuleNotFoundError: .*nopac"),
    "not a layer": ("model.name", "mylab.tasks:Reverse", "must be a class of Keras layers"),
    "not a class": ("model.name", "mylab.data:np", "must be a class of Keras layers"),
    "makes no layer": ("model.name", "mylab.broken_too:Ring", "It made dict"),
    "not a task": ("task.name", "mylab.memories:Ring", "Received: another class"),
    "makes no task": ("task.name", "mylab.broken_too:task", "Received: str"),
    "not for it": ("task.name", "mylab.broken_too:Bare", "does not take bits"),
    "wants more": ("task.name", "mylab.broken_too:More", "cannot be called as it should be"),
    "wants less": ("task.name", "mylab.broken_too:nothing", "cannot be called as it should be"),
    "no file": ("model.name", "sys:Ring", "the module sys has no 'Ring'"),
    "no time": ("model.name", "keras.layers:GlobalAveragePooling1D", "must return .batch, time"),
    "looks ahead": ("model.name", "mylab.broken_too:Ahead", "looks ahead"),
    "not saved": ("model.name", "mylab.broken_too:Unsaved", "cannot be saved"),
}


@pytest.mark.parametrize(("field", "path", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_one_line(in_lab, tmp_path, field, path, message):
    (in_lab / "mylab" / "broken.py").write_text("1 / 0\n")
    (in_lab / "mylab" / "needs.py").write_text("import nopackage\n")
    (in_lab / "mylab" / "broken_too.py").write_text(
        "import keras\nfrom episodes.algorithmic import Copy\n\n"
        "class Ahead(keras.layers.Layer):\n    def call(self, x):\n        return x[:, ::-1]\n\n"
        "class Unsaved(keras.layers.Layer):\n"
        "    def __init__(self, units, **kwargs):\n        super().__init__(**kwargs)\n\n"
        "    def get_config(self):\n        return {}\n\n"
        "class More(Copy):\n    def __init__(self, bits, length, more):\n        pass\n\n"
        "def nothing():\n    return None\n\n"
        "def Ring(units, name):\n    return {}\n\n"
        "def task(config, test_seed):\n    return 'copy'\n\n"
        "class Bare(Copy):\n    def __init__(self, length):\n        super().__init__(2, length)\n"
    )
    config = changed(copy.get_config(), SMALL_COPY, {field.replace(".", "__"): path})
    with pytest.raises(UserError, match=message) as caught:
        train_and_evaluate(config, tmp_path / "run")
    assert path in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_field_that_the_memory_does_not_take_is_refused(lab):
    arguments = ["train", "--config=copy", "--config.model.name=mylab.memories:Ring"]
    with pytest.raises(AssertionError, match="shift_range has no effect on mylab.memories:Ring"):
        run(lab, arguments, {"model.shift_range": 2})


def test_fields_of_all_models_of_sequences_are_those_of_the_memory(in_lab):
    config = catalog.load("omniglot")
    config.model.name = "mylab.memories:Ring"
    config = complete_config(config.to_dict())
    check_overrides(["task.instances", "model.memory_size", "model.encoder.aligned"][:2], config)
    with pytest.raises(UserError, match="usage_decay has no effect"):
        check_overrides(["model.usage_decay"], config)


def test_arguments_of_a_memory_are_left_out_of_the_rows_of_others(in_lab):
    (in_lab / "wide.py").write_text(
        "from mann_config.catalog import load\n\n\ndef get_config():\n"
        "    config = load('copy')\n    config.model.decay = 0.5\n    return config\n"
    )
    base = grid.Base("wide.py", {})
    names = ("ntm", "mylab.memories:Ring")
    runs = grid.list_runs(base, {"model.name": names}, [0])
    assert [run.refusal for run in runs] == [None, None]
    assert ["decay" in run.config["model"] for run in runs] == [False, True]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("'splits'", "must return episodes.Splits. Received: str"),
        ("signs(config, seed)", r"images of shape \(9, 9\), where image_size=12"),
    ],
)
def test_what_a_function_of_data_returns_is_checked(in_lab, tmp_path, returned, message):
    name = f"wrong_{len(returned)}"
    (in_lab / "mylab" / f"{name}.py").write_text(
        "from mylab.data import signs\n\n"
        f"def load(config, seed):\n    config.image_size = 9\n    found = {returned}\n"
        "    config.image_size = 12\n    return found\n"
    )
    changes = {"task__splits": f"mylab.{name}:load", "task__image_size": 12}
    with pytest.raises(UserError, match=message):
        train_and_evaluate(changed(images.get_config(), SMALL_TRAINING, changes), tmp_path / "run")


def test_fields_that_a_function_of_data_may_not_read_are_named(in_lab, capsys):
    fields = {"path": "pictures", "split": "dtd", "split_seed": 3}
    given = {f"task__{name}": value for name, value in fields.items()}
    changes = {"task__splits": "mylab.data:signs", "task__image_size": 12, "train__steps": 1}
    build_task(changed(images.get_config(), SMALL_TRAINING, changes))
    assert "is up to" not in capsys.readouterr().out
    build_task(changed(images.get_config(), SMALL_TRAINING, changes | given))
    assert (
        "task.path=pictures, task.split=dtd, task.split_seed=3: what they mean is up to "
        "task.splits=mylab.data:signs.\n"
    ) in capsys.readouterr().out

"""The README and the guide: their Python runs as printed, and their commands are right."""

import functools
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib

import keras
import numpy as np
import pytest
from documents import (
    PAGES,
    ROOT,
    SHELL,
    forget_packages,
    list_blocks,
    name_page,
    record_commands,
    write_files,
)
from ml_collections import config_dict
from PIL import Image
from small_runs import SMALL, without_xla

import episodes
import mann
from mann import training
from mann.export import export
from mann_config import catalog

# Languages of blocks that are to be read: what a command prints, the tree, a file.
SHOWN = ("text", "csv")
ON_A_BACKEND = "KERAS_BACKEND="
# Pages whose commands really train and measure, at small size.
RUN = ("README.md", "docs/omniglot.md")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def pages_with(*languages):
    pages = [page for page in PAGES if any(b.language in languages for b in list_blocks(page))]
    return pytest.mark.parametrize("page", pages, ids=name_page)


def small(config):
    """Returns a config made small, in the fields that it has."""
    known = {name for name, _ in flatten(config.to_dict())}
    fields = {**SMALL, "task.generated": 50, "test_episodes": 4, "task.instances": 4}
    if config.model.get("encoder", {}).get("name", "none") != "none":
        # Its images have the size that the encoder was trained on, and its slots the size of them.
        for name in ("task.image_size", "model.word_size"):
            del fields[name]
    config.update_from_flattened_dict({n: value for n, value in fields.items() if n in known})
    return config


def flatten(fields, prefix=""):
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_each_block_of_a_page_is_tested(page):
    text, blocks = page.read_text(), list_blocks(page)
    assert text.count("```") == 2 * len(blocks)
    for block in blocks:
        where = f"{page}:{block.line}"
        assert block.language in ("python", *SHELL, *SHOWN) or block.note, where
        assert not block.note or block.note.startswith((ON_A_BACKEND, "not run: ")), where
        if block.language in SHOWN:
            assert not re.search(r"^(mann|python|pip) ", block.code, re.MULTILINE), where


def test_few_blocks_are_not_run():
    notes = [block.note for page in PAGES for block in list_blocks(page)]
    assert sum(note.startswith("not run: ") for note in notes) <= 4


@pages_with("python")
def test_python_of_a_page(page, request, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    prepare_data(monkeypatch, tmp_path, page)
    make_searches_short(monkeypatch)
    # A page may set the policy.
    request.addfinalizer(
        functools.partial(keras.config.set_dtype_policy, keras.config.dtype_policy())
    )
    namespace = {}
    for block in list_blocks(page):
        if block.language == "python" and not block.note and not block.file:
            if "import torch" in block.code:
                pytest.importorskip("torch")
            # Errors name the line of the page.
            code = compile("\n" * block.line + block.code, str(page), "exec")
            with without_xla():
                exec(code, namespace)


def prepare_data(monkeypatch, folder, page):
    """Makes the files and runs that a page uses, and leaves out its downloads."""
    write_files(page, folder)
    forget_packages(page, folder)
    monkeypatch.syspath_prepend(str(folder))
    make_images(folder / "signs")
    if page.stem == "own_images":
        train_on_images(folder)
    if page.stem == "export":
        pytest.importorskip("tf2onnx")
        export("omniglot_5way", "omniglot.onnx")
        for name, array in make_episode(28).items():
            np.save(f"{name}.npy", array)
    images = np.random.default_rng(0).integers(0, 256, (30, 20, 20, 20), np.uint8)
    classes = episodes.FewShotDataset(images, [f"class{i}" for i in range(30)])
    splits = episodes.Splits(*(classes.select(range(i, i + 10)) for i in (0, 10, 20)))
    monkeypatch.setattr(episodes, "load_omniglot", lambda image_size: splits)


def make_images(folder):
    for index, images in enumerate(episodes.generate_characters(6, image_size=30).images[:, :5]):
        (folder / str(index)).mkdir(parents=True)
        for number, ink in enumerate(images):
            Image.fromarray(255 - ink).save(folder / str(index) / f"{number}.png")


def make_episode(size):
    images = np.random.default_rng(0).random((6, size, size), np.float32)
    return {"support": images[:4], "labels": np.int32([0, 0, 1, 1]), "queries": images[4:]}


def train_on_images(folder):
    config = catalog.load("images")
    fields = {"task.path": str(folder / "signs"), "train.steps": 1, "test_episodes": 2}
    config.update_from_flattened_dict({**fields, "train.validation_episodes": 2})
    with without_xla():
        training.train_and_evaluate(config, folder / "runs" / "signs")


def make_searches_short(monkeypatch):
    load = catalog.load
    monkeypatch.setattr(catalog, "load", lambda name: small(load(name)))
    optuna = pytest.importorskip("optuna")
    optimize = optuna.Study.optimize
    monkeypatch.setattr(
        optuna.Study,
        "optimize",
        lambda study, objective, n_trials, **others: optimize(study, objective, 1, **others),
    )


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=f"{name_page(page)}-{block.note}")
        for page in PAGES
        for block in list_blocks(page)
        if block.note.startswith(ON_A_BACKEND)
    ],
)
def test_python_for_a_backend(block):
    backend = block.note.removeprefix(ON_A_BACKEND)
    pytest.importorskip(backend)
    done = subprocess.run(
        [sys.executable, "-c", block.code],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def read_page(tmp_path_factory):
    """Returns what the commands of `mann` on a page call, after all its commands are checked."""

    @functools.cache
    def read(page):
        folder = tmp_path_factory.mktemp("page")
        for name in ("configs", "benchmarks", "train.py", "evaluate.py"):
            (folder / name).symlink_to(ROOT / name)
        make_images(folder / "signs")
        write_files(page, folder)
        commands = []
        for block in list_blocks(page):
            if block.language in SHELL and not block.note:
                for program, *arguments in record_commands(block.code, folder):
                    commands += CHECKS[program](arguments)
        done = subprocess.run(
            [sys.executable, ROOT / "tests" / "read_commands.py"],
            input=json.dumps(commands),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return [call for line in done.stdout.splitlines() for call in json.loads(line)]

    return read


def check_python(arguments):
    """Checks that a script knows its flags; returns the command of `mann` that it stands for."""
    if arguments[0] == "-c":
        compile(arguments[1], "-c", "exec")
        return []
    script, *options = arguments
    if script in ("train.py", "evaluate.py"):
        return [[script.removesuffix(".py"), *options]]
    known = re.findall(r'flags\.DEFINE_\w+\(\s*"(\w+)"', (ROOT / script).read_text())
    assert {re.match(r"--(\w+)", option)[1] for option in options} <= set(known), arguments
    return []


def check_pip(arguments):
    """Checks the extras of this project that are installed."""
    for wanted in arguments[1:]:
        extras = re.match(r"\.\[(.*)\]$", wanted)
        assert not extras or set(extras[1].split(",")) <= set(EXTRAS), wanted
    return []


def check_paths(arguments):
    """Checks that the paths among the arguments of a program exist."""
    for path in re.findall(r"(?:^|=| )(\w[\w/]*(?:/|\.py)[\w.]*)", shlex.join(arguments)):
        assert (ROOT / path).exists(), path
    return []


CHECKS = {
    "mann": lambda arguments: [arguments],
    "python": check_python,
    "pip": check_pip,
    "pytest": check_paths,
    "ruff": check_paths,
    "mkdocs": check_paths,
}


@pages_with(*SHELL)
def test_commands_of_a_page(page, read_page):
    read_page(page)


@pytest.mark.parametrize("page", [ROOT / name for name in RUN], ids=name_page)
def test_commands_of_a_page_run(page, read_page, monkeypatch, tmp_path):
    if page.stem == "omniglot" and "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("Omniglot would be downloaded")
    calls, trained = read_page(page), []
    monkeypatch.chdir(tmp_path)
    with without_xla():
        for name, call in calls:
            if name == "train":
                config = small(config_dict.ConfigDict(call["config"]))
                if config not in trained:
                    training.train_and_evaluate(config, call["workdir"])
                    trained.append(config)
            elif "pretrained" not in call["workdir"]:
                training.evaluate(**{**call, "episodes": 4})


def test_the_api_names_all_that_is_public():
    described = set()
    for page in (ROOT / "docs" / "api").glob("*.md"):
        described |= {
            name.split(".")[-1] for name in re.findall(r"^::: (.*)", page.read_text(), re.M)
        }
    parts = (episodes.algorithmic, episodes.chomsky, episodes.graphs)
    parts += (episodes.questions, episodes.text)
    public = {name for module in (mann, episodes, *parts) for name in module.__all__}
    modules = {part.__name__.split(".")[-1] for part in parts}
    assert public - described - modules == {"__version__", "ASK", "MARKS"}


@pytest.mark.parametrize("name", ["README.md", "BUILD.md", "CONTRIBUTING.md"])
def test_links_lead_to_files(name):
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / name).read_text()):
        assert (ROOT / link).exists(), link

"""What is uploaded to PyPI: the wheel holds the project, and its commands work without a clone."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest
from small_runs import SMALL

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = (
    "configs",
    "episodes",
    "mann",
    "mann_commands",
    "mann_config",
    "mann_draw",
    "mann_sweeps",
)
# Files of the packages that are no Python.
DATA = ("episodes/class_lists/*", "mann/pretrained/*/*", "mann_draw/static/*")


def run(*command, cwd):
    # Nothing of the clone is to be found.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Returns the wheel that is built of the source distribution."""
    # Other processes may test it at the same time, and what was built before is not to be packed.
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, source / package, ignore=ignored)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    run(sys.executable, "-m", "build", "--no-isolation", cwd=source)
    (path,) = source.glob("dist/*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_packages(wheel):
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    paths += [path for pattern in DATA for path in ROOT.glob(pattern)]
    names = {path: path.relative_to(ROOT).as_posix() for path in paths}
    expected = {
        f"mann_config/{name}" if name.startswith("configs/") else name: path.read_bytes()
        for path, name in names.items()
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as file:
        packed = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}
    assert packed.keys() == expected.keys()
    assert packed == expected


def test_the_commands_of_the_wheel_work_in_an_empty_folder(wheel, tmp_path):
    environment, folder = tmp_path / "environment", tmp_path / "empty"
    folder.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    # What it depends on is found where these tests find it.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    pathlib.Path(site.strip(), "of_the_tests.pth").write_text(sysconfig.get_path("purelib"))

    def mann(*arguments):
        return run(environment / "bin" / "mann", *arguments, cwd=folder)

    where = run(python, "-c", "import mann_config; print(mann_config.__file__)", cwd=folder)
    assert pathlib.Path(where.strip()).is_relative_to(environment)
    assert f"-{mann('--version').strip()}-" in wheel.name
    listed = {line.partition(" ")[0] for line in mann("configs").splitlines()}
    assert listed >= {path.stem for path in (ROOT / "configs").glob("*.py")}
    fields = [f"--config.{name}={value}" for name, value in SMALL.items()]
    assert "by instance: 6 episodes" in mann("train", "--workdir=run", *fields)
    assert "by instance: 4 episodes" in mann("evaluate", "--workdir=run", "--episodes=4")
    assert [path.name for path in folder.iterdir()] == ["run"]

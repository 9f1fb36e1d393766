"""The code blocks of the README and of the guide, and the commands in them."""

import os
import pathlib
import re
import stat
import subprocess
import sys
import textwrap
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "BUILD.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# A comment before a block, which a reader of the page does not see, tells how it is tested:
# <!-- test: KERAS_BACKEND=jax --> alone and on this backend, <!-- test: not run: why --> not.
# A block with the title of a file is that file, for the other blocks of the page.
BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- test: (?P<note>.*?) -->\n(?P=indent))?"
    r"```(?P<language>\w*)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
SHELL = ("", "bash")
# Programs of the shell blocks: each is replaced by a script that records how it is called.
PROGRAMS = ("mann", "python", "pip", "pytest", "ruff", "mkdocs", "sbatch")
RECORD = '#!/bin/bash\nprintf "%s\\0" "$#" "${0##*/}" "$@" >> "$RECORDED"\n'


class Block(NamedTuple):
    """A code block of a page."""

    line: int
    language: str
    file: str
    note: str
    code: str


def list_blocks(path):
    """Returns the `Block`s of a page, in order."""
    text = path.read_text()
    return [
        Block(
            line=text.count("\n", 0, match.start()) + 1,
            language=match["language"],
            file=match["file"] or "",
            note=match["note"] or "",
            code=textwrap.dedent(match["code"]),
        )
        for match in BLOCK.finditer(text)
    ]


def write_files(path, folder):
    """Writes the blocks of a page that have the title of a file into a folder."""
    for block in list_blocks(path):
        if block.file:
            file = folder / block.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.code, encoding="utf-8")
            if file.parent != folder:
                (file.parent / "__init__.py").touch()


def forget_packages(path, folder):
    """Has Python import the packages of a page anew, unless they are those in a folder."""
    packages = {block.file.split("/")[0] for block in list_blocks(path) if "/" in block.file}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in packages and not module.__file__.startswith(str(folder)):
            del sys.modules[name]


def name_page(path):
    """Returns the name of a page below the top of the project."""
    return str(path.relative_to(ROOT))


def record_commands(code, folder):
    """Runs a shell block with the programs replaced; returns a list of their arguments.

    Args:
        code: text of the block.
        folder: path of a folder to run it in.

    Raises:
        AssertionError: if bash does not accept the block, or it has another program.
    """
    programs, recorded = folder / "programs", folder / "recorded"
    programs.mkdir(exist_ok=True)
    for name in PROGRAMS:
        make_program(programs / name, RECORD)
    make_program(programs / "srun", '#!/bin/bash\nexec "$@"\n')
    for name in ("cat", "mkdir"):
        make_program(programs / name, f'#!/bin/bash\nexec /bin/{name} "$@"\n')
    recorded.write_bytes(b"")
    done = subprocess.run(
        ["/bin/bash", "-e", "-u", "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": str(programs), "RECORDED": str(recorded)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    words, commands = recorded.read_text().split("\0")[:-1], []
    while words:
        end = int(words[0]) + 2
        commands.append(words[1:end])
        words = words[end:]
    return commands


def make_program(path, script):
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)

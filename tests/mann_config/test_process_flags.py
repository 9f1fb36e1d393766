"""The flags of processes are checked before a framework is imported."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--processes=0"], "processes"),
        (["--coordinator=a:1"], "needs --process_id, --num_processes too"),
        (["--process_id=0", "--num_processes=2"], "needs --coordinator too"),
        (["--coordinator=a", "--process_id=0", "--num_processes=2"], "an address and a port"),
        (["--coordinator=a:1", "--process_id=2", "--num_processes=2"], "must be less than"),
        (["--processes=2", "--cluster"], "--processes and --cluster, not both"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(flags, expected, tmp_path):
    # Without a framework, whose import would fail.
    code = (
        "import sys, runpy; sys.modules['keras'] = None; "
        "runpy.run_path('train.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"--workdir={tmp_path}/run", *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and re.search(f"^Error: .*{expected}", done.stderr), done.stderr
    assert not (tmp_path / "run").exists()

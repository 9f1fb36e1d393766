"""The README's commands at small size, and what they answer to bad input."""

import json


def finish(process):
    out, error = process.communicate(timeout=180)
    return process.returncode, out, error


def test_train_then_evaluate(command, tmp_path):
    code, out, error = finish(command("train.py", f"--workdir={tmp_path}/run"))
    assert code == 0, error
    assert "python evaluate.py" in out
    code, out, error = finish(
        command("evaluate.py", f"--workdir={tmp_path}/run", "--episodes=10", small=False)
    )
    assert code == 0, error
    assert "10 episodes" in out and "+-" in out
    assert json.loads((tmp_path / "run" / "evaluation.json").read_text())["episodes"] == 10


def test_bad_input_gets_one_line_and_status_2(command, tmp_path):
    wrong = [
        command("train.py", "--config.train.stepz=3", small=False),
        command("train.py", "--config=configs/nothing.py", small=False),
        command("train.py", f"--workdir={tmp_path}", "extra", small=False),
        command("train.py", "--config=README.md", small=False),
        command("evaluate.py", f"--workdir={tmp_path}", small=False),
    ]
    expected = ["stepz", "nothing.py", "extra", "README.md", "config.json is missing"]
    for process, text in zip(wrong, expected, strict=True):
        code, _, error = finish(process)
        errors = [line for line in error.splitlines() if line.startswith("Error: ")]
        assert code == 2 and len(errors) == 1 and text in errors[0], error
        assert "Traceback" not in error
    assert not list(tmp_path.iterdir())

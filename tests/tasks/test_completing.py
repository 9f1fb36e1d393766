"""A run on a text file, and the command that continues it."""

import pytest
from small_runs import SMALL_TRAINING

from configs import shakespeare
from mann.pretrained import unpack
from mann.tasks.completing import Completer
from mann.training import UserError, train_and_evaluate


def finish(process, stdin=None):
    out, error = process.communicate(stdin, timeout=180)
    return process.returncode, out, error


def test_from_training_to_a_text(command, tmp_path, capsys):
    (tmp_path / "text.txt").write_text(100 * "to be or not to be\n")
    fields = {
        **SMALL_TRAINING,
        "model.name": "lstm",
        "task.path": str(tmp_path / "text.txt"),
        "task.chunk_length": 10,
    }
    config = shakespeare.get_config()
    config.update_from_flattened_dict(fields)
    train_and_evaluate(config, tmp_path / "run")
    out = capsys.readouterr().out
    assert "8 different ones" in out and "validation" in out and "to be" in out

    flags = (f"--workdir={tmp_path}/run", "--length=7")
    code, out, error = finish(command("complete", *flags), "to be\nXYZ\n")
    assert code == 0, error
    assert out.startswith("to be") and "never saw: 'XYZ'" in out
    assert len(out[: out.index("The prompt has")]) == len("to be") + 7 + 1


def test_a_run_of_another_task_is_refused(tmp_path):
    unpack("characters_5way", tmp_path)
    with pytest.raises(UserError, match="was not trained on a text: .* a run of shakespeare.py"):
        Completer(tmp_path)

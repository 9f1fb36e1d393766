"""A run on stories in a folder, and the command that asks it."""

import pytest

from configs import babi
from mann.pretrained import unpack
from mann.tasks.asking import Asker
from mann.training import UserError, train_and_evaluate


def finish(process, stdin=None):
    out, error = process.communicate(stdin, timeout=180)
    return process.returncode, out, error


def test_from_training_to_an_answer(command, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    story = "1 Mary went to the kitchen.\n2 Ann ran home.\n3 Where is Mary?\tkitchen\t1\n"
    for split in ("train", "test"):
        (tmp_path / "data" / f"qa1_where_{split}.txt").write_text(10 * story)
    fields = {
        "task.path": str(tmp_path / "data"),
        "task.sentences": 6,
        "train.steps": 60,
        "train.validate_every": 30,
        "train.learning_rate": 0.02,
        "model.linear_start": 0,
    }
    config = babi.get_config()
    config.update_from_flattened_dict(fields)
    train_and_evaluate(config, tmp_path / "run")
    out = capsys.readouterr().out
    # Published results on bAbI's task 1 say nothing about these stories.
    assert "Wrong answers (%) by task: 10 test questions" in out and "Memory network" not in out
    asked = "Mary went to the kitchen. Ann ran home. Where is Mary?\nWhere is Bo?\n\nWho?\nwho\n"
    code, out, error = finish(command("ask", f"--workdir={tmp_path}/run"), asked)
    assert code == 0, error
    assert "Where is Mary? kitchen  (" in out and "  Mary went to the kitchen. " in out
    assert "(Never seen in training: bo.)" in out
    assert "A question needs words, and sentences before it" in out
    assert "sentence of the story: who - a question ends in a question mark" in out
    code, _, error = finish(command("ask", f"--workdir={tmp_path}/nothing"), "")
    assert code == 2 and "config.json is missing" in error and "Traceback" not in error


def test_a_run_of_another_task_is_refused(tmp_path):
    unpack("characters_5way", tmp_path)
    with pytest.raises(UserError, match="was not trained on questions: .* a run of babi.py"):
        Asker(tmp_path)

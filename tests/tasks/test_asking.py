"""The commands on questions, as a person types them."""


def finish(process, stdin=None):
    out, error = process.communicate(stdin, timeout=180)
    return process.returncode, out, error


def test_from_training_to_an_answer(command, tmp_path):
    (tmp_path / "data").mkdir()
    story = "1 Mary went to the kitchen.\n2 Ann ran home.\n3 Where is Mary?\tkitchen\t1\n"
    for split in ("train", "test"):
        (tmp_path / "data" / f"qa1_where_{split}.txt").write_text(10 * story)
    fields = {
        "task.path": tmp_path / "data",
        "task.sentences": 6,
        "train.steps": 60,
        "train.validate_every": 30,
        "train.learning_rate": 0.02,
        "model.linear_start": 0,
    }
    run = ("--config=configs/babi.py", f"--workdir={tmp_path}/run")
    code, out, error = finish(command("train.py", *run, fields=fields))
    assert code == 0, error
    # Published results on bAbI's task 1 say nothing about these stories.
    assert "Wrong answers (%) by task: 10 test questions" in out and "Memory network" not in out
    asked = "Mary went to the kitchen. Ann ran home. Where is Mary?\nWhere is Bo?\n\nWho?\nwho\n"
    code, out, error = finish(command("ask.py", f"--workdir={tmp_path}/run"), asked)
    assert code == 0, error
    assert "Where is Mary? kitchen  (" in out and "  Mary went to the kitchen. " in out
    assert "(Never seen in training: bo.)" in out
    assert "A question needs words, and sentences before it" in out
    assert "sentence of the story: who - a question ends in a question mark" in out
    code, _, error = finish(command("ask.py", f"--workdir={tmp_path}/nothing"), "")
    assert code == 2 and "config.json is missing" in error and "Traceback" not in error

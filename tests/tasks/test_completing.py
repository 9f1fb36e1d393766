"""The commands on texts, as a person types them."""

from small_runs import SMALL_TRAINING


def finish(process, stdin=None):
    out, error = process.communicate(stdin, timeout=180)
    return process.returncode, out, error


def test_from_training_to_a_text(command, tmp_path):
    (tmp_path / "text.txt").write_text(100 * "to be or not to be\n")
    fields = {
        **SMALL_TRAINING,
        "model.name": "lstm",
        "task.path": tmp_path / "text.txt",
        "task.chunk_length": 10,
    }
    run = ("--config=configs/shakespeare.py", f"--workdir={tmp_path}/run")
    code, out, error = finish(command("train.py", *run, fields=fields))
    assert code == 0, error
    assert "8 different ones" in out and "validation" in out and "to be" in out

    flags = (f"--workdir={tmp_path}/run", "--length=7")
    code, out, error = finish(command("complete.py", *flags), "to be\nXYZ\n")
    assert code == 0, error
    assert out.startswith("to be") and "never saw: 'XYZ'" in out
    assert len(out[: out.index("The prompt has")]) == len("to be") + 7 + 1
    code, _, error = finish(command("complete.py", *flags, "--prompt=XYZ"))
    assert code == 2 and "never saw: 'XYZ'" in error and "Traceback" not in error

"""Checkpoints: a damaged one gives way to the one before; one that cannot be read is kept."""

import contextlib
import os
import struct
import zipfile

import pytest

from mann import training
from mann.runs import checkpoints
from mann.runs.workdir import Workdir


@pytest.fixture
def saved(tmp_path, compiled_model, save):
    """A workdir with the checkpoints of steps 1 and 2."""
    workdir = Workdir(tmp_path)
    for step in (1, 2):
        one = compiled_model()
        one.get_layer("logits").bias.assign([step] * 3)
        save(one, workdir.checkpoint(step), step)
    return workdir


def contents(workdir):
    return {path.name: path.read_bytes() for path in workdir.checkpoints.iterdir()}


def damage(path, kind):
    content = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    elif kind.startswith("directory"):
        # zipfile answers with an OSError when it is told to read before the beginning of a file.
        size = {"directory too large": 2**31, "directory lost": 0}[kind]
        end = content.rindex(b"PK\5\6")
        path.write_bytes(content[: end + 12] + struct.pack("<L", size) + content[end + 16 :])
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.write_text("not a checkpoint")


@pytest.mark.parametrize(
    "kind", ["truncated", "flipped", "directory too large", "directory lost", "empty", "foreign"]
)
def test_a_damaged_checkpoint_falls_back_to_the_one_before(kind, saved, compiled_model, capsys):
    like = compiled_model()
    assert checkpoints.load_newest(saved, like)[1] == 2
    damage(saved.checkpoint(2), kind)
    damaged = saved.checkpoint(2).read_bytes()
    loaded, step = checkpoints.load_newest(saved, like)
    assert step == 1 and float(loaded.get_layer("logits").bias[0]) == 1
    assert "step_00000002.keras" in capsys.readouterr().out
    assert checkpoints.list_saved_steps(saved) == [1]
    assert (saved.checkpoints / "step_00000002.damaged").read_bytes() == damaged
    damage(saved.checkpoint(1), kind)
    with pytest.raises(training.UserError, match="No checkpoint of .* loads"):
        checkpoints.load_newest(saved, like)
    assert checkpoints.list_saved_steps(saved) == [1]


@contextlib.contextmanager
def files_left_to_open(count):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor + count, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_too_many_open_files_are_no_damage(saved, compiled_model):
    like, before = compiled_model(), contents(saved)
    path, loaded = saved.checkpoint(2), []
    with files_left_to_open(0):
        with pytest.raises(training.UserError, match=f"{path} .*Too many open files.*ulimit -n"):
            checkpoints.load(path, like)
        # Without a look into the folder it would seem that there are no checkpoints.
        with pytest.raises(training.UserError, match=f"{saved.checkpoints} cannot be read"):
            checkpoints.load_newest(saved, like)
    for count in range(1, 8):
        with files_left_to_open(count), contextlib.suppress(training.UserError):
            loaded.append(checkpoints.load_newest(saved, like)[1])
    assert loaded and set(loaded) == {2}
    assert contents(saved) == before


def use_unknown_codec(path):
    """Says of the members of a zip archive that they are packed by a method that is missing."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        position = archive.start_dir
    for member in members:
        struct.pack_into("<H", content, member.header_offset + 8, 99)
        struct.pack_into("<H", content, position + 10, 99)
        position += 46 + len(member.filename.encode()) + len(member.extra) + len(member.comment)
    path.write_bytes(content)


def test_a_checkpoint_that_may_be_whole_is_left_alone(saved, compiled_model, save):
    like = compiled_model()

    def refused(match):
        before = contents(saved)
        with pytest.raises(training.UserError, match=f"{match}.*is left as it is") as error:
            checkpoints.load_newest(saved, like)
        assert "\n" not in str(error.value) and contents(saved) == before

    save(compiled_model(model__name="lstm"), saved.checkpoint(3), 3)
    refused("step_00000003.keras holds another model")
    save(compiled_model(model__units=9), saved.checkpoint(3), 3)
    refused("step_00000003.keras holds another model")
    save(compiled_model(), saved.checkpoint(3), 2)
    refused("step_00000003.keras holds step 2")
    with zipfile.ZipFile(saved.checkpoint(3), "w") as archive:
        archive.writestr("config.json", "{}")
    refused("step_00000003.keras does not load")
    use_unknown_codec(saved.checkpoint(3))
    refused("step_00000003.keras cannot be read")


def test_the_best_model_is_read_with_the_same_care(saved, compiled_model, save, capsys):
    like = compiled_model()
    save(like, saved.model, 2)
    assert checkpoints.load_best(saved, like)[1] == saved.model
    with files_left_to_open(0):
        for load in (
            lambda: checkpoints.load_best(saved, like),
            lambda: checkpoints.load_best_as_saved(saved),
        ):
            with pytest.raises(training.UserError, match="model.keras cannot be read.*ulimit"):
                load()
    damage(saved.model, "truncated")
    damaged = saved.model.read_bytes()
    assert checkpoints.load_best(saved, like)[1] == saved.checkpoint(2)
    assert "model.keras is damaged or cut short" in capsys.readouterr().out
    with pytest.raises(training.UserError, match="model.keras is damaged.*train it again"):
        checkpoints.load_best_as_saved(saved)
    assert saved.model.read_bytes() == damaged
    saved.model.unlink()
    with pytest.raises(training.UserError, match="model.keras is missing: train it"):
        checkpoints.load_best_as_saved(saved)

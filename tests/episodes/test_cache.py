"""Tests of episodes/cache.py: a file reads back as it was written, or raises an error."""

import io
import re

import numpy as np
import pytest

from episodes.cache import DataError, get_cache_path, read_arrays, write_arrays

CONTENT = "letters, format 1"
ARRAYS = {
    "images": np.arange(600, dtype=np.uint8).reshape(6, 10, 10),
    "names": np.array(["a", "bc", "\N{GREEK SMALL LETTER ALPHA}"]),
    "flags": np.array([True, False]),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "made" / "letters.npz"
    write_arrays(path, CONTENT, ARRAYS)
    return path


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_reads_what_was_written(path):
    arrays = read_arrays(path, CONTENT)
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert list(path.parent.iterdir()) == [path]


def test_the_same_arrays_make_the_same_bytes(path, tmp_path):
    write_arrays(tmp_path / "again.npz", CONTENT, ARRAYS)
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def check_refusal(path, data, reason):
    path.write_bytes(data)
    with pytest.raises(DataError, match=reason) as caught:
        read_arrays(path, CONTENT)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert "Delete it and run again" in message
    assert path.read_bytes() == data


@pytest.mark.parametrize("size", [0, 1, 100, 700, -1])
def test_a_truncated_file_is_refused(path, size):
    check_refusal(path, path.read_bytes()[:size], "cannot be read")


def test_no_pickle_is_loaded(path):
    pickled = np.array([{}], dtype=object)
    check_refusal(path, npz(content=CONTENT, sha256="", images=pickled), "cannot be read")


@pytest.mark.parametrize(
    "data",
    [b"a letter to my aunt", npy(ARRAYS["images"]), npz(images=ARRAYS["images"]), b"\x80\x04N."],
    ids=["text", "npy", "npz", "pickle"],
)
def test_a_foreign_file_is_refused(path, data):
    check_refusal(path, data, "cannot be read")


def test_another_content_is_refused(path):
    write_arrays(path, "letters, format 2", ARRAYS)
    check_refusal(path, path.read_bytes(), re.escape("holds 'letters, format 2'"))


def test_arrays_that_were_exchanged_are_refused(path):
    with np.load(path) as archive:
        arrays = dict(archive)
    images = arrays.pop("images")
    check_refusal(path, npz(images=images[::-1], **arrays), "does not match its SHA-256")
    check_refusal(path, npz(images=images.view(np.int8), **arrays), "does not match its SHA-256")
    check_refusal(path, npz(images_=images, **arrays), "does not match its SHA-256")


def test_no_flipped_byte_changes_what_is_read(path):
    whole = path.read_bytes()
    refused = 0
    for position in range(0, len(whole), 7):
        data = bytearray(whole)
        data[position] ^= 0x55
        path.write_bytes(data)
        try:
            arrays = read_arrays(path, CONTENT)
        except DataError:
            refused += 1
            continue
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(arrays[name], array)
    assert refused > len(whole) / 7 / 2


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="Set MANN_CACHE_DIR"):
        write_arrays(tmp_path / "file" / "letters.npz", CONTENT, ARRAYS)


def test_a_failed_write_leaves_nothing(tmp_path):
    class Unwritable:
        dtype, shape = np.dtype(np.uint8), ()

        def tobytes(self):
            return b""

        def __array__(self, *args, **kwargs):
            raise OSError("No space left on device")

    with pytest.raises(DataError, match="No space left"):
        write_arrays(tmp_path / "letters.npz", CONTENT, {"images": Unwritable()})
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_the_argument_then_the_environment_then_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("MANN_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert get_cache_path("x.npz").as_posix() == "/home/ada/.cache/mann/x.npz"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert get_cache_path("x.npz").as_posix() == "/xdg/mann/x.npz"
    monkeypatch.setenv("MANN_CACHE_DIR", "~/arrays")
    assert get_cache_path("x.npz").as_posix() == "/home/ada/arrays/x.npz"
    assert get_cache_path("x.npz", "/here").as_posix() == "/here/x.npz"

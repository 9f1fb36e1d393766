"""Texts of your own: which files are read, and how they are split."""

import pytest

from episodes import DataError
from episodes.text import load_text


def test_a_file_is_split_in_order(tmp_path):
    text = "".join(chr(97 + i % 26) for i in range(97)) + "é"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8-sig")
    splits = load_text(tmp_path / "a.txt")
    assert "".join(part for split in splits for part in split) == text
    assert [len(split[0]) for split in splits] == [78, 10, 10]


def test_a_folder_is_split_by_characters_and_its_documents_kept_apart(tmp_path):
    for name, letter, count in (("b", "b", 50), ("a", "a", 30), ("c", "c", 20)):
        (tmp_path / f"{name}.txt").write_text(letter * count)
    splits = load_text(tmp_path)
    assert splits.train == ("a" * 30, "b" * 50)
    assert splits.validation == ("c" * 10,) == splits.test


@pytest.fixture
def folder(tmp_path):
    """Files of a folder as systems, phones and network drives leave them."""
    files = {
        "b.txt": "b" * 30,
        "A.TXT": "A" * 30,
        "part 1/c.Txt": "c" * 30,
        "part 1/deep/d.txt": "d" * 30,
        "e.txt/f.txt": "f" * 30,
        "._b.txt": "\0",
        ".git/g.txt": "g",
        ".h.txt": "h",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def letters(splits):
    return "".join(dict.fromkeys("".join(part for split in splits for part in split)))


def test_a_folder_is_read_with_its_subfolders_and_without_what_is_hidden(folder, recwarn):
    assert letters(load_text(folder)) == "Abfcd" and not recwarn


def test_links_to_folders_are_followed_and_read_once(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.txt").write_text("x" * 30)
    for name, target in (("link", elsewhere), ("other link", elsewhere), ("loop", folder)):
        (folder / name).symlink_to(target, target_is_directory=True)
    splits = load_text(folder)
    assert letters(splits) == "Abfxcd" and sum(len(part) for s in splits for part in s) == 6 * 30


def test_files_that_are_not_read_are_named(folder):
    for name in ("a.md", "part 1/b.pdf", "x", "y"):
        (folder / name).write_text("?")
    with pytest.warns(UserWarning, match=f"{folder}: a.md, part 1/b.pdf, x and 1 more are left"):
        assert "?" not in letters(load_text(folder))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="missing.txt cannot be read"):
        load_text(tmp_path / "missing.txt")
    with pytest.raises(DataError, match="has no .txt file"):
        load_text(tmp_path)
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(DataError, match="empty.txt holds 0 characters"):
        load_text(tmp_path / "empty.txt")
    (tmp_path / "latin.txt").write_bytes("abc é".encode("latin-1"))
    for path in (tmp_path / "latin.txt", tmp_path):
        with pytest.raises(DataError, match="latin.txt is not UTF-8 text: byte 4 .*in line 1"):
            load_text(path)
    (tmp_path / "latin.txt").unlink()
    (tmp_path / "broken.txt").symlink_to(tmp_path / "gone.txt")
    with pytest.raises(DataError, match="broken.txt cannot be read"):
        load_text(tmp_path)

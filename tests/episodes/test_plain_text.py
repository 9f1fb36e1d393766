"""Text files of other editors and systems are read as they look there."""

import pytest

from episodes import DataError
from episodes.plain_text import read_text

TEXT = "Mühle\nकहाँ\n\nKai"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_are_not_part_of_a_text(encoding, line_end, tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.replace("\n", line_end).encode(encoding))
    assert read_text(path) == TEXT
    path.write_bytes("\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be"))
    assert read_text(path) == TEXT


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("ab\nHöhle".encode("latin-1"), r"not UTF-8 text: byte 4 \(0xf6, in line 2\).*Save it as"),
        (b"\xef\xbb\xbfab\n\xff", r"not UTF-8 text: byte 6 \(0xff, in line 2\)"),
        ("ab\nc".encode("utf-16") + b"\0", r"not UTF-16 text: byte 10 \(0x00, in line 2\)"),
        ("ab\nc".encode("utf-16-le"), "line 1 has a null character"),
        (b"PK\x03\x04\n\0", "line 2 has a null character"),
    ],
)
def test_a_file_that_is_not_text_names_the_line(data, message, tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=f"{path} is {message}" if "not" in message else message):
        read_text(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere.txt"):
        with pytest.raises(DataError, match=f"{path} cannot be read"):
            read_text(path)

"""Reads text files as editors, spreadsheets and other systems save them."""

import codecs
import pathlib

from episodes.cache import DataError, summarize_error


def read_text(path):
    """Returns the text of a file in UTF-8, or in UTF-16 that says so by its byte order mark.

    The byte order mark is left out, and every line ends in a line feed.

    Args:
        path: path of the file.

    Raises:
        DataError: if the file cannot be read or is not such text; the message names file and line.

    Example: `read_text("novel.txt")[:80]`
    """
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({summarize_error(error)}).") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding, name = ("utf-16", "UTF-16") if wide else ("utf-8-sig", "UTF-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        # Counted from the start of the file: `error.object` lacks the byte order mark.
        start = error.start + len(data) - len(error.object)
        line = 1 + data[:start].decode(encoding, "ignore").count("\n")
        raise DataError(
            f"{path} is not {name} text: byte {start:,} (0x{data[start]:02x}, in line {line:,}) "
            "cannot be read. Save it as UTF-8."
        ) from None
    if "\0" in text:
        line = 1 + text[: text.index("\0")].count("\n")
        raise DataError(
            f"{path} is not text, or is in an encoding that it does not name: line {line:,} has a "
            "null character. Save it as UTF-8."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")

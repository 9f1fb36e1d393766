"""Writes and reads the lines of metrics.jsonl, and skips lines that are not metrics."""

import json

_NUMBER = (int, float)
# The fields that a run reads back, with their types; a line may hold other numbers too.
_FIELDS = {
    "step": int,
    "loss": _NUMBER,
    "level": int,
    "validation_score": _NUMBER,
    "validation_name": str,
    "validation": dict,
    "metric_sums": list,
}


def dump_lines(lines):
    """Returns dicts as text, each a line of JSON."""
    return "".join(json.dumps(line) + "\n" for line in lines)


def parse_lines(content):
    """Returns the lines that are metrics, as dicts, and the numbers of the lines that are not.

    A last line that a kill cut short counts as neither, and so do blank lines.

    Args:
        content: bytes of the file.

    Example:

    >>> parse_lines(b'{"step": 2, "loss": 0.5}\\n5\\n{"step": 4, "lo')
    ([{'step': 2, 'loss': 0.5}], [2])
    """
    lines, odd = [], []
    texts = content.split(b"\n")
    for number, text in enumerate(texts, start=1):
        line = _parse(text)
        if line is not None:
            lines.append(line)
        elif text.strip() and number < len(texts):
            odd.append(number)
    return lines, odd


def _parse(text):
    try:
        line = json.loads(text)
    # JSON that is nested too deeply raises a RecursionError.
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or "step" not in line:
        return None
    known = {name: kind for name, kind in _FIELDS.items() if name in line}
    return line if all(isinstance(line[name], kind) for name, kind in known.items()) else None


def format_numbers(numbers):
    """Returns the numbers of lines as text, only the first few if there are many."""
    shown = ", ".join(map(str, numbers[:5]))
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"

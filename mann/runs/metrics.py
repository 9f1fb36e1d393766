"""The lines of metrics.jsonl: what a run reads back of them, whatever else the file holds."""

import json

_NUMBER = (int, float)
# A line may hold any other numbers too.
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
    """Returns the lines that are metrics, as dicts, and the numbers of those that are not.

    A last line cut short, as a kill leaves it, is neither; nor are blank lines.

    Args:
        content: bytes of a file.

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
    # Nesting beyond measure ends in a RecursionError.
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or "step" not in line:
        return None
    known = {name: kind for name, kind in _FIELDS.items() if name in line}
    return line if all(isinstance(line[name], kind) for name, kind in known.items()) else None


def joined(numbers):
    """Returns numbers of lines as text, the first few of many."""
    shown = ", ".join(map(str, numbers[:5]))
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"

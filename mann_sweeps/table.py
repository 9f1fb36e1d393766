"""The table of a sweep as text, CSV and JSON."""

import csv
import io
import json
import math

from episodes.wording import count
from mann_config.grid import show_value

# A wider table is cut into several.
_WIDTH = 120


def format_text(record, results, comparisons):
    """Returns the tables of a sweep as text, in Markdown, and a line for each run that is missing.

    Args:
        record: the `Record` of the sweep.
        results: list of its `RowResults`.
        comparisons: list of its `Comparison`.
    """
    parts = [f"# {record.name}: {_count(results)}"]
    for one in comparisons:
        trained = f", trained on {one.trained[0]} to {one.trained[1]}" if one.trained else ""
        title = f"{one.name.capitalize()} ({one.unit}) by {one.by}{trained}"
        several = any(len(cell.values) > 1 for _, summary in one.rows for cell in summary.values())
        if not several:
            parts += [title, _format_rows(one, record.grid, _show_median)]
            continue
        parts += [
            f"{title}: median (lowest to highest) of the seeds",
            _format_rows(one, record.grid, _show_median),
            f"{title}: mean +- 95 % interval over the seeds (Student's t)",
            _format_rows(one, record.grid, _show_mean),
        ]
    missing = [
        f"- {', '.join(filter(None, [show_row(result.fields), f'seed {seed}']))}: {reason}"
        for result in results
        for seed, reason in result.missing.items()
    ]
    if missing:
        parts += ["Not in the table:\n" + "\n".join(missing)]
    return "\n\n".join(parts) + "\n"


def show_row(fields):
    """Returns the values of a row's fields as text, such as `"model.name=ntm"`."""
    return ", ".join(f"{name}={show_value(value)}" for name, value in fields.items())


def _count(results):
    done = sum(len(result.measured) for result in results)
    return f"{done} of {count(done + sum(len(result.missing) for result in results), 'run')}"


def _format_rows(comparison, grid, show):
    """Returns the rows of a `Comparison`, each cell made by `show`, as tables in Markdown."""
    digits = comparison.digits
    names = [*(grid or ["runs"]), "seeds"]
    lines = []
    for result, summary in comparison.rows:
        done, missing = len(result.measured), len(result.missing)
        first = [show_value(result.fields[name]) for name in grid] or ["all"]
        first.append(f"{done} of {done + missing}" if missing else str(done))
        cells = [show(summary[c], digits) if c in summary else "-" for c in comparison.conditions]
        lines.append((first, cells))
    for name, row in comparison.references.items():
        first = [name, *[""] * (len(names) - 1)]
        lines.append(
            (first, [_show(row[c], digits) if c in row else "-" for c in comparison.conditions])
        )
    heads = [str(condition) for condition in comparison.conditions]
    firsts, rests = zip((names, heads), *lines, strict=True)
    fixed = _widths(firsts)
    parts, start = [], 0
    widths = _widths(rests)
    while start < len(heads) or not parts:
        end, used = start + 1, sum(fixed) + 3 * len(fixed) + sum(widths[start : start + 1])
        while end < len(heads) and used + widths[end] + 3 <= _WIDTH:
            used, end = used + widths[end] + 3, end + 1
        table = [[*first, *rest[start:end]] for first, rest in zip(firsts, rests, strict=True)]
        parts.append(_format_markdown(table))
        start = end
    return "\n\n".join(parts)


def _widths(lines):
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _format_markdown(lines):
    widths = [max(3, width) for width in _widths(lines)]
    head, *rest = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])


def _show(number, digits):
    """Returns a number with a few digits, such as `"0.31"`, `"258"` or `"0"`."""
    if not math.isfinite(number):
        return str(number)
    if number == 0:
        return "0"
    if abs(number) >= 1e6:
        return f"{number:.2e}"
    text = f"{number:.{0 if abs(number) >= 100 else digits}f}"
    # A small number is not 0; a rounded one may be -0.
    return text if float(text) else f"{number:.1g}"


def _show_median(summary, digits):
    median = _show(summary.median, digits)
    if len(summary.values) < 2:
        return median
    return f"{median} ({_show(summary.lowest, digits)} to {_show(summary.highest, digits)})"


def _show_mean(summary, digits):
    mean = _show(summary.mean, digits)
    return mean if summary.interval is None else f"{mean} +- {_show(summary.interval, digits)}"


def format_csv(record, comparisons):
    """Returns the numbers of the tables as CSV, one line for each row and condition."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    numbers = ("seeds", "median", "lowest", "highest", "mean", "interval_95")
    writer.writerow(["measurement", "unit", "by", "condition", "reference", *record.grid, *numbers])
    for one in comparisons:
        for condition in one.conditions:
            about = [one.name, one.unit, one.by, condition]
            for result, summary in one.rows:
                if condition in summary:
                    cell = summary[condition]
                    values = [show_value(result.fields[name]) for name in record.grid]
                    writer.writerow([*about, "", *values, len(cell.values), *cell[:-1]])
            for name, row in one.references.items():
                if condition in row:
                    number = row[condition]
                    empty = [""] * len(record.grid)
                    writer.writerow([*about, name, *empty, "", number, "", "", number, ""])
    return text.getvalue()


def format_json(record, results, comparisons):
    """Returns all of the results of a sweep as JSON, with the number of each seed."""
    content = {
        "name": record.name,
        "grid": record.grid,
        "measuring": record.measuring,
        "rows": [
            {
                "fields": result.fields,
                "seeds": list(result.measured),
                "missing": [{"seed": s, "reason": why} for s, why in result.missing.items()],
            }
            for result in results
        ],
        "measurements": [_comparison_to_json(one) for one in comparisons],
    }
    return json.dumps(content, indent=2) + "\n"


def _comparison_to_json(one):
    return {
        "name": one.name,
        "unit": one.unit,
        "by": one.by,
        "rows": [
            {
                "fields": result.fields,
                "conditions": [
                    {
                        "condition": condition,
                        **{
                            name: value
                            for name, value in cell._asdict().items()
                            if name != "values"
                        },
                        "values": [{"seed": s, "mean": mean} for s, mean in cell.values.items()],
                    }
                    for condition, cell in summary.items()
                ],
            }
            for result, summary in one.rows
        ],
        "references": {
            name: [{"condition": condition, "mean": mean} for condition, mean in row.items()]
            for name, row in one.references.items()
        },
    }

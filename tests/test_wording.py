"""No message says "1 classes": a number and what is counted come from `episodes.wording.count`."""

import ast
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("episodes", "mann", "mann_commands", "mann_config", "mann_sweeps")
COUNTED = (
    "characters|classes|copies|drawings|episodes|examples|functions|graphs|heads|images|instances|"
    "parameters|points|queries|questions|rows|runs|sentences|sequences|shots|slots|steps|"
    "tasks|ways|words"
)
NOUN = re.compile(rf" (?:(?:different|such|test|validation|wrong) )?(?:{COUNTED})\b(?!/)")
# What is no number, or never 1.
SAFE = {
    ("devices.py", "batch_size"),
    ("few_shot_data.py", "split"),
    ("few_shot_data.py", "part"),
    ("few_shot_protocols.py", "number + least"),
    ("lake_runs.py", "ways"),
    ("lake_runs.py", "len(runs)"),
    ("lake_runs.py", "len(runs[0].query.labels)"),
    ("published.py", "size"),
    ("published.py", "tasks"),
    ("tfds_images.py", "images_per_class"),
}


def find_counts():
    """Yields the file, the line and the expression of each number that a noun follows."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                parts = node.values if isinstance(node, ast.JoinedStr) else []
                for value, text in zip(parts, parts[1:], strict=False):
                    if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                        if NOUN.match(text.value):
                            yield path, value.lineno, ast.unparse(value.value)


def test_numbers_agree_with_what_they_count():
    found = list(find_counts())
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {expression}"
        for path, line, expression in found
        # A constant in capitals is known not to be 1.
        if (path.name, expression) not in SAFE and not expression.isupper()
    ]
    assert not wrong, "\n".join(wrong)
    assert SAFE <= {(path.name, expression) for path, _, expression in found}

"""The Python of docs/search.md runs as printed, at toy size."""

import pathlib
import re

import pytest
from small_runs import SMALL_COPY, changed, without_xla

from configs import copy

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "search.md"


def test_python_of_the_page_on_search(monkeypatch, tmp_path, capsys):
    optuna = pytest.importorskip("optuna")
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    get_config, optimize = copy.get_config, optuna.Study.optimize
    small = {"train__steps": 3, "test_episodes": 2}
    monkeypatch.setattr(copy, "get_config", lambda: changed(get_config(), SMALL_COPY, small))
    monkeypatch.setattr(
        optuna.Study,
        "optimize",
        lambda study, objective, n_trials, **others: optimize(study, objective, 1, **others),
    )
    monkeypatch.chdir(tmp_path)
    with without_xla():
        exec(compile(block, str(PAGE), "exec"), {})
    assert {path.name for path in (tmp_path / "search").iterdir()} == {"0"}
    assert re.search(r"\{'learning_rate': .*\} search/0$", capsys.readouterr().out.strip())

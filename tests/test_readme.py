"""The Python of the README runs as printed."""

import pathlib
import re

import numpy as np
import pytest
from PIL import Image

import episodes

README = pathlib.Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_python_of_the_readme(block, monkeypatch, tmp_path):
    if "import torch" in block:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    for index, images in enumerate(episodes.generate_characters(6, image_size=30).images[:, :5]):
        folder = tmp_path / "signs" / str(index)
        folder.mkdir(parents=True)
        for number, ink in enumerate(images):
            Image.fromarray(255 - ink).save(folder / f"{number}.png")
    images = np.random.default_rng(0).integers(0, 256, (30, 20, 20, 20), np.uint8)
    classes = episodes.FewShotDataset(images, [f"class{i}" for i in range(30)])
    # The download is the one thing left out.
    splits = episodes.Splits(*(classes.select(range(i, i + 10)) for i in (0, 10, 20)))
    monkeypatch.setattr(episodes, "load_omniglot", lambda image_size: splits)
    exec(compile(block, str(README), "exec"), {})

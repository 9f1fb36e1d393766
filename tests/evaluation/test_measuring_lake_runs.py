"""Lake's runs: which drawings of theirs a model knows, and models that cannot take them."""

import io
import zipfile

import keras
import numpy as np
import pytest
from ml_collections import ConfigDict
from PIL import Image

from episodes import FewShotDataset, generate_characters, load_lake_runs
from episodes.omniglot_tfds import average_area
from mann.evaluation import lake_runs
from mann.models.build import build_model
from mann.models.sequence_predictor import SequencePredictor
from mann.tasks.build import build_task


@pytest.fixture
def runs_zip(tmp_path):
    """Writes pairs of drawings `(20, 2, size, size)`, ink on zero, as 20 runs of Lake's."""

    def write(pairs, mode="L"):
        names = [(f"training/class{n:02d}.png", f"test/item{n:02d}.png") for n in range(1, 21)]
        with zipfile.ZipFile(tmp_path / "all_runs.zip", "w") as archive:
            for run in (f"run{number:02d}" for number in range(1, 21)):
                for drawings, pair in zip(pairs, names, strict=True):
                    for ink, name in zip(drawings, pair, strict=True):
                        file = io.BytesIO()
                        Image.fromarray(255 - ink).convert(mode).save(file, "PNG")
                        archive.writestr(f"{run}/{name}", file.getvalue())
                labels = "\n".join(f"{run}/{test} {run}/{training}" for training, test in names)
                archive.writestr(f"{run}/class_labels.txt", labels)
        return str(tmp_path / "all_runs.zip")

    return write


def test_runs_of_more_classes_than_a_model_can_distinguish(runs_zip):
    path = runs_zip(generate_characters(20, num_drawings=2, image_size=12).images)
    with pytest.raises(
        ValueError, match="the runs have 20 classes, and this model can distinguish at most 2"
    ):
        lake_runs.measure_runs(SequencePredictor(None, (1, 2)), path, 12)


@pytest.mark.parametrize(
    ("model", "encoder", "trained_on", "known"),
    [
        ("matching", "conv", 5, 0.25),
        ("matching", "conv", 0, 0),
        # It has learned nothing, so that nothing is known to it; over an encoder it has.
        ("nearest_neighbor", "none", 5, 0),
        ("nearest_neighbor", "conv", 5, 0.25),
    ],
)
def test_known_drawings_of_lakes_runs_are_marked(
    model, encoder, trained_on, known, small_config, runs_zip
):
    fields = {f"task__num_{split}_classes": 20 for split in ("train", "test")}
    config = small_config(model__name=model, model__encoder__name=encoder, **fields)
    task = build_task(config)
    learned, unseen = (part.images[:, :2] for part in (task.splits.train, task.splits.test))
    path = runs_zip(np.concatenate([learned[:trained_on], unseen[trained_on:]]))
    predictor = build_model(config.model, task)
    (measured,) = task.evaluate(predictor, 4, 2, {"protocol": ["lake_runs"], "runs_zip": path})
    assert len(measured.values["20-way 1-shot"]) == 20
    share = f"{100 * known:.0f} % of their drawings are training drawings of this model"
    assert (share in measured.about) == bool(known)
    assert ("BPL (Lake 2019)" in measured.references) == (not known)


def test_known_drawings_are_found_at_any_size(runs_zip):
    drawings = generate_characters(20, num_drawings=2, image_size=105).images
    bitmaps = np.where(drawings > 127, 255, 0).astype(np.uint8)
    images = average_area(bitmaps.reshape(40, 105, 105), 20).reshape(20, 2, 20, 20)
    dataset = FewShotDataset(images, [f"class{n}" for n in range(20)])
    known = dataset.select(range(7)).drawing_hashes()
    runs = load_lake_runs(runs_zip(bitmaps, mode="1"), image_size=20)
    assert lake_runs.compute_known_share(runs, known) == 14 / 40
    assert lake_runs.compute_known_share(runs, set()) == 0


def test_copies_of_known_drawings_are_detected_by_the_split():
    def reason(known, task, layer=keras.layers.Dense):
        model = keras.Sequential([keras.Input((3,)), layer(3)])
        return lake_runs.explain_no_result(model, ConfigDict(task), known)

    santoro, lake = ({"name": "omniglot", "split": split} for split in ("santoro", "lake"))
    assert "learned from --config.task.split=santoro" in reason(0.0, santoro)
    # One drawing of a thousand is not reported as 0 %.
    assert reason(0.001, santoro).startswith("1 % of their drawings are training drawings")
    assert reason(0.0, lake) is None and reason(0.0, {"name": "characters"}) is None
    assert reason(0.0, santoro, keras.layers.RepeatVector) is None


@pytest.mark.parametrize("task", [{"name": "images", "path": "signs"}, {"name": "tfds"}])
@pytest.mark.parametrize("split", ["hash", "lists.json", "lake"])
def test_other_images_may_hold_the_drawings(task, split):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    reason = lake_runs.explain_no_result(model, ConfigDict(task | {"split": split}), 0.0)
    assert f"more of Omniglot, --config.task.name={task['name']}; " in reason
    # The split "lake" is one of the task omniglot, and of no other.
    assert "--config=omniglot --config.task.split=lake" in reason
    assert reason.count("task.split") == 1

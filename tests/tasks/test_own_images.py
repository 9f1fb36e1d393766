"""A folder of one's own pictures: trained, measured, and recognised one by one, also in colour."""

import json
import multiprocessing

import numpy as np
import pytest
from PIL import Image
from small_runs import SMALL_TRAINING, changed

import episodes
from configs import images
from mann.classifier import FewShotClassifier
from mann.models.build import build_model
from mann.models.few_shot import get_encoder, load_encoder
from mann.pretrained import get_pretrained_workdir
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import evaluate, train_and_evaluate
from mann_config.check import complete_config
from mann_config.errors import UserError
from mann_sweeps.worker import Job, run_job

FIELDS = {
    **SMALL_TRAINING,
    "task.image_size": 16,
    "model.encoder.filters": 16,
    "train.batch_size": 1,
}
COLORS = [(r, g, b) for r in (30, 120, 230) for g in (30, 120, 230) for b in (30, 120, 230)]


def paint(color, rng):
    """Returns a photograph of something of a colour, on white."""
    pixels = np.full((20, 24, 3), 255) - rng.integers(0, 20, (20, 24, 1))
    top, left = rng.integers(1, 6, 2)
    pixels[top : top + 12, left : left + 14] = np.array(color) + rng.integers(-15, 15, (12, 14, 1))
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns a folder of 18 classes, of 7 pictures each but one, which has 5."""
    root, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for number, color in enumerate(COLORS[:18]):
        (root / f"color {number:02}").mkdir()
        for picture in range(5 if number == 3 else 7):
            paint(color, rng).save(root / f"color {number:02}" / f"{picture}.png")
    return root


def make_config(folder, **changes):
    return changed(images.get_config(), FIELDS | {"task.path": str(folder)}, changes)


@pytest.fixture(scope="module")
def color_run(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "color"
    config = make_config(folder, task__image_mode="color", train__steps=30)
    train_and_evaluate(config, path)
    return path


def test_a_model_of_colours_tells_pictures_of_new_classes_apart(color_run, folder):
    (measured,) = evaluate(color_run, episodes=40, options={"ways": [3]})
    assert measured.mean("3-way 1-shot") > 80
    assert {path.name for path in (color_run / "pictures").iterdir()} >= {"drawings.png"}
    rng = np.random.default_rng(5)
    kinds = {"red": (220, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 210)}
    examples = [paint(color, rng) for color in kinds.values()]
    classifier = FewShotClassifier(str(color_run)).fit(examples, list(kinds))
    new = [paint(color, rng) for color in kinds.values() for _ in range(3)]
    expected = [name for name in kinds for _ in range(3)]
    assert classifier.predict(new).tolist() == expected


def test_files_pictures_and_arrays_are_read_as_in_training(color_run, folder):
    files = sorted(folder.glob("color 0[0-4]/*.png"))
    labels = [file.parent.name for file in files]
    dataset = episodes.load_image_folder(folder, image_size=16, color=True)
    arrays = [
        dataset.images[dataset.class_names.index(name), int(file.stem)]
        for file, name in zip(files, labels, strict=True)
    ]
    pictures = [Image.open(file) for file in files]
    classifier = FewShotClassifier(str(color_run)).fit(files, labels)
    expected = classifier.predict_proba(files)
    for same in (arrays, pictures, [str(file) for file in files]):
        given = np.stack(same) if same is arrays else same
        np.testing.assert_array_equal(classifier.predict_proba(given), expected)


def test_what_is_not_given_is_as_much_as_the_data_allow(folder, tmp_path):
    config = make_config(folder)
    task = build_task(config)
    sizes = config.task.ways, config.task.shots, config.task.queries, config.task.instances
    # 18 classes make tests of 5 each; the smallest class has 5 pictures.
    assert sizes == (5, 2, 3, 5)
    assert [part.num_classes for part in task.splits] == [8, 5, 5]
    kept = make_config(folder, task__ways=3, task__shots=1, task__queries=2, model__name="lstm")
    build_task(kept)
    assert (kept.task.ways, kept.task.shots, kept.task.queries) == (3, 1, 2)
    train_and_evaluate(make_config(folder), tmp_path / "run")
    written = json.loads((tmp_path / "run" / "config.json").read_text())["task"]
    assert (written["ways"], written["shots"], written["queries"]) == (5, 2, 3)
    # The same command goes on with the run.
    train_and_evaluate(make_config(folder), tmp_path / "run")


def test_a_sweep_fills_in_what_is_not_given(folder, tmp_path):
    config = complete_config(make_config(folder, train__steps=1).to_dict())
    directory, run = str(tmp_path), tmp_path / "run"
    process = multiprocessing.get_context("spawn").Process(
        target=run_job, args=[Job(str(run), config, None, directory, {})]
    )
    process.start()
    process.join()
    assert not (run / "failure.txt").exists(), (run / "output.txt").read_text()
    assert json.loads((run / "config.json").read_text())["task"]["ways"] == 5


def test_another_config_is_not_filled_in(folder, tmp_path):
    train_and_evaluate(make_config(folder, train__steps=1), tmp_path / "run")
    with pytest.raises(UserError, match="task.ways is 5 there and 3 here"):
        train_and_evaluate(make_config(folder, train__steps=1, task__ways=3), tmp_path / "run")


@pytest.mark.parametrize(("dark", "invert"), [(True, False), (False, False), (False, True)])
def test_ink_on_zero_is_known_by_dark_edges(tmp_path, dark, invert):
    for name, drawings in zip("abcdef", episodes.generate_characters(6).images, strict=True):
        (tmp_path / name).mkdir()
        for number, ink in enumerate(drawings[:3]):
            Image.fromarray(ink if dark else 255 - ink).save(tmp_path / name / f"{number}.png")
    config = make_config(tmp_path, task__invert=invert)
    task = build_task(config)
    assert config.task.ink == task.form.ink == (dark or invert)


def test_photographs_are_no_ink(folder):
    config = make_config(folder, task__image_mode="color")
    assert build_task(config).form.ink is False


def test_one_class_is_no_episode(tmp_path):
    for part, names in (("train", "abc"), ("val", "d"), ("test", "ef")):
        for name in names:
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(2):
                paint(COLORS[ord(name) % 20], np.random.default_rng([ord(name), number])).save(
                    tmp_path / part / name / f"{number}.png"
                )
    with pytest.raises(UserError, match="the number of validation classes is 1, "):
        build_task(make_config(tmp_path))


def test_shots_leave_room_for_the_queries_asked_for(folder):
    config = make_config(folder, task__queries=4)
    build_task(config)
    assert (config.task.shots, config.task.queries) == (1, 4)


def test_what_was_left_out_is_told_before_an_error(tmp_path, capsys):
    paint(COLORS[0], np.random.default_rng(0)).save(tmp_path / "loose.png")
    with pytest.raises(UserError, match="holds no class/image.png"):
        build_task(make_config(tmp_path))
    assert "an image outside the folder of a class" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["lrua", "maml"])
def test_other_models_take_colour_too(model, folder, tmp_path):
    changes = {"model__memory_size": 8, "model__word_size": 4, "task__image_mode": "color"}
    config = make_config(folder, model__name=model, task__ways=3, test_episodes=2, **changes)
    train_and_evaluate(config, tmp_path / "run")
    pictures = [paint(color, np.random.default_rng(0)) for color in COLORS[:3]]
    answers = FewShotClassifier(str(tmp_path / "run")).fit(pictures, list("abc")).predict(pictures)
    assert set(answers) <= set("abc")


def test_a_pretrained_encoder_starts_a_run_on_other_data(folder, tmp_path, capsys):
    fields = {"task__image_size": 28, "model__encoder__filters": 64}
    weights = {"model__encoder__weights": "omniglot_20way", "model__encoder__trainable": False}
    train_and_evaluate(make_config(folder, **fields, **weights), tmp_path / "run")
    assert "starts from omniglot_20way, which was trained on omniglot" in capsys.readouterr().out
    model, _ = checkpoints.load_best_as_saved(Workdir(tmp_path / "run"))
    pretrained, _ = checkpoints.load_best_as_saved(get_pretrained_workdir("omniglot_20way"))
    for ours, theirs in zip(
        get_encoder(model).get_weights(), get_encoder(pretrained).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_run_on_other_classes_of_the_same_folder_is_no_start(color_run, folder, tmp_path):
    changes = {"task__image_mode": "color", "task__split_seed": 1}
    # However its path is written.
    for number, path in enumerate((folder, f"{folder}/../{folder.name}/")):
        config = make_config(path, model__encoder__weights=str(color_run), **changes)
        with pytest.raises(UserError, match="may know the test classes"):
            train_and_evaluate(config, tmp_path / f"run{number}")


@pytest.mark.parametrize("model", ["matching", "lrua", "maml"])
@pytest.mark.parametrize(
    "changes",
    [
        {"task__image_mode": "color"},
        {"task__image_size": 56},
        {"task__image_size": 14},
        {"model__encoder__filters": 32},
    ],
)
def test_an_encoder_of_another_size_or_mode_is_refused(model, changes, folder):
    # All but one agree with the encoder of this name.
    fields = {"task__image_size": 28, "model__encoder__filters": 64, "model__name": model}
    weights = {"model__encoder__weights": "omniglot_20way", "task__ways": 3}
    config = make_config(folder, **{**fields, **weights, **changes})
    task = build_task(config)
    model = build_model(config.model, task)
    with pytest.raises(UserError, match="omniglot_20way is not an encoder of this conf") as refused:
        load_encoder(model, config.model, task)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500
    assert "give both the same --config.model.encoder, image size and ima" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task__path": ""}, "path is empty"),
        ({"task__path": "nowhere"}, "nowhere is not a folder"),
        ({"task__ways": 7}, "the number of validation classes is only 5"),
        ({"task__shots": 5}, "needs 6 drawings"),
        ({"task__split": "cub"}, "does not have, such as 'Acadian_Flycatcher'"),
        ({"task__splits": "signs"}, "must be the import path of a func"),
    ],
)
def test_bad_settings_are_one_line(folder, changes, message):
    with pytest.raises(UserError, match=message):
        build_task(make_config(folder, **changes))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 16, 16), "uint8"), "three channels: np.stack"),
        (np.zeros((2, 32, 32, 3), "uint8"), "list of their files"),
        (["nowhere.png", "b.png"], "nowhere.png cannot be read"),
        ([Image.new("RGB", (4, 4)), np.zeros((16, 16, 3))], "Image 1 of argument `X`"),
    ],
)
def test_what_a_model_of_colour_cannot_take_is_named(color_run, images, message):
    with pytest.raises((ValueError, episodes.DataError), match=message):
        FewShotClassifier(str(color_run)).fit(images, ["a", "b"])


def test_photographs_are_not_prepared_as_drawings(color_run):
    with pytest.raises(ValueError, match="trained on images as they are"):
        FewShotClassifier(str(color_run), prepare=True).fit([Image.new("RGB", (9, 9))], ["a"])


def test_a_model_of_drawings_wants_files_prepared(folder):
    with pytest.raises(ValueError, match="prepare=True"):
        FewShotClassifier("omniglot_5way").fit(sorted(folder.glob("*/0.png"))[:2], ["a", "b"])

"""A text is learned row by row with the state carried over, measured in one pass, and continued."""

import keras
import numpy as np
import pytest
from small_runs import SMALL_RUN, changed

from configs import shakespeare
from episodes.text import CharacterVocabulary
from mann.models.build import build_model
from mann.models.stateful import StatefulModel
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.tasks.completing import Completer, sample
from mann.training import UserError, train_and_evaluate

SMALL_TEXT = {
    "task.chunk_length": 5,
    "model.embedding": 4,
    "model.name": "lstm",
    **SMALL_RUN,
}
ALPHABET = "abcdefghij\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("text")
    letters = np.random.default_rng(0).integers(len(ALPHABET), size=600)
    (path / "text.txt").write_text("".join(ALPHABET[i] for i in letters) + "Z" * 10 + "abc")
    config = small(path, train__steps=4)
    train_and_evaluate(config, path / "run")
    return path


def small(folder, **changes):
    changes = {"task__path": str(folder / "text.txt"), **changes}
    return changed(shakespeare.get_config(), SMALL_TEXT, changes)


@pytest.mark.parametrize("name", ["ntm", "dnc", "lrua", "lstm"])
def test_batches_in_turn_are_one_long_text(folder, name):
    config = small(folder, model__name=name)
    task = build_task(config)
    model = build_model(config.model, task)
    batches = [task.training_batch(step, 2, None)[0] for step in range(3)]
    in_turn = [np.asarray(model(batch, training=True)) for batch in batches]
    whole = np.concatenate([characters for characters, _ in batches], axis=1)
    expected = np.asarray(model((whole, np.ones(2, bool))))
    np.testing.assert_allclose(np.concatenate(in_turn, axis=1), expected, atol=1e-5)

    # A row that restarts does not see what came before it; the other one goes on.
    again = batches[0][0], np.array([True, False])
    logits = np.asarray(model(again, training=True))
    np.testing.assert_allclose(logits[0], in_turn[0][0], atol=1e-5)
    assert np.abs(logits[1] - in_turn[0][1]).max() > 1e-4


@pytest.mark.parametrize("name", ["lstm", "ntm"])
def test_dropout_drops_the_same_features_at_all_steps_and_only_in_training(folder, name):
    layers = {"model__num_layers": 2} if name == "lstm" else {}
    config = small(folder, model__name=name, model__dropout=0.5, **layers)
    task = build_task(config)
    model = build_model(config.model, task)
    inputs = task.training_batch(0, 2, None)[0]
    answers = [np.asarray(model(inputs)) for _ in range(2)]
    np.testing.assert_array_equal(*answers)
    # Answers show the features that they are made of.
    logits = model.get_layer("logits")
    num_features = logits.kernel.shape[0]
    logits.set_weights([np.eye(num_features, task.num_outputs), np.zeros(task.num_outputs)])
    dropped = np.asarray(model(inputs, training=True))[..., :num_features] == 0
    assert 0 < dropped.mean() < 1
    assert (dropped == dropped[:, :1]).all()

    plain = build_model(small(folder, model__name=name, **layers).model, task)
    plain.set_weights(model.get_weights())
    np.testing.assert_array_equal(np.asarray(plain(inputs)), np.asarray(model(inputs)))


def test_measuring_foretells_each_character_once_and_leaves_training_alone(folder):
    config = small(folder, model__name="lrua")
    task = build_task(config)
    model = build_model(config.model, task)
    model(task.training_batch(0, 2, None)[0], training=True)
    before = model.get_weights()
    document = (ALPHABET * 50)[:300] + "Z" + ALPHABET
    measured, unknown = task.measure(model, (document,), rows=1)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)

    ids = task.vocabulary.encode(document)[None]
    logits = model((ids[:, :-1], np.ones(1, bool)))
    bits = keras.losses.sparse_categorical_crossentropy(ids[:, 1:], logits, from_logits=True)
    bits = np.asarray(bits)[0] / np.log(2)
    known = ids[0, 1:] != 0
    assert unknown == 1 and known.sum() == 310
    np.testing.assert_allclose(measured, bits[known].mean(), rtol=1e-5)


def test_what_is_written_says_how_it_was_measured(folder):
    written = Workdir(folder / "run").read_evaluation()
    assert (written["options"], written["memory_size"]) == ({}, None)
    (measured,) = written["measurements"]
    assert (measured["unit"], measured["by"]) == ("bits per character", "text")
    assert [row["condition"] for row in measured["conditions"]] == ["validation", "test"]
    assert len(written["remarks"]) == 3


def test_the_measured_model_is_the_one_of_that_moment(folder):
    config = small(folder)
    task = build_task(config)
    model = build_model(config.model, task)
    first = task.validate(model, 2, 2).overall()
    model.set_weights([weight + 0.1 for weight in model.get_weights()])
    second = task.validate(model, 2, 2).overall()
    fresh = build_task(config).validate(model, 2, 2).overall()
    assert first != second == fresh


def test_a_checkpoint_goes_on_with_the_state_it_was_saved_with(folder):
    workdir, task = Workdir(folder / "run"), build_task(small(folder))
    model = keras.models.load_model(workdir.checkpoint(2))
    carried = [np.asarray(weight) for weight in model.non_trainable_weights]
    assert carried and all(np.abs(state).sum() > 0 for state in carried)
    for step in (2, 3):
        model.train_on_batch(*task.training_batch(step, 2, None))
    last = keras.models.load_model(workdir.checkpoint(4))
    for one, other in zip(model.get_weights(), last.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_draws():
    rng = np.random.default_rng(0)
    logits = np.array([0.0, 2.0, 1.0], np.float32)
    assert {sample(logits, 0.0, rng) for _ in range(50)} == {1}
    assert {sample(logits, 1e-3, rng) for _ in range(50)} == {1}
    drawn = np.bincount([sample(logits, 2.0, rng) for _ in range(4000)], minlength=3) / 4000
    expected = np.exp(logits / 2) / np.exp(logits / 2).sum()
    np.testing.assert_allclose(drawn, expected, atol=0.03)


def test_a_text_is_gone_on_with(folder):
    completer = Completer(folder / "run")
    greedy = "".join(completer.complete("abc", 12, temperature=0))
    assert greedy == "".join(completer.complete("abc", 12, temperature=1e-6, seed=3))
    assert len(greedy) == 12 and set(greedy) <= set(ALPHABET)
    other = ["".join(completer.complete("abc", 40, temperature=5.0, seed=s)) for s in (0, 0, 1)]
    assert other[0] == other[1] != other[2]

    model = keras.models.load_model(Workdir(folder / "run").model)
    text = "abc"
    for _ in range(12):
        ids = completer._vocabulary.encode(text)[None]
        logits = np.asarray(model((ids, np.ones(1, bool))))[0, -1]
        text += completer._vocabulary.characters[1 + logits[1:].argmax()]
    assert text == "abc" + greedy

    with pytest.raises(UserError, match="never saw: 'QZ'"):
        completer.complete("aQbZ", 5)
    with pytest.raises(UserError, match="The prompt is empty"):
        completer.complete("", 5)


@pytest.mark.parametrize("trained_on", ["\u00e9 a", "e\u0301 a"])
def test_an_accent_is_known_in_either_normal_form(trained_on, folder):
    completer = Completer(folder / "run")
    known = [*dict.fromkeys(trained_on + ALPHABET)][: len(completer._vocabulary) - 1]
    completer._vocabulary = CharacterVocabulary(known)
    drawn = ["".join(completer.complete(prompt, 5)) for prompt in ("\u00e9 a", "e\u0301 a")]
    assert drawn[0] == drawn[1]


def test_a_layer_without_a_state_is_refused(folder):
    config = small(folder, model__name="feedforward")
    with pytest.raises(UserError, match="has no state, which this task needs"):
        build_model(config.model, build_task(config))


def test_restarting_rows_of_a_stateful_model(folder):
    stateful = StatefulModel(keras.models.load_model(Workdir(folder / "run").model))
    characters = np.array([[1, 2, 3], [3, 2, 1]], np.int32)
    first, states = stateful.run(characters)
    second, _ = stateful.run(characters, stateful.restart(states, np.array([True, False])))
    np.testing.assert_allclose(second[0], first[0], atol=1e-6)
    assert np.abs(second[1] - first[1]).max() > 1e-5

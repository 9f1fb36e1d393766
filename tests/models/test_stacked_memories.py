"""Layers of fast weights on top of each other: each sees the inputs and all layers before it."""

import keras
import numpy as np
import pytest
from keras import ops
from small_runs import SMALL_RUN, changed

from configs import babi_fast_weights, graph_traversal, shakespeare
from mann import training
from mann.evaluation.memory_pictures import save_picture
from mann.evaluation.memory_sources import trace_sources
from mann.models.build import build_model
from mann.models.stateful import StatefulModel
from mann.tasks.asking import Asker
from mann.tasks.build import build_task

STACK = {
    "model.num_layers": 3,
    "model.units": 8,
    "model.word_size": 4,
    "model.relation_size": 3,
    "model.num_reads": 2,
}
STORIES = {
    **{name: SMALL_RUN[name] for name in SMALL_RUN if name.startswith("train")},
    **STACK,
    "task.tasks": (1, 8),
    "task.generated": 40,
    "model.embedding": 6,
    "test_episodes": 6,
}


def stories(**changes):
    return changed(babi_fast_weights.get_config(), STORIES, changes)


def build(config):
    task = build_task(config)
    model = build_model(config.model, task)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return model, task


@pytest.mark.parametrize("controller", ["feedforward", "lstm"])
def test_each_layer_sees_all_before_it(controller):
    model, task = build(stories(model__controller=controller))
    inputs = task.training_batch(0, 2, None)[0]
    seen = model.get_layer("sentences")(inputs)
    for name in ("memory", "memory_1", "memory_2"):
        outputs = model.get_layer(name)(seen)
        assert outputs.shape[-1] == 8 + 2 * 4
        seen = ops.concatenate([seen, outputs], axis=-1)
    kernel, bias = model.get_layer("logits").get_weights()
    expected = ops.convert_to_numpy(seen) @ kernel + bias
    logits = ops.convert_to_numpy(model(inputs))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


def test_one_layer_is_a_chain_as_before():
    model, _ = build(stories(model__num_layers=1))
    assert [layer.name for layer in model.layers] == ["sequence", "sentences", "memory", "logits"]


def test_a_run_on_stories_is_trained_saved_and_asked(tmp_path):
    (result,) = training.train_and_evaluate(stories(), tmp_path / "run")
    assert {task: len(wrong) for task, wrong in result.values.items()} == {1: 4, 8: 4}
    (again,) = training.evaluate(tmp_path / "run", episodes=4, pictures=False)
    np.testing.assert_array_equal(again.values[1], result.values[1])
    asker = Asker(tmp_path / "run")
    answer = asker.ask(["Alma went home.", "Bruno went to the attic."], "Where is Alma?")
    # Two reads of each of three layers, of which those of the first come first.
    assert answer.attention.shape == (6, 2) and not answer.slots


def test_sources_are_those_of_each_layer_in_turn():
    model, task = build(stories())
    inputs = task.training_batch(0, 1, None)[0]
    shares, slots = trace_sources(model, inputs)
    seen = model.get_layer("sentences")(inputs)
    first = model.get_layer("memory")
    second = ops.concatenate([seen, first(seen)], axis=-1)
    expected = [first.trace(seen), model.get_layer("memory_1").trace(second)]
    expected = np.concatenate([trace["sources"][0, -1] for trace in expected])
    assert shares.shape == (6, inputs.shape[1]) and slots == ()
    np.testing.assert_allclose(shares[:4], expected, rtol=1e-3, atol=1e-4)
    assert abs(shares[:2] - shares[2:4]).max() > 1e-2


def test_there_is_a_picture_of_each_layer(tmp_path):
    model, task = build(stories(model__num_layers=2))
    save_picture(model, task.training_batch(0, 1, None)[0], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"memory.png", "memory_1.png"}


def test_in_two_parts_as_in_one():
    model, task = build(stories())
    inputs = task.training_batch(0, 2, None)[0]
    stateful = StatefulModel(model)
    half = inputs.shape[1] // 2
    first, states = stateful.run(inputs[:, :half])
    last, _ = stateful.run(inputs[:, half:], states)
    whole = ops.convert_to_numpy(model(inputs))
    np.testing.assert_allclose(np.concatenate([first, last], axis=1), whole, rtol=1e-3, atol=1e-3)
    assert len(stateful.name_memories(states)) == 3


def test_layers_of_a_text_carry_their_states_over(tmp_path):
    (tmp_path / "text.txt").write_text("to be or not to be, that is the question. " * 20)
    config = changed(
        shakespeare.get_config(),
        {**STACK, "task.path": str(tmp_path / "text.txt"), "model.name": "fast_weights"},
        {"model__embedding": 6, "task__chunk_length": 5, "train__batch_size": 2},
    )
    model, task = build(config)
    chunks = np.random.default_rng(1).integers(1, 9, (2, 10)).astype("int32")
    whole = ops.convert_to_numpy(model([chunks, np.ones(2, bool)]))
    first = model([chunks[:, :5], np.ones(2, bool)], training=True)
    last = model([chunks[:, 5:], np.zeros(2, bool)], training=True)
    carried = ops.convert_to_numpy(ops.concatenate([first, last], axis=1))
    np.testing.assert_allclose(carried, whole, rtol=1e-3, atol=1e-3)
    stateful, _ = StatefulModel(model).run(chunks)
    np.testing.assert_allclose(stateful, whole, rtol=1e-3, atol=1e-3)


def test_answers_are_fed_back_to_all_layers():
    small = {**SMALL_RUN, **STACK, "model.name": "fast_weights", "task.lessons": ((3, 1, 1),)}
    small |= {"task.test_levels.size": (3,), "task.test_levels.length": (1,)}
    model, _ = build(changed(graph_traversal.get_config(), small, {}))
    feed_back = model.get_layer("feed_back")
    inputs = np.random.default_rng(1).normal(size=(2, 5, model.input_shape[-1])).astype("float32")
    inputs[:, :, 0] = 0
    seen = inputs[:, :, 1:]
    for cell in feed_back.cell.layer.cells:
        layer = keras.layers.RNN(cell, return_sequences=True)
        outputs = ops.convert_to_numpy(layer(seen))
        seen = np.concatenate([seen, outputs], axis=-1)
    expected = ops.convert_to_numpy(feed_back.cell.logits(seen))
    shown = ops.convert_to_numpy(model(inputs)).reshape(expected.shape)
    np.testing.assert_allclose(shown, expected, rtol=1e-3, atol=1e-3)
    inputs[:, 2:, 0] = 1
    assert abs(ops.convert_to_numpy(model(inputs)).reshape(shown.shape) - shown).max() > 1e-2

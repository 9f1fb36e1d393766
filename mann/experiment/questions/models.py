"""Builds the memory network of a config."""

import keras

import mann


def build_memory_network(config, task):
    """Returns a model from stories `(batch, sentences, words)` and questions to answers.

    Args:
        config: the `model` part of an experiment's config.
        task: a `SentenceTask`.
    """
    length = task.sentence_length
    stories = keras.Input((task.config.sentences, length), dtype="int32", name="stories")
    questions = keras.Input((length,), dtype="int32", name="questions")
    layer = mann.MemoryNetwork(
        task.vocabulary_size,
        config.units,
        task.config.sentences,
        num_hops=config.num_hops,
        tying=config.tying,
        encoding=config.encoding,
        mask_empty=config.mask_empty,
        linear_start=config.linear_start,
        name="memory",
    )
    return keras.Model([stories, questions], layer(stories, questions), name="memory_network")

"""Answers questions about a story in plain sentences with a trained network."""

from typing import NamedTuple

import numpy as np
from keras import ops
from ml_collections import config_dict
from scipy.special import softmax

from episodes import questions
from mann.evaluation.memory_sources import trace_sources
from mann.layers.memory_network import MemoryNetwork
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann_config.errors import UserError


class Answer(NamedTuple):
    """The answer of a network.

    Attributes:
        text: the answer, its words joined by commas.
        probability: probability of the answer.
        attention: array `(hops, sentences)` over the last sentences of the story, in its order, or
            the share of each sentence in what each head of a memory read, `(heads, sentences)`;
            `None` if the network reads words, or has no memory.
        slots: the slot that each head of such a memory read most, a tuple of numbers; else `()`.
        unknown: words of the story and question that training never saw, in order.
    """

    text: str
    probability: float
    attention: np.ndarray | None
    slots: tuple = ()
    unknown: tuple = ()


class Asker:
    """A trained network that answers questions about stories.

    Args:
        workdir: path of a run of mann train on questions.

    Raises:
        UserError: if there is no such run, or its task is not questions.

    Example: `Asker("runs/babi").ask(["Alma went to the cellar."], "Where is Alma?").text`
    """

    def __init__(self, workdir):
        workdir = Workdir(workdir)
        config = config_dict.ConfigDict(workdir.read_config())
        if config.task.name != "babi":
            raise UserError(
                f"--workdir={workdir.path} was not trained on questions: give the folder of a "
                "run of babi.py."
            )
        self.vocabulary = questions.Vocabulary(workdir.read_file("vocabulary.json"))
        self.model, _ = checkpoints.load_best_as_saved(workdir)

    def ask(self, story, question):
        """Returns the `Answer` to a question.

        Args:
            story: list of sentences, oldest first.
            question: string, the question.

        Raises:
            UserError: if the question or a sentence has no words, or there is no sentence.
        """
        sentences = tuple(questions.tokenize(sentence) for sentence in story)
        words = questions.tokenize(question)
        if not words or not all(sentences) or not sentences:
            raise UserError("A question needs words, and sentences before it: type a story first.")
        question = questions.Question(sentences, words, (), (), 0)
        words = [word for sentence in (*sentences, question.question) for word in sentence]
        unknown = tuple(dict.fromkeys(word for word in words if word not in self.vocabulary))
        return answer_question(self.model, question, self.vocabulary)._replace(unknown=unknown)


def answer_question(model, question, vocabulary):
    """Returns the `Answer` of a model to a `Question`, whose words are taken as known."""
    if isinstance(model.layers[-1], MemoryNetwork):
        return _answer_by_attention(model, question, vocabulary)
    return _answer_by_reading(model, question, vocabulary)


def _answer_by_attention(model, question, vocabulary):
    layer, longest = model.layers[-1], model.inputs[0].shape[2]
    shortened = question._replace(
        story=tuple(sentence[:longest] for sentence in question.story),
        question=question.question[:longest],
    )
    data = questions.encode_sentences([shortened], vocabulary, layer.memory_size, longest)
    logits, attention = layer(data.stories, data.questions, return_attention_scores=True)
    kept = min(len(question.story), layer.memory_size)
    in_order = ops.convert_to_numpy(attention)[0, :, :kept][:, ::-1]
    return Answer(*_choose(ops.convert_to_numpy(logits)[0], vocabulary), in_order)


def _answer_by_reading(model, question, vocabulary):
    if len(model.inputs[0].shape) == 3:
        longest = model.inputs[0].shape[2]
        data = questions.encode_sentence_steps([question], vocabulary, longest)
        sources = trace_sources(model, data.inputs)
    else:
        # One word of answer: how many a list has is not known.
        data = questions.encode_words([question._replace(answer=(questions.ASK,))], vocabulary)
        sources = None
    logits = np.asarray(model.predict_on_batch(data.inputs))[0, -1]
    answer = Answer(*_choose(logits, vocabulary), None)
    if sources is None:
        return answer
    shares, slots = sources
    return answer._replace(attention=shares[:, :-1], slots=slots)


def _choose(logits, vocabulary):
    """Returns the most likely answer and its probability."""
    probabilities = softmax(logits)
    best = int(probabilities.argmax())
    return vocabulary.words[best], float(probabilities[best])

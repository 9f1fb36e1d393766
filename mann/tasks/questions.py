"""Tasks of questions: for a memory network, which attends to sentences, or for one that reads."""

import functools

import numpy as np

from episodes import questions
from mann.evaluation import attention_pictures, pictures
from mann.tasks.asking import answer_question
from mann.tasks.base import ALL_ROWS, TRAIN, round_up_length
from mann.tasks.question_base import QuestionTask, collect_words

# Number of batches whose stories are sorted by length together, so that little padding is needed.
_SORTED = 16

# Number of tasks whose attention is drawn.
_DRAWN = 3


class AttentionTask(QuestionTask):
    """Questions for a memory network, which attends to whole sentences and answers once."""

    def _make_vocabulary(self):
        return make_sentence_vocabulary(self.train)

    def _encode(self, asked):
        return questions.encode_sentences(
            asked, self.vocabulary, self.config.sentences, self.sentence_length
        )

    @property
    def sentence_length(self):
        """Number of words of the longest sentence or question of any split."""
        return questions.longest_sentence(self.everything())

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        chosen, data = self.choose_questions(step, batch_size), self._data
        rng = np.random.default_rng((self.seed, TRAIN, step, batch_size))
        stories = insert_empty_memories(data.stories[chosen], self.config.empty_memories, rng)
        return (stories[rows], data.questions[chosen][rows]), data.answers[chosen][rows]

    def are_right(self, model, asked, batch_size):
        data = self._encode(asked)
        logits = model.predict((data.stories, data.questions), batch_size=256, verbose=0)
        return logits.argmax(axis=-1) == data.answers

    def draw(self, measurements, model, folder):
        for number in list(measurements[0].values)[:_DRAWN]:
            question = self.test[number][0]
            answer = answer_question(model, question, self.vocabulary)
            figure = attention_pictures.draw_attention(question, answer.text, answer.attention)
            pictures.save(figure, folder / f"attention_task_{number}.png")


def insert_empty_memories(stories, fraction, rng):
    """Inserts empty memories between sentences, so that all times are trained.

    Args:
        stories: array `(batch, sentences, words)`, the most recent sentence first. The oldest
            ones fall out.
        fraction: probability of an empty memory before each sentence.
        rng: NumPy generator.
    """
    batch_size, num_sentences, _ = stories.shape
    moved = np.cumsum(rng.random((batch_size, num_sentences)) < fraction, axis=1)
    places = np.arange(num_sentences) + moved
    row, sentence = np.nonzero(places < num_sentences)
    spread = np.zeros_like(stories)
    spread[row, places[row, sentence]] = stories[row, sentence]
    return spread


class ReadingTask(QuestionTask):
    """Stories that a network reads step by step, with their questions in their places.

    The stories of a batch have similar lengths.
    """

    lengths_vary = True

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        sorting, place = divmod(step, _SORTED)
        chosen = self.choose_questions(sorting, _SORTED * batch_size)
        batches = _sort_by_length(self._data, chosen).reshape(_SORTED, batch_size)
        order = np.random.default_rng((self.seed, TRAIN, sorting, batch_size)).permutation(_SORTED)
        inputs, targets, _ = _select_rows(self._data, batches[order[place]])
        inputs, targets = inputs[rows], targets[rows]
        return inputs, targets.clip(0), (targets >= 0).astype("float32")

    def are_right(self, model, asked, batch_size):
        data = self._encode(asked)
        rows = _sort_by_length(data, np.arange(len(data.inputs)))
        right = np.ones(len(asked), bool)
        for first in range(0, len(rows), batch_size):
            inputs, targets, places = _select_rows(data, rows[first : first + batch_size])
            answers = np.asarray(model.predict_on_batch(inputs)).argmax(axis=-1)
            right[places[(places >= 0) & (answers != targets)]] = False
        return right


class WordTask(ReadingTask):
    """Stories that a network reads word by word, as in the DNC paper."""

    def _make_vocabulary(self):
        words = {word for question in self.train for word in collect_words(question)}
        answers = {word for question in self.train for word in question.answer}
        return questions.Vocabulary(words | answers | set(questions.MARKS))

    def _encode(self, asked):
        return questions.encode_words(asked, self.vocabulary)


class SentenceTask(ReadingTask):
    """Stories that a network reads sentence by sentence, a question in one step with its answer."""

    def _make_vocabulary(self):
        return make_sentence_vocabulary(self.train, questions.ASK)

    def _encode(self, asked):
        return questions.encode_sentence_steps(asked, self.vocabulary, self.sentence_length)

    @functools.cached_property
    def sentence_length(self):
        """Number of words of the longest sentence or question, with its mark, of any split."""
        return 1 + questions.longest_sentence(self.everything())


def make_sentence_vocabulary(asked, *marks):
    """Returns the `Vocabulary` of the words of questions, of their whole answers, and of marks."""
    words = {word for question in asked for word in collect_words(question)}
    answers = {questions.whole_answer(question) for question in asked}
    return questions.Vocabulary(words | answers | set(marks))


def _sort_by_length(data, rows):
    """Returns the indices of rows of `Steps`, sorted by length."""
    return rows[np.argsort(_count_steps(data, rows), kind="stable")]


def _select_rows(data, rows):
    """Returns rows of `Steps`, padded to one of a few lengths, since each is compiled anew."""
    length = round_up_length(int(_count_steps(data, rows).max()), data.inputs.shape[1])
    return data._make(array[rows, :length] for array in data)


def _count_steps(data, rows):
    shown = data.inputs[rows] != 0
    return np.count_nonzero(shown.reshape(*shown.shape[:2], -1).any(axis=-1), axis=1)


def build(config, test_seed):
    """Returns the `QuestionTask` of a config, by its model and by what it reads in a step."""
    if config.model.name == "memory_network":
        kind = AttentionTask
    else:
        kind = SentenceTask if config.task.read == "sentences" else WordTask
    return kind(config.task, config.seed, test_seed)

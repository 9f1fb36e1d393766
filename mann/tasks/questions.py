"""Tasks of questions about stories, from bAbI's files or generated."""

import keras
import numpy as np

import episodes
from episodes import questions
from episodes.wording import count
from mann.evaluation import attention_pictures, pictures, published
from mann.evaluation.measurement import Measurement
from mann.tasks.asking import answer_question
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, Task, round_up_length
from mann_config.errors import UserError

# If a task has no questions for validation, the last tenth of its training questions is held out.
_HELD_OUT = 10

# Number of batches whose stories are sorted by length together, so that little padding is needed.
_SORTED = 16

# Number of tasks whose attention is drawn.
_DRAWN = 3


class QuestionTask(Task):
    """Questions about stories, of one task or several.

    Args:
        config: the `task` part of an experiment's config.
        seed: seed of the order of the training questions, and of generated ones.
        test_seed: seed of generated test questions.
    """

    name = "babi"

    def __init__(self, config, seed, test_seed):
        self.config, self.seed = config, seed
        splits = _load_splits(config, seed, test_seed)
        self.train, self.validation, self.test = [], [], splits.test
        for task, asked in splits.train.items():
            held_out = 0 if task in splits.validation else len(asked) // _HELD_OUT
            kept = len(asked) - held_out
            self.train += asked[:kept]
            self.validation += splits.validation.get(task, asked[kept:])
        if not self.validation:
            raise UserError(
                f"There are too few training questions, {len(self.train)}, to hold a tenth of a "
                f"task's out for validation: give {_HELD_OUT} or more for a task, or a file such "
                "as qa1_valid.txt."
            )
        self.vocabulary = self._make_vocabulary()
        self.num_outputs = self.vocabulary_size = len(self.vocabulary)
        self._data = self._encode(self.train)
        self._orders = {}

    def describe(self):
        return [
            f"Questions: {len(self.train):,} to train, {len(self.validation):,} to validate, "
            f"{sum(map(len, self.test.values())):,} to test, of tasks "
            f"{', '.join(map(str, self.test))}; {count(len(self.vocabulary), 'word')}"
        ]

    def files(self):
        return {"vocabulary.json": list(self.vocabulary.words)}

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def choose_questions(self, step, batch_size):
        """Returns the indices of the questions of a step; an epoch has each once."""
        positions = step * batch_size + np.arange(batch_size)
        epochs, within = np.divmod(positions, len(self._data[0]))
        first, last = epochs[[0, -1]].tolist()
        self._orders = {
            epoch: self._orders[epoch] if epoch in self._orders else self._shuffle(epoch)
            for epoch in range(first, last + 1)
        }
        orders = np.stack([self._orders[epoch] for epoch in range(first, last + 1)])
        return orders[epochs - first, within]

    def _shuffle(self, epoch):
        return np.random.default_rng((self.seed, TRAIN, epoch)).permutation(len(self._data[0]))

    def validate(self, model, num_examples, batch_size):
        picked = np.linspace(0, len(self.validation) - 1, min(num_examples, len(self.validation)))
        asked = [self.validation[i] for i in picked.astype(int)]
        right = self.are_right(model, asked, batch_size)
        return Measurement("accuracy", "%", "of", {"questions": 100.0 * right})

    def evaluate(self, model, num_examples, batch_size, options=None):
        asked = {task: questions[:num_examples] for task, questions in self.test.items()}
        everything = [question for questions in asked.values() for question in questions]
        right = self.are_right(model, everything, batch_size)
        ends = np.cumsum([len(questions) for questions in asked.values()])
        by_task = dict(zip(asked, np.split(right, ends[:-1]), strict=True))
        unknown = sum(
            word not in self.vocabulary
            for question in everything
            for sentence in (*question.story, question.question)
            for word in sentence
        )
        about = count(len(everything), "test question")
        if unknown:
            about += f"; {count(unknown, 'word')} that training never saw, read as unknown"
        return [
            Measurement(
                "wrong answers",
                "%",
                "task",
                {task: 100.0 * ~right for task, right in by_task.items()},
                published.get_question_rows(self.test),
                about=about,
                higher_is_better=False,
            )
        ]

    def remarks(self, measurements, model, workdir):
        (measured,) = measurements
        failed = sum(measured.mean(task) > published.FAILED for task in measured.values)
        lines = [
            f"Mean {measured.overall():.1f} %; {failed} of {count(len(measured.values), 'task')} "
            f"above {published.FAILED:g} %."
        ]
        return lines + (published.get_question_means() if len(measured.references) == 20 else [])

    def are_right(self, model, asked, batch_size):
        """Returns an array `(questions,)`, whether `model` answers each of them right."""
        raise NotImplementedError


class SentenceTask(QuestionTask):
    """Questions for a memory network, which attends to whole sentences and answers once."""

    def _make_vocabulary(self):
        # Each answer is one word of the vocabulary, also a list of words.
        words = {word for question in self.train for word in _collect_words(question)}
        return questions.Vocabulary(words | {questions.whole_answer(q) for q in self.train})

    def _encode(self, asked):
        return questions.encode_sentences(
            asked, self.vocabulary, self.config.sentences, self.sentence_length
        )

    @property
    def sentence_length(self):
        """Number of words of the longest sentence or question of any split."""
        everything = [*self.train, *self.validation, *(q for t in self.test.values() for q in t)]
        return questions.longest_sentence(everything)

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


class WordTask(QuestionTask):
    """Stories that a network reads word by word, with their questions, as in the DNC paper.

    The stories of a batch have similar lengths.
    """

    lengths_vary = True

    def _make_vocabulary(self):
        words = {word for question in self.train for word in _collect_words(question)}
        answers = {word for question in self.train for word in question.answer}
        return questions.Vocabulary(words | answers | set(questions.MARKS))

    def _encode(self, asked):
        return questions.encode_words(asked, self.vocabulary)

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        sorting, place = divmod(step, _SORTED)
        chosen = self.choose_questions(sorting, _SORTED * batch_size)
        batches = _sort_by_length(self._data, chosen).reshape(_SORTED, batch_size)
        order = np.random.default_rng((self.seed, TRAIN, sorting, batch_size)).permutation(_SORTED)
        words, targets, _ = _select_rows(self._data, batches[order[place]])
        words, targets = words[rows], targets[rows]
        return words, targets.clip(0), (targets >= 0).astype("float32")

    def are_right(self, model, asked, batch_size):
        data = self._encode(asked)
        rows = _sort_by_length(data, np.arange(len(data.words)))
        right = np.ones(len(asked), bool)
        for first in range(0, len(rows), batch_size):
            words, targets, places = _select_rows(data, rows[first : first + batch_size])
            answers = np.asarray(model.predict_on_batch(words)).argmax(axis=-1)
            right[places[(places >= 0) & (answers != targets)]] = False
        return right


def _sort_by_length(data, rows):
    """Returns the indices of rows of `Words`, sorted by length."""
    return rows[np.argsort(_count_words(data, rows), kind="stable")]


def _select_rows(data, rows):
    """Returns rows of `Words`, padded to one of a few lengths, since each is compiled anew."""
    length = round_up_length(int(_count_words(data, rows).max()), data.words.shape[1])
    return data._make(array[rows, :length] for array in data)


def _count_words(data, rows):
    return np.count_nonzero(data.words[rows], axis=1)


def _collect_words(question):
    return {word for sentence in (*question.story, question.question) for word in sentence}


def _load_splits(config, seed, test_seed):
    tasks = tuple(config.tasks) or None
    if config.path:
        try:
            return questions.load_babi(config.path, tasks)
        except (episodes.DataError, OSError) as error:
            raise UserError(f"--config.task.path={config.path}: {error}") from error
    train, test = (
        {
            task: questions.generate_questions(task, count, seed=(stream_seed, stream))
            for task in tasks or questions.GENERATED_TASKS
        }
        for count, stream_seed, stream in (
            (config.generated, seed, TRAIN),
            (max(config.generated // 10, 1), test_seed, TEST),
        )
    )
    return questions.BabiSplit(train, {}, test)


def build(config, test_seed):
    """Returns the `QuestionTask` of a config: of sentences for a memory network, or of words."""
    kind = SentenceTask if config.model.name == "memory_network" else WordTask
    return kind(config.task, config.seed, test_seed)

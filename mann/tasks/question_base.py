"""QuestionTask: the base of the tasks of questions about stories, from files or generated."""

import keras
import numpy as np

import episodes
from episodes import questions
from episodes.wording import count
from mann.evaluation import published
from mann.evaluation.measurement import Measurement
from mann.tasks.base import TEST, TRAIN, Task
from mann_config.errors import UserError

# If a task has no questions for validation, the last tenth of its training questions is held out.
_HELD_OUT = 10


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

    def everything(self):
        """Returns the questions of all splits, a list."""
        return [*self.train, *self.validation, *(q for asked in self.test.values() for q in asked)]

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


def collect_words(question):
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

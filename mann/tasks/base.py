"""Task: the examples that a model is trained, validated and measured on."""

from mann_config.errors import UserError

# The streams of examples that are sampled from one seed.
TRAIN, VALIDATION, TEST = range(3)
ALL_ROWS = slice(None)


class Task:
    """The examples to train, validate and test a model on, and the measures of its success.

    Attributes:
        name: name of the task in messages.
        num_features: number of input features at each step of a sequence.
        vocabulary_size: number of ids, if the inputs are ids instead; else `None`.
        sentence_length: number of ids at each step, if a step is a sentence; else `None`.
        num_outputs: number of logits at each step, or their shape as a tuple.
        image_shape: shape of the image that the features of a step begin with, or `None`.
        carried_rows: number of rows of a training batch, each of which continues the row of the
            batch before; `None` if sequences are whole.
        lengths_vary: whether training batches of a level have sequences of several lengths.
        feeds_back: whether the inputs may ask for the model's last answer; see `FeedBackCell`.
        class_hashes: dict from a split to the hash of its classes; empty if there are no classes.
        curriculum: `Curriculum`, or `None` if the difficulty stays the same.
        options: names of the options that `evaluate` takes.
    """

    name = None
    num_features = None
    vocabulary_size = None
    sentence_length = None
    num_outputs = None
    image_shape = None
    carried_rows = None
    lengths_vary = False
    feeds_back = False
    class_hashes = {}
    curriculum = None
    options = ()

    def describe(self):
        """Returns lines of text on the data, printed at the start of a run."""
        return []

    def files(self):
        """Returns a dict from a file name to the value to save there as JSON, in the workdir."""
        return {}

    def loss(self):
        """Returns the Keras loss to train on."""
        raise NotImplementedError

    def metrics(self):
        """Returns Keras metrics to report while training."""
        return []

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        """Returns the batch of a step: `(inputs, targets)` or `(inputs, targets, weights)`.

        Args:
            step: index of the step; its batch is the same in any run.
            batch_size: number of sequences in the batch.
            level: level that the curriculum has reached, or `None` without one.
            rows: slice of the batch to return, the part of one process. Defaults to all rows.
        """
        raise NotImplementedError

    def validate(self, model, num_examples, batch_size):
        """Returns a `Measurement` of `model` on examples that are not trained on."""
        raise NotImplementedError

    def score(self, validation):
        """Returns the number that ranks models by a result of `validate`, higher is better."""
        return validation.overall() * (1 if validation.higher_is_better else -1)

    def succeeds(self, model, level, num_examples, batch_size):
        """Returns whether `model` is good enough at a level for the curriculum to raise it."""
        raise NotImplementedError

    def evaluate(self, model, num_examples, batch_size, options=None):
        """Returns a list of `Measurement` of `model` on the test examples.

        Args:
            model: model from sequences to logits.
            num_examples: number of test examples.
            batch_size: number of examples in a batch.
            options: dict of options, such as an axis of difficulty with its levels, or the
                protocols. Defaults to `None`: the task's own choice.

        Raises:
            UserError: if the value of an option is wrong.
        """
        raise NotImplementedError

    def check_options(self, options):
        """Raises UserError unless `evaluate` knows all of the options, a dict."""
        for name in options:
            if name not in self.options:
                raise UserError(
                    f"The option {name} does not apply to {self.name}, whose options are: "
                    f"{', '.join(self.options) or 'none'}. Leave it out."
                )

    def remarks(self, measurements, model, workdir):
        """Returns lines of text to print below the tables of the measurements of `evaluate`."""
        return []

    def draw(self, measurements, model, folder):
        """Writes the pictures that only this task has into a folder, a `pathlib.Path`."""


def round_up_length(length, longest):
    """Returns the steps to pad to: one of a few lengths, since each is compiled anew."""
    while longest // 2 >= length:
        longest //= 2
    return longest


def find_examples(step, batch_size, rows):
    """Returns the index of the first example of some rows of a step's batch, and their number.

    Example:

    >>> find_examples(2, 8, slice(4, 8))
    (20, 4)
    """
    examples = range(step * batch_size, (step + 1) * batch_size)[rows]
    return examples.start, len(examples)

"""Task: what a model is trained, validated and measured on."""

from mann_config.errors import UserError

# The streams of examples drawn from one seed.
TRAIN, VALIDATION, TEST = range(3)


class Task:
    """The examples to train, validate and test a model on, and how it is judged.

    Attributes:
        name: that messages call it by.
        num_features: numbers that a model is given at each step of a sequence.
        vocabulary_size: of the ids that a model is given instead, or `None`.
        num_outputs: logits that it answers with at each step, or the shape of them.
        image_shape: of the image that the features of a step begin with, or `None`.
        carried_rows: sequences of a training batch, each of which goes on where it ended in the
            batch before; `None` where sequences are whole.
        lengths_vary: whether training batches of a level have sequences of several lengths.
        feeds_back: whether a model can be shown its last answer, as `FeedBackCell` does.
        class_hashes: dict from a split to the hash of its classes; empty where there are none.
        curriculum: `Curriculum`, or `None` if all steps train on the same.
        options: names of what `evaluate` can be told to measure.
    """

    name = None
    num_features = None
    vocabulary_size = None
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
        """Returns a dict from a name to what the workdir keeps under it as JSON."""
        return {}

    def loss(self):
        """Returns the Keras loss to train on."""
        raise NotImplementedError

    def metrics(self):
        """Returns Keras metrics to report while training."""
        return []

    def training_batch(self, step, batch_size, level):
        """Returns what Keras trains on at `step`: `(inputs, targets)`, maybe with weights.

        Args:
            step: index of the step; its batch is the same in any run.
            batch_size: sequences in the batch.
            level: what the curriculum has reached, or `None` without one.
        """
        raise NotImplementedError

    def validate(self, model, num_examples, batch_size):
        """Returns a `Measurement` of `model` on examples that are not trained on."""
        raise NotImplementedError

    def score(self, validation):
        """Returns the number that ranks models by what `validate` returned, higher is better."""
        return validation.overall() * (1 if validation.higher_is_better else -1)

    def succeeds(self, model, level, num_examples, batch_size):
        """Returns whether `model` is good enough at a level for the curriculum to raise it."""
        raise NotImplementedError

    def evaluate(self, model, num_examples, batch_size, options=None):
        """Returns a list of `Measurement` of `model` on the test examples.

        Args:
            model: from sequences to logits.
            num_examples: how many test examples.
            batch_size: examples at a time.
            options: dict of what to measure, such as an axis of difficulty and its levels, or the
                protocols. Defaults to `None`: the task's own choice.

        Raises:
            UserError: if an option cannot be as it is.
        """
        raise NotImplementedError

    def check_options(self, options):
        """Raises UserError unless `evaluate` knows all of the options, a dict."""
        for name in options:
            if name not in self.options:
                raise UserError(
                    f"--{name} is not an option of {self.name}, which has "
                    f"{', '.join(self.options) or 'none'}: leave it out."
                )

    def remarks(self, measurements, model, workdir):
        """Returns lines of text to print below the tables of what `evaluate` returned."""
        return []

    def draw(self, measurements, model, folder):
        """Writes pictures that no other task has into a folder, a `pathlib.Path`."""


def padded_length(length, longest):
    """Returns the steps to pad to: few different ones, since each is compiled anew."""
    while longest // 2 >= length:
        longest //= 2
    return longest

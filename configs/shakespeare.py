"""Character language model of tiny Shakespeare, or of a text of your own.

mann train --config=shakespeare --config.task.path=novel.txt --workdir=runs/novel
mann complete --workdir=runs/shakespeare --prompt="ROMEO:"
"""

from mann_config.bases import experiment


def get_config():
    config = experiment.get_config("shakespeare")

    task = config.task
    task.name = "text"
    # A UTF-8 text file, or a folder of .txt files, with those of its subfolders, each a document.
    # Its last tenth is the test split, the tenth before it the validation split. Without one, tiny
    # Shakespeare.
    task.path = ""
    # Characters of a row in one step. Gradients reach no further back; the state does.
    task.chunk_length = 50

    model = config.model
    # ntm, dnc, lrua or lstm.
    model.name = "ntm"
    # Size of the vectors of characters.
    model.embedding = 32
    # Share of the features that a row drops in training, the same at all steps of a chunk: of the
    # vectors of characters, between layers, and of what the answer is made of.
    model.dropout = 0.0

    train = config.train
    # Rows of a batch, each of which reads its own part of the text.
    train.batch_size = 64
    train.steps = 4000
    train.learning_rate = 5e-3
    train.clip_norm = 1.0
    train.report_every = 100
    train.validate_every = 400
    train.checkpoint_every = 400
    return config

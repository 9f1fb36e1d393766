"""Questions about stories: the end-to-end memory network, or a network that reads them in order.

Stories made up by rule need no download. For the bAbI tasks give the folder of the files:
mann train --config=babi --config.task.path=tasks_1-20_v1-2/en
"""

from mann_config.bases import experiment


def get_config():
    config = experiment.get_config("babi")

    task = config.task
    # Folder of files such as qa1_single-supporting-fact_train.txt, or qa1_train.txt and
    # qa1_valid.txt; without one, stories are made up, with so many training questions for each
    # task.
    task.path = ""
    task.generated = 1000
    # Numbers of the tasks to learn jointly; () for all tasks.
    task.tasks = ()
    # How many sentences a memory network keeps: the last ones of a story.
    task.sentences = 50
    # Chance of an empty memory before a sentence in training, as noise on the sentences' times.
    task.empty_memories = 0.1
    # Networks that read: what they read in a step, sentences or words.
    task.read = "sentences"

    model = config.model
    # memory_network, or one that reads a story in order: dnc, ntm, lrua or lstm.
    model.name = "memory_network"
    # Size of the vectors of words and sentences, or of the controller of other networks.
    model.units = 50
    # memory_network: hops of attention; how the hops share weights, adjacent or layer_wise; how a
    # sentence is encoded, position or bag_of_words.
    model.num_hops = 3
    model.tying = "adjacent"
    model.encoding = "position"
    # Whether empty memories get no attention; if they get some, a hop can attend to no sentence.
    model.mask_empty = False
    # Steps at the beginning without the softmax of the hops.
    model.linear_start = 18750
    # Networks that read: size of the vectors of words, or of sentences.
    model.embedding = 50
    # Share of the features of these vectors, and of those of an answer, dropped in training.
    model.dropout = 0.0

    train = config.train
    train.batch_size = 32
    train.steps = 56250
    train.learning_rate = 2e-3
    train.clip_norm = 1.0
    train.validation_episodes = 2000
    train.validate_every = 2500
    train.checkpoint_every = 2500
    train.report_every = 625
    # Test questions of each task.
    config.test_episodes = 1000
    return config

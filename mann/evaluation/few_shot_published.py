"""Published accuracy on Omniglot, in percent, by protocol; each row with its source."""

# At the 1st, 2nd, 3rd, 4th, 5th and 10th instance: Tables 1 and 2 of Santoro et al.,
# "Meta-Learning with Memory-Augmented Neural Networks", ICML 2016, by labels and classes.
SANTORO_2016 = {
    ("one_hot", 5): {
        "MANN (Santoro 2016)": (36.4, 82.8, 91.0, 92.6, 94.9, 98.1),
        "LSTM (Santoro 2016)": (24.4, 49.5, 55.3, 61.0, 63.6, 62.5),
        "Human (Santoro 2016)": (34.5, 57.3, 70.1, 71.8, 81.4, 92.4),
    },
    ("string", 5): {
        "MANN (Santoro 2016)": (0.0, 69.5, 80.4, 87.9, 88.4, 93.1),
        "LSTM (Santoro 2016)": (0.0, 9.0, 14.2, 16.9, 21.8, 25.5),
        "kNN, learned features (Santoro 2016)": (4.0, 51.9, 61.0, 66.3, 69.3, 77.5),
    },
    ("string", 15): {
        "MANN (Santoro 2016)": (0.1, 62.6, 79.3, 86.6, 88.7, 95.3),
        "LSTM (Santoro 2016)": (0.0, 2.2, 2.9, 4.3, 5.6, 12.7),
        "kNN, learned features (Santoro 2016)": (0.4, 32.7, 41.2, 47.1, 50.6, 60.0),
    },
}

# By (ways, shots).
NWAY = {
    "Pixels, cosine (Vinyals 2016)": {(5, 1): 41.7, (5, 5): 63.2, (20, 1): 26.7, (20, 5): 42.6},
    "Matching Networks (Vinyals 2016)": {(5, 1): 98.1, (5, 5): 98.9, (20, 1): 93.8, (20, 5): 98.5},
    "Memory of rare events (Kaiser 2017)": {
        (5, 1): 98.4,
        (5, 5): 99.6,
        (20, 1): 95.0,
        (20, 5): 98.6,
    },
    "Prototypical Networks (Snell 2017)": {
        (5, 1): 98.8,
        (5, 5): 99.7,
        (20, 1): 96.0,
        (20, 5): 98.9,
    },
    "MAML, convolutional (Finn 2017)": {(5, 1): 98.7, (5, 5): 99.9, (20, 1): 95.8, (20, 5): 98.9},
    "SNAIL (Mishra 2018)": {(5, 1): 99.07, (5, 5): 99.78, (20, 1): 97.64, (20, 5): 99.36},
}

# Of the 20-way one-shot runs within one alphabet, after learning on the background set alone:
# Lake, Salakhutdinov and Tenenbaum, "The Omniglot challenge: a 3-year progress report", 2019.
LAKE_RUNS = {
    "People (Lake 2019)": 95.5,
    "BPL (Lake 2019)": 96.7,
    "Siamese network (Lake 2019)": 92.0,
    "Prototypical network (Lake 2019)": 86.3,
}

"""Published accuracy by instance on Omniglot, 5 classes, one-hot labels."""

# Percent at the 1st, 2nd, 3rd, 4th, 5th and 10th instance: Table 1 of Santoro et al. 2016,
# "Meta-Learning with Memory-Augmented Neural Networks", ICML.
SANTORO_2016 = {
    "MANN (paper)": (36.4, 82.8, 91.0, 92.6, 94.9, 98.1),
    "LSTM (paper)": (24.4, 49.5, 55.3, 61.0, 63.6, 62.5),
    "Human (paper)": (34.5, 57.3, 70.1, 71.8, 81.4, 92.4),
}

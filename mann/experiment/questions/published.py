"""Published errors on bAbI, in percent."""

# Mean over the 20 tasks, and how many of them are failed (above 5 %).
MEANS = {
    "1k": (
        ("Memory network, 3 hops, joint (Sukhbaatar 2015)", 12.4, 11),
        ("Memory network, 3 hops, per task (Sukhbaatar 2015)", 13.9, 11),
        ("LSTM (Sukhbaatar 2015)", 51.3, 20),
    ),
    "10k": (
        ("Memory network, joint (Sukhbaatar 2015)", 7.5, 6),
        ("DNC (Graves 2016), mean of 20 runs", 16.7, 11.2),
        ("DNC-MD (Csordas 2019)", 9.5, None),
        ("LSTM (Graves 2016)", 27.3, 17.1),
    ),
}

# Of each task, 1k joint, as a public Python port of the authors' program measured it.
BY_TASK = dict(
    enumerate(
        (0, 13.1, 23.4, 5.9, 12.9, 3.7, 22.9, 9.1, 2.7, 7.2, 0.8, 0.1, 0.1, 4.2, 0)
        + (1.2, 43.6, 10.5, 86.7, 0),
        start=1,
    )
)

"""Trains small runs of some kinds, as one of several processes: of which, of how many, where."""

import sys

from small_runs import make_config

from mann.training import join, train_and_evaluate


def main(index, number, coordinator, text_file, folder, *kinds):
    if int(number) > 1:
        join(coordinator, int(index), int(number))
    for kind in kinds:
        train_and_evaluate(make_config(kind, text_file), f"{folder}/{kind}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Trains as `mann train` does, from a clone."""

import sys

from mann_commands.__main__ import run

if __name__ == "__main__":
    run("train", sys.argv[1:])

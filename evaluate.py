"""Measures as `mann evaluate` does, from a clone."""

import sys

from mann_commands.__main__ import run

if __name__ == "__main__":
    run("evaluate", sys.argv[1:])

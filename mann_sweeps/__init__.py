"""Sweeps: many runs of an experiment, each a process of its own, and their table."""

"""The config of an experiment, its flags and the small files of its run, without a framework."""

__version__ = "0.1.0"

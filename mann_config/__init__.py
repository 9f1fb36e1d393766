"""The config of an experiment and the commands' flags, checked before a framework is imported."""

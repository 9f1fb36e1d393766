"""Character language models as an experiment: bits per character, and texts gone on with."""

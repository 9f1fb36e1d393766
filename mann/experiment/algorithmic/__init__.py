"""Algorithmic tasks: bits in, bits out, and how far a model goes beyond what it was trained on."""

"""The fields that several experiments share, each with its comment."""

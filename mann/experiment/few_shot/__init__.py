"""Few-shot classification: sequences of images whose labels come one step late."""

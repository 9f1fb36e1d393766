"""Models built of layers: encoders, few-shot models, and the compiled model of a config."""

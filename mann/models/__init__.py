"""What is built of layers: encoders, few-shot learners, and the compiled model of a config."""

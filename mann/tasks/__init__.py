"""The tasks that a model is trained and measured on, one file for each family."""

"""What a model is trained and measured on: one file a family of tasks."""

"""Few-shot learners as Keras models, over one encoder."""

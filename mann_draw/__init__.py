"""A page in the browser to draw on, whose server answers with a memory of few-shot classes."""

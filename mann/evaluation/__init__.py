"""Measures trained models, and makes tables and pictures of the measurements."""

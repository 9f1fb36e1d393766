"""Functions of a Gaussian process to predict from point to point."""

"""A trained few-shot model as a scikit-learn classifier."""

from mann.classifier.classifier import FewShotClassifier

__all__ = ["FewShotClassifier"]

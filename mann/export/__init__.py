"""Exports trained few-shot models to formats that run without Keras and without this package."""

from mann.export.export import Exported, describe, export

__all__ = ["Exported", "describe", "export"]

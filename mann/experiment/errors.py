"""The errors that a command answers with one line instead of a traceback."""

# Their home is where no framework is imported.
from mann_config.errors import Interrupted, UserError

__all__ = ["Interrupted", "UserError"]

"""Lets mkdocstrings read the sections of our docstrings that it does not know."""

import re

import griffe

# Their title, and one or more lines of examples: the prompt would be taken for a quotation.
EXAMPLES = re.compile(r"^((?:>>> |\.\.\. ).*(?:\n.+)*(?:\n\n>>> .*(?:\n.+)*)*)", re.MULTILINE)


class Sections(griffe.Extension):
    """Rewrites the docstring of each object that is loaded."""

    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = rewrite(obj.docstring.value)


def rewrite(text):
    text = text.replace("Call arguments:\n", "Other Args: Call arguments:\n")
    text = re.sub(r"^(Example|Output shape|References?):\s", r"**\1**: ", text, flags=re.MULTILINE)
    return EXAMPLES.sub(r"```pycon\n\1\n```", text)

"""Lets mkdocstrings show the sections of our docstrings that it does not know."""

import re
import textwrap

import griffe

# One or more examples: outside a code block a prompt would be taken for a quotation.
EXAMPLES = re.compile(r"^>>> .*(?:\n.+)*(?:\n\n>>> .*(?:\n.+)*)*", re.MULTILINE)
# What a function returns has no name or type beside its description.
RETURNS = re.compile(r"^Returns:\n((?:    .*\n?|\n)+)", re.MULTILINE)
TITLES = re.compile(r"^(Examples?|Output shape|References?):\s", re.MULTILINE)


class Sections(griffe.Extension):
    """Rewrites the docstring of each object that is loaded."""

    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = rewrite(obj.docstring.value)


def rewrite(text):
    text = text.replace("Call arguments:\n", "Other Args: Call arguments:\n")
    text = RETURNS.sub(lambda match: f"**Returns**:\n\n{textwrap.dedent(match[1])}", text)
    text = TITLES.sub(r"**\1**: ", text)
    return EXAMPLES.sub(r"```pycon\n\g<0>\n```", text)

"""Turns the equations of a page into MathML, which browsers draw without a script."""

import html
import re

from latex2mathml.converter import convert

# What pymdownx.arithmatex makes of $...$ and of $$...$$.
EQUATION = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(content, **_):
    return EQUATION.sub(draw, content)


def draw(match):
    tag, latex = match.groups()
    display = "block" if tag == "div" else "inline"
    return f'<{tag} class="equation">{convert(html.unescape(latex), display=display)}</{tag}>'

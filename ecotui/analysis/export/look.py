"""Colours and marks of pictures and pages, by what a series is to its reader; each has one for paper and one for dark.

The eight are told apart by people who see red and green alike, and every series has a mark of its own besides.
"""

from __future__ import annotations

from collections.abc import Mapping

COLOURS: Mapping[str, str] = {
    "paper": "#fffffe",
    "ink": "#1c2126",
    "muted": "#5a6572",
    "grid": "#e4e8ed",
    "baseline": "#3b444e",
    "candidate": "#0a69b0",
    "candidate-2": "#c0560b",
    "candidate-3": "#7b3fb3",
    "published": "#97700a",
    "fit": "#1a7f74",
    "reference": "#8a95a3",
}
"""On paper."""
DARK: Mapping[str, str] = {
    "paper": "#14181d",
    "ink": "#e3e8ee",
    "muted": "#9aa7b5",
    "grid": "#2a323b",
    "baseline": "#c3ccd6",
    "candidate": "#63b3f2",
    "candidate-2": "#f2a25c",
    "candidate-3": "#c79af0",
    "published": "#dcb64a",
    "fit": "#5cc9bb",
    "reference": "#75818e",
}
MARKS: Mapping[str, str] = {
    "baseline": "o",
    "candidate": "D",
    "candidate-2": "^",
    "candidate-3": "s",
    "published": "v",
    "fit": "o",
    "reference": "o",
}
"""matplotlib's marks; the first four are the screen's glyphs."""
PUBLISHED = ("v", "P", "<", "X")
"""Marks of published series, which share a colour; the fifth begins again."""


def variable(role: str) -> str:
    """The name of a role's colour in a page's style sheet."""
    return f"--{role}"

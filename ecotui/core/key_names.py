"""Names of keys as an operator may write them, and as Textual calls them."""

from __future__ import annotations

import string
import unicodedata
from difflib import get_close_matches

from ecotui.core.errors import UsageError
from ecotui.core.units import clean

SHORT = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Names of letters that Textual shortens."""
NAMED = {
    *("escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right"),
    *(f"f{number}" for number in range(1, 25)),
}
MODIFIERS = ("ctrl", "alt", "shift")
MEANT = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "spacebar": "space",
}
"""What people write, and what the key is called."""
SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that a terminal cannot tell from others."""
KEPT = {
    "ctrl+c": "copies, or says how to leave",
    "ctrl+q": "always closes the screen",
    "ctrl+z": "belongs to the shell",
}
"""Keys that keep their meaning."""


def name_of(letter: str) -> str:
    """Textual's name of a letter: "a" is a, "?" is question_mark."""
    if letter.isalnum():
        return letter
    name = unicodedata.name(letter, letter).lower().replace("-", "_").replace(" ", "_")
    return SHORT.get(name, name)


LETTERS = {name_of(letter): letter for letter in string.printable if letter.isprintable()}
"""Letters, digits and punctuation by name; the blank among them."""


def types(key: str) -> bool:
    """Whether the key writes a letter, which a text field takes for itself."""
    return key in LETTERS or (len(key) == 1 and key.isalnum())


def shown(key: str) -> str:
    """The key as one writes it in a file: the letter itself where it has one."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, LETTERS.get(last, last).strip() or last])


def key_of(text: str) -> str:
    """The key that is written.

    Raises:
        UsageError: it is none, or one that cannot be used; the sentence is about the key alone.
    """
    *modifiers, last = text.split("+") if len(text) > 1 and not text.endswith("+") else [text]
    key = name_of(last) if len(last) == 1 and last.isprintable() else last.lower()
    whole = "+".join([*(word.lower() for word in modifiers), key])
    if key not in NAMED and not types(key) and not (len(last) == 1 and last.isprintable()):
        raise _unknown(text, key)
    if any(word not in MODIFIERS for word in whole.split("+")[:-1]):
        raise UsageError(f"{clean(text, 40)!r} is no key", f"Before + may stand {', '.join(MODIFIERS)}.")
    if modifiers == ["shift"] and types(key):
        raise UsageError(f"{clean(text, 40)!r} is no key of a terminal", f'Write "{LETTERS.get(key, key).upper()}".')
    if whole in SAME:
        raise UsageError(f"{whole} cannot be told from {SAME[whole]}", "Choose another key.")
    if whole in KEPT:
        raise UsageError(f"{whole} {KEPT[whole]}", "Choose another key.")
    return whole


def _unknown(text: str, key: str) -> UsageError:
    near = MEANT.get(key) or next(iter(get_close_matches(key, [*NAMED, *LETTERS], n=1, cutoff=0.7)), "")
    hint = f'Did you mean "{near}"? ' if near else ""
    return UsageError(
        f"{clean(text, 40)!r} is no key", f'{hint}Write a letter as it is ("r", "?"), or a name: escape, f5, ctrl+r.'
    )

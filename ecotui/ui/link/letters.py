"""Every letter in ASCII: one table, one letter for one cell, so that nothing on a screen moves."""

from __future__ import annotations

import unicodedata
from functools import cache

from rich.cells import cell_len

SIGNS = {
    **dict(zip("●◆▲■▼★", "o+^#v*", strict=True)),  # arms stay apart
    **dict(zip("○◇△□▽☆", "0%A=V'", strict=True)),
    **dict(zip("◌✔✓✘✗✖⊘", ".YYXXX0", strict=True)),
    **dict(zip("▶▸›→⇥◀◂‹←⏎⌫↑↓␣‖", ">>>>><<<<<<^v_=", strict=True)),
    **dict(zip("·…×±−–—≈≤≥°√∫∑∞", "|>x~---~<>'VSS8", strict=True)),
    **dict(zip("µμτρδΔΣσαβλ“”„‘’", 'uutrdDSsabl"""\'\'', strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█░▒▓▀", '_.:-=+##:%#"', strict=True)),
    **dict.fromkeys("▌▐▏▎▍▋▊▉▕", "|"),
}
"""What stands for each sign that the screens use; lines, dots and accents follow rules."""
WIDE = {"🔎": "/ "}
"""The same for signs of two cells."""
KEYS = {"⏎": "enter", "␣": "space", "⇥": "tab", "⌫": "bksp", "←": "left", "→": "right", "↑": "up", "↓": "down"}
"""Names of keys, where there is room for them."""
DOTS = 0x2800
"""The first of the 256 letters of braille dots, of which curves are made."""
LEFT, RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)
"""The dots of a cell's two columns, from above."""
HEIGHTS = "'--."
UNKNOWN = "?"
NAMED = {
    "UP-POINTING": "^",
    "DOWN-POINTING": "v",
    "RIGHT-POINTING": ">",
    "LEFT-POINTING": "<",
    "UPWARDS": "^",
    "DOWNWARDS": "v",
    "RIGHTWARDS": ">",
    "LEFTWARDS": "<",
    "CHECK MARK": "Y",
    "BALLOT X": "X",
    "MULTIPLICATION X": "x",
    "CIRCLE": "o",
    "SQUARE": "#",
    "DIAMOND": "+",
    "STAR": "*",
    "DASH": "-",
    "HYPHEN": "-",
    "QUOTATION MARK": '"',
    "BULLET": "o",
}
"""What stands for other signs, by a word of their names."""


def ascii_text(text: str) -> str:
    """The text in ASCII, in as many cells."""
    return text if text.isascii() else "".join(letter if letter.isascii() else _letter(letter) for letter in text)


def key_name(display: str) -> str:
    """A key as the line of keys shows it."""
    return ascii_text("".join(KEYS.get(letter, letter) for letter in display))


@cache
def _letter(letter: str) -> str:
    cells, code = cell_len(letter), ord(letter)
    if cells == 0 or letter in SIGNS or letter in WIDE:
        return SIGNS.get(letter) or WIDE.get(letter, "")
    if DOTS <= code < DOTS + 256:
        return _dots(code - DOTS)
    if 0x2500 <= code < 0x2580:
        return _line(unicodedata.name(letter))
    if 0x2580 <= code < 0x25A0:
        return "#"
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if c.isascii())
    if len(plain) == cells and plain.isprintable():
        return plain
    return _sign(unicodedata.name(letter, "")) if cells == 1 else UNKNOWN * cells


def _sign(name: str) -> str:
    """A shape, an arrow, or a Greek letter, of which the first of its name is taken."""
    if name.startswith("GREEK"):
        first = name.rpartition("LETTER ")[2][:1]
        return first.lower() if "SMALL" in name else first
    return next((sign for word, sign in NAMED.items() if word in name), UNKNOWN)


def _line(name: str) -> str:
    """A letter of a box."""
    if "DIAGONAL" in name:
        return "/" if "UPPER RIGHT" in name else "\\"
    words = set(name.split())
    across = words & {"HORIZONTAL", "LEFT", "RIGHT"}
    upright = words & {"VERTICAL", "UP", "DOWN"}
    return "+" if across and upright else "|" if upright else "-"


def _dots(bits: int) -> str:
    """A cell of a curve: a bar, a slope, or a dash at its height."""
    sides = [[i for i, bit in enumerate(column) if bits & bit] for column in (LEFT, RIGHT)]
    left, right = sides
    if not left and not right:
        return " "
    if max(len(left), len(right)) >= 3:
        return "|"
    if left and right:
        fall = sum(right) / len(right) - sum(left) / len(left)
        if abs(fall) >= 1:
            return "\\" if fall > 0 else "/"
    both = left + right
    return HEIGHTS[round(sum(both) / len(both))]

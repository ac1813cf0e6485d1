"""Text into a fixed number of terminal cells, also where letters are two cells wide."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size


def fitted(text: str, width: int, right: bool = False, tail: bool = False) -> str:
    """`text` in exactly `width` cells: padded, or cut with "…"; `tail` keeps its end, where names differ:
    the part after the last slash or colon where that fits.
    """
    spare = width - cell_len(text)
    if spare >= 0:
        return " " * spare + text if right else text + " " * spare
    if width < 1:
        return ""
    if not tail:
        return set_cell_size(text, width - 1) + "…"
    last = re.split(r"[/:]", text)[-1]
    if 0 < cell_len(last) <= width - 1:
        return fitted("…" + last, width)
    kept = ""
    for letter in reversed(text):
        if cell_len(letter + kept) > width - 1:
            break
        kept = letter + kept
    return " " * (width - 1 - cell_len(kept)) + "…" + kept

"""What a terminal shows of what was written to it: as much of one as ecotui and its peers ask for."""

from __future__ import annotations

import re
from collections.abc import Callable

from textual._cells import cell_len

TOKEN = re.compile(
    r"\x1b\[([?<>=]?)([\d;:]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b[^\[\]]|[\r\n\b\x07]"
)
PART = re.compile(r"\x1b(?:\[[?<>=]?[\d;:]*[ -/]*|\][^\x07]*|[()])?\Z")
"""The beginning of a sequence whose rest has not come."""


class Glass:
    """Rows of cells; `answer` takes what the terminal says to a question."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None] = lambda text: None) -> None:
        self.columns, self.rows = columns, rows
        self._answer, self._rest = answer, ""
        self._cells = [[" "] * columns for _ in range(rows)]
        self._styles = [[""] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._style = ""

    @property
    def text(self) -> str:
        """The letters, row by row."""
        return "\n".join("".join(row) for row in self._cells)

    @property
    def styles(self) -> list[list[str]]:
        """The parts of the last sequences for letters, cell by cell."""
        return self._styles

    def feed(self, data: str) -> None:
        """What is written next."""
        data = self._rest + data
        part = PART.search(data)
        self._rest = data[part.start() :] if part else ""
        data, at = data[: part.start()] if part else data, 0
        for token in TOKEN.finditer(data):
            self._print(data[at : token.start()])
            at = token.end()
            self._obey(token)
        self._print(data[at:])

    def _print(self, text: str) -> None:
        for letter in text:
            width = cell_len(letter)
            if width and self._x + width <= self.columns:
                self._cells[self._y][self._x : self._x + width] = [letter, *[""] * (width - 1)]
                self._styles[self._y][self._x : self._x + width] = [self._style] * width
                self._x += width

    def _erase(self, end: int) -> None:
        """Blanks from the cursor on, in the ground that is written on; the cursor stays."""
        for x in range(self._x, min(end, self.columns)):
            self._cells[self._y][x], self._styles[self._y][x] = " ", self._style

    def _obey(self, token: re.Match[str]) -> None:
        if token[4] is None:
            self._x = 0 if token[0] in "\r\n" else self._x  # Textual's terminals take a newline for both
            self._y = min(self._y + (token[0] == "\n"), self.rows - 1)
            return
        numbers = [int(n) if n.isdecimal() else 0 for n in token[2].split(";")]
        match token[1], token[4]:
            case "", "H" | "f":
                self._y = min(max(numbers[0], 1), self.rows) - 1
                self._x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
            case "", "C":
                self._x = min(self._x + max(numbers[0], 1), self.columns - 1)
            case "", "G":
                self._x = min(max(numbers[0], 1), self.columns) - 1
            case "", "X":
                self._erase(self._x + max(numbers[0], 1))
            case "", "K" if numbers[0] == 0:
                self._erase(self.columns)
            case "", "m":
                # The codes since the last reset are what counts.
                self._style = (
                    token[2] if token[2].startswith(("0", "")) and numbers[0] == 0 else f"{self._style};{token[2]}"
                )
            case "", "n" if token[2] == "5":
                self._answer("\x1b[0n")

"""The first line of every screen: where one is, which board is watched, and what it is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

from ecotui.core.reading import BoardInfo
from ecotui.core.units import clean
from ecotui.ui.keys import key_shown
from ecotui.ui.theme import ink, style

TABS = ("Monitor", "History", "Compare", "Findings", "Sweep", "GPUs")
SHORT = (4, 1)
"""Letters of a tab that is not in front, where the line is too narrow for words; the last is its key."""
READ_ONLY = "read-only"
LOOK_S = 1.0
"""How often the line asks whether what it says is still true: on a screen that comes to the front it may not be."""
STATES: dict[str, tuple[str, str]] = {
    "measuring": ("●", "good"),
    "watching": ("●", "good"),
    "starting": ("●", "warn"),
    "stopping": ("●", "warn"),
    "idle": ("◌", "muted"),
    "replay": ("▶", "throughput"),
    "ended": ("■", "muted"),
    "failed": ("■", "bad"),
    "unfinished": ("■", "bad"),
    "no board": ("○", "warn"),
}
"""State to its glyph and role; the word stands beside the glyph."""
OVER = ("ended", "failed", "unfinished")
"""States in which nothing is left to stop."""


@dataclass(frozen=True)
class Facts:
    """What the line says at its right, the same on every screen."""

    board: BoardInfo | None = None
    temperature_c: float | None = None
    state: str = "idle"
    simulated: bool = False
    read_only: bool = False
    """Whether the session was started elsewhere, and is only looked at."""


def board_facts(facts: Facts) -> list[str]:
    """The board's facts, the most telling first."""
    board = facts.board
    if board is None:
        return []
    name = clean(board.name, 40).removeprefix("NVIDIA ")
    parts = [name, f"GPU {board.index}"]
    if board.power_limit_w is not None:
        parts.append(f"limit {board.power_limit_w:.0f} W")
    if facts.temperature_c is not None:
        parts.append(f"{facts.temperature_c:.0f} °C")
    return parts


class Tabs(NamedTuple):
    """The left part of the line."""

    name: str = "ecotui "
    shown: Sequence[str] = TABS


class TopBar(Widget):
    """One line. `active` is the tab that the screen belongs to, in lower case: "monitor", "history", "compare"."""

    def __init__(self, active: str) -> None:
        super().__init__()
        self.active = _tab_of(active)
        self._facts = Facts()
        self._tabs = Tabs()
        self._said = ("", self._facts)

    @property
    def facts(self) -> Facts:
        """What the line says; the application's where it keeps any."""
        shared = getattr(self.app, "facts", None)
        return shared if isinstance(shared, Facts) else self._facts

    def set_board(self, board: BoardInfo | None, temperature_c: float | None = None) -> None:
        """The board that is watched, on every screen."""
        self._share(replace(self.facts, board=board, temperature_c=temperature_c))

    def set_state(self, state: str, simulated: bool | None = None) -> None:
        """What goes on, a word of STATES; `simulated` None leaves that as it is."""
        now = self.facts
        self._share(replace(now, state=state, simulated=now.simulated if simulated is None else simulated))

    def _share(self, facts: Facts) -> None:
        if facts == self.facts:
            return
        self._facts = facts
        if hasattr(self.app, "facts"):
            self.app.facts = facts
        self.refresh()

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._look)

    def _look(self) -> None:
        if self._said != (self._note, self.facts) and self.screen.is_current:
            self.refresh()

    @property
    def _note(self) -> str:
        return str(getattr(self.app, "link_note", ""))

    @property
    def crowded_out(self) -> str:
        """The link's rate where no tab may be shortened for it: the last line tells it then."""
        note = self._note
        return "" if self._has_room(self.active, note) else note

    def _has_room(self, active: str, note: str) -> bool:
        """Whether every tab keeps its name beside a note."""
        room = self.size.width - 2 - _state(self.facts).cell_length
        left = room - len(note) - 2
        tabs = _fitting(active, left)
        return tabs == _fitting(active, room) and len(tabs.name) + _cells(tabs.shown) <= left

    def strip_for(self, active: str) -> Strip:
        """The line as the screen of that tab begins with it."""
        content, _ = self._line(_tab_of(active))
        (strip,) = Visual.to_strips(self, content, self.size.width, 1, self.visual_style, pad=True)
        for letters in self.get_line_filters():
            strip = strip.apply_filter(letters, self.background_colors[1])
        return strip

    def render(self) -> Content:
        """The line of now."""
        self._said = self._note, self.facts
        content, self._tabs = self._line(self.active)
        return content

    def _line(self, active: str) -> tuple[Content, Tabs]:
        """Tabs at the left; at the right whatever of the board still fits, and the state, which is never cut."""
        room = self.size.width - 2
        right, note = _state(self.facts), self._note
        if note and self._has_room(active, note):
            right = Content.assemble(ink(note, "muted"), "  ", right)
        tabs = _fitting(active, room - right.cell_length)
        shown = (self._tab(tab, tab == active) for tab in tabs.shown)
        left = Content.assemble(ink(tabs.name, "power", bold=True), *shown)
        parts = board_facts(self.facts)
        while parts and len(" · ".join(parts)) + 2 + right.cell_length > room - left.cell_length - 2:
            parts.pop()
        if parts:
            right = Content.assemble(ink(" · ".join(parts), "muted"), "  ", right)
        gap = max(room - left.cell_length - right.cell_length, 1)
        return Content.assemble(" ", left, " " * gap, right), tabs

    def _tab(self, tab: str, here: bool) -> Content:
        """The letter that is underlined is its key: the first, unless the settings say otherwise."""
        role = "text" if here else "muted"
        named = next(name for name in TABS if name.startswith(tab)).lower()
        letter = key_shown(self.app, f"app.{named}", named[0])
        at = tab.lower().find(letter) if len(letter) == 1 else -1
        if at < 0:
            return ink(f" {tab} ", role, reverse=here)
        key = Content.styled(tab[at], style(role, reverse=here) + Style(underline=True))
        return Content.assemble(
            ink(f" {tab[:at]}", role, reverse=here), key, ink(f"{tab[at + 1 :]} ", role, reverse=here)
        )

    async def on_click(self, event: Click) -> None:
        """A click on a tab goes there."""
        at = 1 + len(self._tabs.name)
        for tab, shown in zip(TABS, self._tabs.shown, strict=True):
            if at <= event.x < at + len(shown) + 2:
                await self.run_action(f"app.{tab.lower()}")
                return
            at += len(shown) + 2


def _state(facts: Facts) -> Content:
    """What goes on, and whose it is."""
    glyph, role = STATES.get(facts.state, ("◌", "muted"))
    said = Content.assemble(ink(f"{glyph} {facts.state}", role))
    if facts.read_only and facts.state not in OVER:
        said = Content.assemble(said, ink(f", {READ_ONLY}", "warn"))
    return Content.assemble(ink("SIMULATED", "warn", bold=True), "  ", said) if facts.simulated else said


def _tab_of(mode: str) -> str:
    """The tab of a screen's name in lower case; empty where it has none."""
    return next((tab for tab in TABS if tab.lower() == mode), "")


def _fitting(active: str, room: int) -> Tabs:
    """As much as there is room for: without the name, then with the first letters of tabs that are not in front."""
    tabs = Tabs()
    if len(tabs.name) + _cells(TABS) <= room:
        return tabs
    shown: Sequence[str] = TABS
    for letters in SHORT:
        if _cells(shown) <= room:
            break
        shown = _shortened(active, letters)
    return Tabs("", shown)


def _shortened(active: str, letters: int) -> tuple[str, ...]:
    return tuple(tab if tab == active else tab[:letters] for tab in TABS)


def _cells(tabs: Sequence[str]) -> int:
    return sum(len(tab) + 2 for tab in tabs)

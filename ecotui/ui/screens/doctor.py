"""The doctor's checks, each as soon as it is made."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from textwrap import wrap
from threading import Thread
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from ecotui.core.units import clean
from ecotui.doctor.brief import brief, failing_first
from ecotui.doctor.check import BAD, GLYPHS, GOOD, WARN, Check, Topic
from ecotui.doctor.examination import summary, topics
from ecotui.doctor.links import Link
from ecotui.ui.link.app import LinkedApp
from ecotui.ui.theme import ink
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

PULL_S = 0.1
NAME, STATE = 13, 8
"""Cells of the first two columns."""
ROLES = {GOOD: "good", WARN: "warn", BAD: "bad"}
LAST = "libraries"
"""Has a thread of its own: it takes longer than all others together."""

Made = tuple[Topic, tuple[Check, ...]]


class DoctorScreen(Screen[None]):
    """What works on this host, what does not, and the command that mends it."""

    CSS_PATH = "doctor.tcss"
    AUTO_FOCUS = "#doctor-all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="doctor.back", tooltip="Back to where the doctor was asked"),
        Binding("r", "again", "Check again", id="doctor.again", tooltip="Make every check anew"),
        Binding("y", "copy", "Copy", id="doctor.copy", tooltip="Copy the checks as text (OSC 52)"),
    ]

    def __init__(self, of: Sequence[Topic] | None = None) -> None:
        super().__init__()
        self._given = of
        self._topics: tuple[Topic, ...] = ()
        self._made: dict[str, tuple[Check, ...]] = {}
        self._answers: SimpleQueue[Made] = SimpleQueue()

    def compose(self) -> ComposeResult:
        yield TopBar(active="")
        yield Static(id="doctor-head")
        with VerticalScroll(id="doctor-all"):
            yield Static(id="doctor-checks")
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_interval(PULL_S, self.pull)
        self.action_again()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    def action_again(self) -> None:
        """Every check anew; nothing while the last ones are being made."""
        if self._topics and len(self._made) < len(self._topics):
            return
        self._topics = tuple(
            self._given
            if self._given is not None
            else topics((self.app.size.width, self.app.size.height), lambda: _link(self.app))
        )
        self._made, self._answers = {}, SimpleQueue()
        slow = [t for t in self._topics if t.name == LAST]
        for some in (slow, [t for t in self._topics if t.name != LAST]):
            Thread(target=_make, args=(some, self._answers), name="doctor", daemon=True).start()
        self._draw()

    def pull(self) -> None:
        """Show what was found since the last look."""
        before = len(self._made)
        while True:
            try:
                topic, found = self._answers.get_nowait()
            except Empty:
                break
            self._made[topic.name] = found
        if len(self._made) != before:
            self._draw()

    def action_copy(self) -> None:
        """The checks as text, into the operator's clipboard where the terminal takes it."""
        self.app.copy_to_clipboard("\n".join(content.plain for content in self._rows(200)) + "\n")
        self.notify("The checks were sent to the terminal's clipboard.", markup=False)

    @property
    def found(self) -> list[Check]:
        """Every check so far, in the order of the topics."""
        return [check for topic in self._topics for check in self._made.get(topic.name, ())]

    def _draw(self) -> None:
        if not self.is_attached:
            return
        room = self.query_one("#doctor-all").scrollable_content_region
        rows = self._rows(room.width or self.app.size.width, room.height or self.app.size.height)
        self.query_one("#doctor-checks", Static).update(Content("\n").join(rows))
        self.query_one("#doctor-head", Static).update(self._head())

    def _head(self) -> Content:
        left = len(self._topics) - len(self._made)
        title = ink("Doctor  ", bold=True)
        if left:
            return Content.assemble(title, ink(f"{len(self._made)} of {len(self._topics)} topics checked…", "muted"))
        found = self.found
        worst = next((s for s in (BAD, WARN) if any(c.state == s for c in found)), GOOD)
        return Content.assemble(title, ink(summary(found), ROLES[worst]))

    def _rows(self, width: int, height: int | None = None) -> list[Content]:
        """What fails first; in few words where all words take more than `height` rows."""
        waits = [topic for topic in self._topics if topic.name not in self._made]
        tail = [ink(f"… {topic.name:<{NAME}} {topic.waiting}", "muted") for topic in waits]
        whole = [row for check in failing_first(self.found) for row in check_rows(check, width)]
        if height is not None and len(whole) + len(tail) > height:
            whole = [row for check in brief(self.found) for row in check_rows(check, width)]
        return [*whole, *tail]


def check_rows(check: Check, width: int) -> list[Content]:
    """A check in rows of `width` cells: glyph, name, state, what was seen, and beneath it what mends it."""
    role, indent = ROLES.get(check.state, "muted"), NAME + STATE + 3
    room = max(width - indent, 20)
    text = wrap(clean(check.text, 2000), room, break_on_hyphens=False) or [""]
    head = (ink(f"{GLYPHS[check.state]} ", role), ink(f"{clean(check.name):<{NAME}}", bold=True))
    out = [Content.assemble(*head, ink(f"{check.state:<{STATE}} ", role), ink(text[0]))]
    out += [ink(" " * indent + line) for line in text[1:]]
    mends = (
        wrap(f"→ {clean(check.advice, 2000)}", room, subsequent_indent="  ", break_on_hyphens=False)
        if check.advice
        else []
    )
    return out + [ink(" " * indent + line, "focus" if check.state not in (WARN, BAD) else role) for line in mends]


def _link(app: App[object]) -> Link:
    """What the application knows of the way to its terminal; nothing where that is a browser."""
    if not isinstance(app, LinkedApp) or not hasattr(app._driver, "blocked"):
        return Link()
    gate = app.painter.gate
    return Link(gate.budget_bps, gate.answers, gate.capacity_bps if app.link_note else None)


def _make(some: Sequence[Topic], answers: SimpleQueue[Made]) -> None:
    for topic in some:
        answers.put((topic, topic.checks()))

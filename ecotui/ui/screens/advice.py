"""Advice for a model and a board: each line quotes the runs or rows that it rests on, and there is none without."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.advice_look import Advised, look, suggested
from ecotui.ui.widgets.advice_words import content
from ecotui.ui.widgets.field import Field
from ecotui.ui.widgets.history_look import problem_line
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

READING = "reading the store…"
HOW = "→ takes what is suggested, {advice.next|⇥} the other, {advice.ask|⏎} asks, {advice.back|esc} leaves"
"""Letters go into the fields, so that a tab's key types: the way out is named."""


class AdviceScreen(Screen[None]):
    """Two lines to type a model and a board in, and below what the evidence says of them."""

    CSS_PATH = "advice.tcss"
    AUTO_FOCUS = "#advice-model"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Findings", id="advice.back", tooltip="Back to the findings"),
        Binding("enter", "ask", "Ask", id="advice.ask", tooltip="What the evidence says of this model and board"),
        Binding("up", "scroll(-1)", "Up", show=False, id="advice.up", tooltip="The lines above"),
        Binding("down", "scroll(1)", "Down", show=False, id="advice.down", tooltip="The lines below"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="advice.page-up"),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="advice.page-down"),
        Binding("tab", "app.focus_next", "Next", key_display="⇥", id="advice.next", tooltip="The next field"),
        Binding(
            "ctrl+n",
            "model(1)",
            "Model",
            id="advice.model",
            tooltip="The next model that there is evidence of",
        ),
        Binding(
            "ctrl+o",
            "board(1)",
            "Board",
            id="advice.board",
            tooltip="The next board that there is evidence of",
        ),
    ]

    def __init__(self, board: str = "") -> None:
        super().__init__()
        self._board = board
        self._models: Sequence[str] = ()
        self._boards: Sequence[str] = ()
        self._advised: Advised | None = None

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(active="findings")
        with Vertical(id="advice-ask", classes="pane"):
            for name, hint in (("model", "any part of a model's name"), ("board", "any part of a board's name")):
                with Horizontal(classes="advice-field"):
                    yield Label(name, classes="advice-label")
                    yield Field(id=f"advice-{name}", placeholder=hint, compact=True, max_length=200)
        with VerticalScroll(id="advice-all", classes="pane"):
            yield Static(READING, id="advice-lines")
        yield Static(id="advice-problem")
        yield KeyLine()

    def on_mount(self) -> None:
        asked = self.query_one("#advice-ask")
        asked.border_title, asked.border_subtitle = "Advice for", Content(keyed(HOW))
        self.query_one("#advice-problem").display = False
        self._prepare()

    @work(exclusive=True, group="advice-look")
    async def _prepare(self) -> None:
        """The names that there is evidence of; the plan's model and the board that is chosen come first."""
        plan = self.ecotui.parts.plan
        model = plan.arms[0].model if plan.arms else ""
        names = await asyncio.to_thread(suggested, self.ecotui, model, self._board)
        self._models, self._boards = names.models, names.boards
        for name, known, first in (("model", names.models, names.model), ("board", names.boards, names.board)):
            field = self.query_one(f"#advice-{name}", Input)
            field.suggester = SuggestFromList(known, case_sensitive=False)
            field.value = field.value or first
            field.select_all()  # what is typed takes its place
        self._show(await asyncio.to_thread(look, self.ecotui, self._typed("model"), self._typed("board")))

    def _typed(self, name: str) -> str:
        return self.query_one(f"#advice-{name}", Input).value.strip()

    @work(exclusive=True, group="advice-look")
    async def look(self) -> None:
        """What the evidence says of the two names, read beside the screen."""
        self.query_one("#advice-all").border_subtitle = READING
        self._show(await asyncio.to_thread(look, self.ecotui, self._typed("model"), self._typed("board")))

    def _show(self, advised: Advised) -> None:
        pane = self.query_one("#advice-all")
        pane.border_title = Content(
            f"{clean(advised.model, 60) or 'any model'} on {clean(advised.board, 60) or 'any board'}"
        )
        pane.border_subtitle = "evidence of this machine first, then samples, then published rows"
        self._advised = advised
        self._draw()
        problem = self.query_one("#advice-problem", Static)
        problem.display = bool(advised.problems)
        if advised.problems:
            problem.update(ink(problem_line(advised.problems), "warn"))

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._advised is not None:
            width = self.query_one("#advice-all").scrollable_content_region.width
            self.query_one("#advice-lines", Static).update(content(self._advised, width))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.look()

    def action_ask(self) -> None:
        self.look()

    def action_model(self, by: int) -> None:
        self._next("model", self._models, by)

    def action_board(self, by: int) -> None:
        self._next("board", self._boards, by)

    def _next(self, name: str, known: Sequence[str], by: int) -> None:
        if known:
            now = self._typed(name)
            at = known.index(now) + by if now in known else 0
            self.query_one(f"#advice-{name}", Input).value = known[at % len(known)]
            self.look()

    def action_scroll(self, by: int) -> None:
        """Lines go by while the letters go into a field."""
        self.query_one("#advice-all").scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        self.app.pop_screen()

"""Every board of this host, live: what it does, who records on it, and which processes are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import Screen

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.recorder.host import BoardView, Host
from ecotui.sensors.lookout import Opener
from ecotui.ui.widgets.boards_detail import detail_note, detail_rows, detail_title
from ecotui.ui.widgets.boards_processes import Order, process_rows
from ecotui.ui.widgets.boards_rows import board_rows
from ecotui.ui.widgets.canvas import Ink, Row, wrap
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.pane import Pane
from ecotui.ui.widgets.steps import steps
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

PULL_S = 0.5
"""How often the screen asks whether the boards have told something new."""
ASKING = "asking the driver which boards there are…"
WITHOUT = "`ecotui demo` shows this screen on a simulated board; h lists what was recorded, and what came with ecotui."
DETAIL = (5, 18)
"""Rows of the board under the cursor, least and most, its frame included; on a tall terminal two fifths of it."""
PROCESSES = 6
"""Rows that the list of processes keeps."""


class BoardsScreen(Screen[None]):
    """A list of boards; below it the chosen one, and its processes."""

    CSS_PATH = "boards.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "watch", "Watch", id="boards.watch", tooltip="The session on this board, in the Monitor"),
        Binding(
            "tab", "turn", "Processes", key_display="⇥", id="boards.turn", tooltip="From the boards to the processes"
        ),
        Binding("o", "sort", "Sort", id="boards.sort", tooltip="Sort the processes by the next column"),
        Binding("O", "reverse", "Reverse", show=False, id="boards.reverse", tooltip="Sort the other way round"),
        *steps("boards"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.host: Host | None = None
        self.problem = ""
        """Why there is no board to show, as a sentence."""
        self._at, self._process = 0, 0
        self._in_processes = False
        self._order = Order()
        self._told: tuple[object, ...] = ()

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, as what it is."""
        return cast("EcotuiApp", self.app)

    @property
    def views(self) -> tuple[BoardView, ...]:
        """What is known of the boards."""
        return self.host.view if self.host is not None else ()

    @property
    def chosen(self) -> BoardView | None:
        """The board under the cursor."""
        views = self.views
        return views[min(self._at, len(views) - 1)] if views else None

    def compose(self) -> ComposeResult:
        yield TopBar("gpus")
        yield Pane("boards-list")
        yield Pane("boards-detail")
        yield Pane("boards-processes")
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_interval(PULL_S, self.pull)
        self._open()

    def on_unmount(self) -> None:
        if self.host is not None:
            self.host.close()

    def on_screen_resume(self) -> None:
        if self.host is not None:
            self.host.resume()
        self.call_after_refresh(self.pull, True)

    def on_screen_suspend(self) -> None:
        """Nobody looks, so no board is asked."""
        if self.host is not None:
            self.host.pause()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self.pull, True)

    @work(thread=True, exclusive=True)
    def _open(self) -> None:
        """Asks NVML for its boards, which takes it a second on a host with many; where there is none, says why."""
        parts = self.ecotui.parts
        try:
            openers = parts.boards(parts.plan.simulated)
        except EcotuiError as error:
            self.app.call_from_thread(self._opened, (), str(error))
            return
        self.app.call_from_thread(self._opened, openers, "")

    def _opened(self, openers: Sequence[Opener], problem: str) -> None:
        self.problem = problem
        if openers:
            self.host = Host(openers, self.ecotui.parts.home)
            if self.is_current:
                self.host.resume()
        self.pull(True)

    def pull(self, force: bool = False) -> None:
        """Draw what is new."""
        if self.host is not None and self.host.problem:
            self.problem = self.host.problem
        told = (self.views, self.problem)
        if not self.is_current or (not force and told == self._told):
            return
        if [v.log for v in self.views] != [
            v.log for v in cast(Sequence[BoardView], self._told[0] if self._told else ())
        ]:
            self.call_after_refresh(self.refresh_bindings)
        self._told = told
        self._draw()

    def _draw(self) -> None:
        listed, detail, processes = (self.query_one(f"#boards-{n}", Pane) for n in ("list", "detail", "processes"))
        view = self.chosen
        if view is None:
            listed.styles.height = self.size.height - 2
            detail.display = processes.display = False
            rows: list[Row] = wrap(clean(self.problem) or ASKING, listed.inner, "warn" if self.problem else "muted")
            if self.problem:
                rows += [(), *wrap(WITHOUT, listed.inner, "muted")]
            listed.show([Ink("GPUs")], rows)
            return
        room = self.size.height - 2
        tall = min(len(self.views) + 3, max(room - DETAIL[0] - PROCESSES, 4))
        left = room - tall - max(PROCESSES, min(len(view.processes) + 3, room // 3))
        high = max(min(left, max(DETAIL[1], room * 2 // 5)), DETAIL[0])
        listed.styles.height, detail.styles.height = tall, high
        detail.display = processes.display = True
        title = [Ink(f"{len(self.views)} GPU{'s' if len(self.views) > 1 else ''}")]
        listed.show(title, board_rows(self.views, self._at, (listed.inner, tall - 2), not self._in_processes))
        detail.show(detail_title(view), detail_rows(view, listed.inner, high - 2), detail_note(view))
        size = (listed.inner, room - tall - high - 2)  # all are as wide, and those that were hidden have no width yet
        at = min(self._process, len(view.processes) - 1) if self._in_processes else None
        name = [Ink("Processes ", bold=True), Ink(f"on GPU {view.number}: {len(view.processes)}", "muted")]
        told = view.info is not None and not view.trouble
        processes.show(name, process_rows(view.processes, self._order, at, size, told))

    def action_move(self, by: int) -> None:
        view = self.chosen
        if view is None:
            return
        if self._in_processes:
            self._process = min(max(self._process + by, 0), max(len(view.processes) - 1, 0))
        else:
            self._at = min(max(self._at + by, 0), len(self.views) - 1)
            self._process = 0
            self.refresh_bindings()
        self.pull(True)

    def action_page(self, by: int) -> None:
        self.action_move(by * 10)

    def action_turn(self) -> None:
        """From the boards to the processes, and back."""
        self._in_processes = not self._in_processes
        self.pull(True)

    def action_sort(self) -> None:
        self._order = self._order.next()
        self.pull(True)

    def action_reverse(self) -> None:
        self._order = Order(self._order.by, not self._order.turned)
        self.pull(True)

    def action_watch(self) -> None:
        """The session on the chosen board, read-only, in the Monitor."""
        view = self.chosen
        if view is not None and view.log is not None:
            self.ecotui.visit(view.log)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done now."""
        if action == "watch":
            view = self.chosen
            return True if view is not None and view.log is not None else None
        if action in ("turn", "sort", "reverse"):
            return True if self.views else None
        return True

"""What the start says of what was left: a session that goes on, a sweep to be finished, runs that were recovered."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.ui.keys import key_shown
from ecotui.ui.theme import POWER
from ecotui.ui.widgets.canvas import Canvas, Ink, cells
from ecotui.ui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from textual.events import Resize

    from ecotui.recorder.left import LeftSweep
    from ecotui.ui.app import EcotuiApp

LOOK_S = 0.8
"""After the first frame: it waits for none of this."""
SAID_S, SAID_BRIEFLY_S = 12.0, 6.0
"""How long a notice of the start stands, and where it lies over a small screen."""
BUSY = "A session goes on in the Monitor: wait for its end, or stop it there where it is not only watched."


MARK = " ▸ "


class OfferLine(Canvas):
    """One row above the line of keys, while the Monitor has nothing else to show."""

    def __init__(self, left: LeftSweep, finish: str, later: str) -> None:
        super().__init__(id="offer")
        self._said = (left.words, f"Unfinished sweep: {left.brief}.", f"Sweep: {left.brief}.", "Unfinished sweep.")
        """The same in fewer and fewer words."""
        self._keys = (
            Ink(f"  {finish}", POWER, bold=True),
            Ink(" finishes it"),
            Ink(f"  {later}", POWER, bold=True),
            Ink(" not now"),
        )

    def on_resize(self, event: Resize) -> None:
        left = max(event.size.width - cells(self._keys) - cell_len(MARK), 0)
        words = next((said for said in self._said if cell_len(said) <= left), self._said[-1])
        self.paint([[Ink(MARK, "warn", bold=True), Ink(words), *self._keys]])


class Offers:
    """What is offered now."""

    def __init__(self, app: EcotuiApp) -> None:
        self._app = app
        self.sweep: LeftSweep | None = None
        """The sweep that one key finishes."""
        self._waiting: list[str] = []
        """Notices of a small screen: the first is shown, the others after it."""

    def begin(self) -> None:
        """Say what is shown already, and look for the rest beside the screen."""
        self._say_attached()
        self._app.run_worker(self._look, thread=True, group="offers")

    def _say_attached(self) -> None:
        app, sources = self._app, self._app.monitor.sources
        header = sources.timeline.header
        if app.parts.watch is None or header is None or sources.visiting:
            return
        since = f"{sources.timeline.tie.wall(header.at_ns):%Y-%m-%d %H:%M} UTC"
        stop, leave = key_shown(app, "monitor.stop", "x"), key_shown(app, "app.quit", "q")
        words = f"Attached to session {clean(header.session)}, which has been recorded since {since}."
        self._say(f"{words} {stop} stops it, {leave} leaves it going.")

    def _look(self) -> None:
        """In a thread: Polars is imported here, and logs are read."""
        from ecotui.recorder.left import left_sweep

        home = self._app.parts.home
        if (left := left_sweep(home)) is not None:
            self._app.call_from_thread(self._offer, left)
        from ecotui.recorder.followed import ended_unseen
        from ecotui.store.recovered import ended_words, recovered_words
        from ecotui.store.store import Store

        with suppress(EcotuiError):
            store = Store(home)
            adopted = store.adopt()
            for words in recovered_words(store, adopted):
                self._app.call_from_thread(self._say, words)
            listed = f"{key_shown(self._app, 'app.history', 'h')} lists it in the History."
            for words in ended_words(store, [one for one in ended_unseen(home) if one not in adopted]):
                self._app.call_from_thread(self._say, f"{words} {listed}")

    def _say(self, words: str) -> None:
        if not self._app.has_class("-small"):
            self._app.notify(words, timeout=SAID_S, markup=False)
            return
        self._waiting.append(words)
        if len(self._waiting) == 1:
            self._say_next()

    def _say_next(self) -> None:
        self._app.notify(self._waiting[0], timeout=SAID_BRIEFLY_S, markup=False)
        self._app.set_timer(SAID_BRIEFLY_S, self._said)

    def _said(self) -> None:
        """The time of the one that is shown is up."""
        del self._waiting[0]
        if self._waiting:
            self._say_next()

    def _offer(self, left: LeftSweep) -> None:
        app = self._app
        finish, later = key_shown(app, "app.finish", "F"), key_shown(app, "app.put-off", "esc")
        if left.driven:
            self._say(f"{left.words} {key_shown(app, 'app.sweep', 's')} shows it.")
            return
        self.sweep = left
        if app.monitor.is_mounted:
            app.notices.add(f"{left.words} {finish} finishes it, {later} puts it off.", "warning")
            line = OfferLine(left, finish, later)
            app.monitor.mount(line, before=app.monitor.query_one(KeyLine))
            app.monitor.add_class("-offer")
        else:
            self._say(f"{left.words} {finish} finishes it.")
        app.screen.refresh_bindings()

    def finish(self) -> None:
        """Go on with the sweep at its first missing point, and show it."""
        app, left = self._app, self.sweep
        if left is None:
            return
        plan = left.state.plan
        problem = BUSY if app.monitor.recording else "" if plan.simulated else app.parts.board_problem
        if problem:
            app.notify(clean(problem), title="Not started", severity="warning", markup=False)
            return
        try:
            app.parts.start_sweep(plan, left.state.sweep, False)
        except EcotuiError as error:
            app.tell(error)
            return
        self._withdraw()
        app.action_sweep()

    def put_off(self) -> None:
        """Not now; it is offered again once it has been gone on with."""
        from ecotui.recorder.left import put_off

        if self.sweep is not None:
            put_off(self._app.parts.home, self.sweep.state.sweep)
            self._withdraw()

    def _withdraw(self) -> None:
        self.sweep = None
        self._app.monitor.query("#offer").remove()
        self._app.monitor.remove_class("-offer")
        self._app.screen.refresh_bindings()

"""One look at the store for the Findings, off the drawing thread: reads, fits, and says what it passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError
from ecotui.ui.widgets.finding_words import board_of

if TYPE_CHECKING:
    from ecotui.analysis.findings import Finding, Settings, Workload
    from ecotui.analysis.points import Gathered
    from ecotui.ui.app import EcotuiApp

_ONE = Lock()
"""A look that another has overtaken runs to its end; two at once would write the store's list of problems together."""
ACCOUNTINGS = {"gross": "gross", "net-context": "net of context idle", "net-bare": "net of bare idle"}
"""Their names for scripts, and those for people."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked otherwise."""

    accounting: str = "gross"
    board: str = ""
    """A board's name; empty for all."""
    workload: Workload | None = None

    @property
    def accounting_words(self) -> str:
        """The accounting by its name."""
        return ACCOUNTINGS[self.accounting]

    def accounted(self) -> Wish:
        """The next accounting."""
        return replace(self, accounting=next_of(list(ACCOUNTINGS), self.accounting) or "gross")


@dataclass(frozen=True, slots=True)
class Looked:
    """All that one look brought."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    """A sentence for every file that was passed over."""
    failure: str = ""
    """Why there is nothing at all, as a sentence."""


def look(app: EcotuiApp, wish: Wish) -> Looked:
    """The findings as the store is now; a store that cannot be read at all leaves those of published rows."""
    try:
        return _look(app, wish)
    except EcotuiError as error:
        return Looked(failure=str(error))


def _look(app: EcotuiApp, wish: Wish) -> Looked:
    from ecotui.analysis.findings import findings

    found, problems = gather(app)
    made = findings(found.points, settings=_settings(wish), windows=app.store.windows, left_out=found.left_out)
    return Looked(tuple(made), tuple(problems))


def gather(app: EcotuiApp) -> tuple[Gathered, list[str]]:
    """Stored runs and published rows as points, and a sentence for every file that was passed over."""
    with _ONE:
        return _gathered(app)


def _gathered(app: EcotuiApp) -> tuple[Gathered, list[str]]:
    from ecotui.analysis.points import gathered, stored
    from ecotui.analysis.quality_runs import scored
    from ecotui.store.published import perplexities, published_rows, unreadable

    home = app.parts.home
    published, accurate, problems = published_rows(home), perplexities(home), unreadable(home)
    try:
        app.store.adopt()
        runs, rated = stored(app.store), scored(app.store)
        problems = [*problems, *app.store.problems]
    except EcotuiError as error:
        return gathered([], published, perplexities=accurate), [*problems, str(error)]
    return gathered(runs, published, rated, accurate), problems


def _settings(wish: Wish) -> Settings:
    from ecotui.analysis.findings import Settings, Workload

    return Settings(wish.accounting, wish.workload or Workload())


def boards(some: Sequence[Finding]) -> list[str]:
    """The boards that findings speak of, in their order."""
    return list(dict.fromkeys(board_of(one) for one in some))


def next_of(names: Sequence[str], name: str) -> str:
    """The name after one, or nothing after the last; the first after nothing."""
    at = names.index(name) + 1 if name in names else 0
    return names[at] if at < len(names) else ""


def shown(some: Sequence[Finding], board: str) -> tuple[Finding, ...]:
    """The findings of a board, or all."""
    return tuple(one for one in some if not board or board_of(one) == board)

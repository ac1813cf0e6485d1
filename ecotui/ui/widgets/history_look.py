"""Looks at the store for the History, off the drawing thread: Polars is imported here too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ecotui.core import units
from ecotui.core.errors import EcotuiError
from ecotui.ui.widgets.history_entry import GROUPS, Entry, needed
from ecotui.ui.widgets.history_published import published_entries
from ecotui.ui.widgets.history_ranges import range_entries
from ecotui.ui.widgets.history_rows import Loaded, load
from ecotui.ui.widgets.history_trend import Curves

if TYPE_CHECKING:
    from ecotui.store.store import Store, StoredRun
    from ecotui.ui.app import EcotuiApp

PAGE = 80
"""Runs of each group that the first look brings: more than a screen has rows."""


def first_look(app: EcotuiApp) -> Loaded:
    """The newest runs of each group and how many there are, for a screen that shows nothing yet."""
    try:
        store = app.store
        total = Counter(store.frame(("origin",))["origin"].to_list())
        runs: list[StoredRun] = []
        for origin in GROUPS:
            runs += store.page(0, PAGE, needed(store), origin) if total[origin] else []
        loaded = load(runs, store.problems, _published(app))
        return loaded if len(runs) == total.total() else replace(loaded, total=total)
    except EcotuiError as error:
        return Loaded(problems=(str(error),))


def look(app: EcotuiApp, before: Loaded | None = None) -> Loaded:
    """All of the store as it is now, `before` itself where nothing has changed since.

    A store that cannot be read at all is a problem like any other.
    """
    try:
        store = app.store
        store.adopt()  # sessions whose recorder was killed before it could store them
        frame, published = store.frame(), _published(app)
        problems = (*store.problems, *_unreadable(app))
        source = (id(frame), frame, tuple(entry.row.run_id for entry in published))
        if before is not None and _same(before.source, source) and before.problems == problems:
            return before
        return replace(load(store.page(columns=needed(store)), problems, published), source=source)
    except EcotuiError as error:
        return Loaded(problems=(str(error),))


def _same(one: object, other: tuple[object, ...]) -> bool:
    """Whether two looks saw the same frame and the same published figures; frames are never compared by value."""
    return isinstance(one, tuple) and one[0] == other[0] and one[2] == other[2]


def _published(app: EcotuiApp) -> list[Entry]:
    from ecotui.store.published import published_rows, ranges

    return [*published_entries(published_rows(app.parts.home)), *range_entries(ranges())]


def _unreadable(app: EcotuiApp) -> list[str]:
    from ecotui.store.published import unreadable

    return unreadable(app.parts.home)


def tidy(app: EcotuiApp) -> None:
    """Put the store's files together where they have grown many; nobody waits for it."""
    with suppress(EcotuiError):
        app.store.compact()


def trends(store: Store, run_ids: Sequence[str]) -> dict[str, Curves]:
    """Power and throughput of every window of the runs; of a run whose windows cannot be read, nothing."""
    read: dict[str, list[tuple[float | None, float | None]]] = {}
    columns = ("run_id", "split", "power_mean_w", "throughput_tok_s")
    for run_id, split, power_w, tok_s in store.window_frame(run_ids, columns).rows():
        read.setdefault(run_id, []).extend([] if split else [(power_w, tok_s)])
    for run_id in set(run_ids) - set(read):  # the store's file is gone, the log may be there
        with suppress(EcotuiError):
            read[run_id] = [(w.power_mean_w, w.throughput_tok_s) for w in store.windows(run_id)]
    return {
        run_id: Curves(*zip(*found, strict=True)) if (found := read.get(run_id)) else Curves() for run_id in run_ids
    }


def problem_line(problems: Sequence[str]) -> str:
    """What is wrong with a file and what to do, as the store says it; of several, how many, and the first one's."""
    first = units.clean(problems[0])
    return f"▲ {first}" if len(problems) == 1 else f"▲ {len(problems)} files were passed over. The first: {first}"

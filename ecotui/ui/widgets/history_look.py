"""One look at the store for the History, off the drawing thread: Polars is imported here too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ecotui.core import units
from ecotui.core.errors import EcotuiError
from ecotui.ui.widgets.history_rows import Loaded, load

if TYPE_CHECKING:
    from ecotui.store.store import Store
    from ecotui.ui.app import EcotuiApp


def look(app: EcotuiApp) -> Loaded:
    """The store as it is now; a store that cannot be read at all is a problem like any other."""
    try:
        app.store.adopt()  # sessions whose recorder was killed before it could store them
        runs = app.store.runs()
        return load(runs, app.store.problems)
    except EcotuiError as error:
        return Loaded(problems=(str(error),))


def trends(store: Store, run_ids: Sequence[str]) -> dict[str, Sequence[float | None]]:
    """Mean power of every window of the runs; of a run whose windows cannot be read, nothing."""
    found: dict[str, Sequence[float | None]] = dict.fromkeys(run_ids, ())
    for run_id in run_ids:
        with suppress(EcotuiError):
            found[run_id] = [w.power_mean_w for w in store.windows(run_id) if not w.split]
    return found


def problem_line(problems: Sequence[str]) -> str:
    """What is wrong with a file and what to do, as the store says it; of several, how many, and the first one's."""
    first = units.clean(problems[0])
    return f"▲ {first}" if len(problems) == 1 else f"▲ {len(problems)} files were passed over. The first: {first}"

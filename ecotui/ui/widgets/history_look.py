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
            found[run_id] = [window.power_mean_w for window in store.windows(run_id)]
    return found


def problem_line(problems: Sequence[str]) -> str:
    """How many files were passed over, and the first one's sentence."""
    files = "file was" if len(problems) == 1 else "files were"
    return f"▲ {len(problems)} {files} passed over: {units.clean(problems[0])}"

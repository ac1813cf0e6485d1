"""Texts for the clipboard of what the store has; read off the drawing thread."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError, StoreError
from ecotui.ui.copying import Copied

if TYPE_CHECKING:
    from ecotui.analysis.comparison import Comparison
    from ecotui.analysis.findings import Finding
    from ecotui.ui.app import EcotuiApp
    from ecotui.ui.widgets.history_entry import Entry


def of_run(app: EcotuiApp, run_id: str) -> Copied:
    """A stored run, with its windows where they can be read.

    Raises:
        StoreError: the store no longer holds it.
    """
    from ecotui.analysis.run_words import run_words

    run = app.store.get([run_id]).get(run_id)
    if run is None:
        raise StoreError(f"The store no longer holds {run_id}.", "r in the History looks again.")
    windows = []
    with suppress(EcotuiError):
        windows = app.store.windows(run_id)
    whence = [] if run.origin == "here" else [f"from {run.whence}"]
    return Copied(f"the run {run_id}", "\n".join([*run_words(run.row, windows), *whence]))


def of_published(entry: Entry) -> Copied:
    """A published row or range: what was published, what follows from it, and where it comes from."""
    from ecotui.ui.screens.history_published import page_of

    page = page_of(entry)
    assert page is not None, "only published entries are asked for"
    facts = "\n".join(f"{label}: {value}" for label, value in page.facts if label)
    return Copied(f"the published {entry.noun}", f"PUBLISHED, not measured by ecotui: {page.what}\n{facts}")


def of_comparison(comparison: Comparison) -> Copied:
    """Runs side by side as Markdown, each with its id."""
    from ecotui.analysis.compare_markdown import comparison_markdown

    return Copied(f"the comparison of {len(comparison.runs)} runs", "\n".join(comparison_markdown(comparison)))


def of_finding(one: Finding) -> Copied:
    """A finding's sentence, with what limits it."""
    from ecotui.analysis.findings import left_out_words

    limits = [line for line in (*one.caveats, left_out_words(one)) if line]
    kind = {"simulated": "SIMULATED"}.get(one.kind, one.kind)
    lines = [f"{one.subject} ({kind}, {one.accounted})", one.sentence, *(f"- {line}" for line in limits)]
    return Copied(f"the finding: {one.title}", "\n".join(lines))

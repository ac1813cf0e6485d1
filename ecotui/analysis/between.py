"""Arms that differ in quantization and engine at once: what each of them can be held against instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ecotui.analysis.guard import Facts, red_list
from ecotui.core.against import Kind, between
from ecotui.core.labels import short_labels
from ecotui.core.rows import RunRow

if TYPE_CHECKING:
    from ecotui.store.store import Store

NEVER = ("model", "batch_size", "prompt_tokens", "new_tokens", "session_id")
"""Columns in which nothing that stands between two arms may differ from them."""


def kind_of(run: RunRow) -> Kind:
    """What two arms may differ in: quantization and engine."""
    return run.quantization or "", run.engine or ""


def beside(store: Store, runs: Sequence[RunRow]) -> list[RunRow]:
    """Every run of the sessions that hold the baseline and an arm which differs from it in both; else none is read."""
    baseline, *others = runs
    mine = (run for run in others if run.session_id == baseline.session_id)
    if not any(between(kind_of(baseline), kind_of(run)) for run in mine):
        return []
    return [run.row for run in store.session(baseline.session_id)]


def instead(
    a: RunRow, b: RunRow, beside: Sequence[RunRow], logged: Mapping[str, Facts] | None = None
) -> tuple[RunRow, ...]:
    """Arms of the session of both, each of which differs from either in one thing alone and may be held against it."""
    if a.session_id != b.session_id:
        return ()
    return tuple(
        run
        for kind in between(kind_of(a), kind_of(b))
        for run in beside
        if kind_of(run) == kind
        and all(getattr(run, name) == getattr(a, name) for name in NEVER)
        and not any(finding.forbids for one in (a, b) for finding in red_list(one, run, (), logged))
    )


def words(found: Sequence[RunRow], shown: Sequence[RunRow]) -> str:
    """What an operator can do with arms that the session has; `shown` are told by their ids alone."""
    ids = {run.run_id for run in shown}
    called = zip(found, short_labels((*found, *shown)), strict=False)
    each = [run.run_id if run.run_id in ids else f"{name} ({run.run_id})" for run, name in called]
    which = "which differs" if len(each) == 1 else "which differ"
    return f"hold each of the two against {' or '.join(each)} of their session, {which} from either in one thing alone."

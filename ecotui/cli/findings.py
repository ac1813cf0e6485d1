"""`findings`: laws and taxes over stored and published runs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecotui.cli.stored import open_store
from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.analysis.finding import Finding
    from ecotui.analysis.findings import Settings
    from ecotui.analysis.points import Gathered
    from ecotui.store.store import Store


def findings(chosen: argparse.Namespace) -> int:
    """Print what the points support; 1 where a file of the store had to be passed over."""
    from ecotui.analysis.findings import KEYS
    from ecotui.analysis.findings import findings as found_in
    from ecotui.analysis.points import chosen as narrowed

    settings = settings_of(chosen)
    store = open_store()
    everything = all_points(store)
    gathered = replace(everything, left_out=tuple(narrowed(everything.left_out, chosen.gpu, chosen.model)))
    mine = narrowed(gathered.points, chosen.gpu, chosen.model)
    keys = [chosen.finding] if chosen.finding else list(KEYS)
    found = found_in(
        mine,
        keys,
        settings=settings,
        windows=store.windows,
        left_out=gathered.left_out,
        context=gathered.points,
    )
    if chosen.json:
        sys.stdout.write(json.dumps(_as_json(found, settings, len(mine), gathered)) + "\n")
    else:
        from ecotui.cli.finding_text import Asked, print_findings

        print_findings(found, len(mine), gathered, Asked(chosen.finding or "", chosen.gpu, chosen.model))
    return complain(store)


def settings_of(chosen: argparse.Namespace) -> Settings:
    """The settings that were typed.

    Raises:
        UsageError: one of them cannot be meant.
    """
    from ecotui.analysis.findings import Settings, Workload

    typed = {
        "requests_a_day": chosen.requests_per_day,
        "price_gpu_hour": chosen.price_gpu_hour,
        "price_kwh": chosen.price_kwh,
        "grid": chosen.grid,
        "pue": chosen.pue,
    }
    work = Workload(**{name: value for name, value in typed.items() if value is not None})
    return Settings(chosen.accounting, work).checked()


def all_points(store: Store) -> Gathered:
    """Every stored run and published row as points."""
    from ecotui.analysis.points import gathered, stored
    from ecotui.analysis.quality_runs import scored
    from ecotui.store.published import perplexities, published_rows

    return gathered(stored(store), published_rows(store.home), scored(store), perplexities(store.home))


def complain(store: Store) -> int:
    """Name on stderr what could not be read; 1 where there is any."""
    from ecotui.store.published import unreadable

    problems = [*store.problems, *unreadable(store.home)]
    for problem in problems:
        sys.stderr.write(f"ecotui: {clean(problem, 1000)}\n")
    return 1 if problems else 0


def _as_json(found: list[Finding], settings: Settings, points: int, gathered: Gathered) -> dict[str, Any]:
    from dataclasses import asdict

    from ecotui.analysis.finding import finding_dict

    return {
        "accounting": settings.accounting,
        "workload": asdict(settings.workload),
        "points": points,
        "boards": sorted({p.gpu for p in gathered.points}),
        "left_out": [asdict(it) for it in gathered.left_out],
        "findings": [finding_dict(it) for it in found],
    }

"""`compare` and `gate`: stored runs held against each other, with an exit code that a script can act on."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ecotui.cli.stored import open_store
from ecotui.core.errors import EcotuiError, UsageError
from ecotui.core.units import clean, sentence

if TYPE_CHECKING:
    from ecotui.analysis.comparison import Comparison
    from ecotui.analysis.context import Context
    from ecotui.analysis.contrast import Contrast
    from ecotui.store.store import Store, StoredRun

NOT_COMPARABLE, UNDECIDED = 3, 4
INCREASED, CANNOT = 1, 2


def compare(chosen: argparse.Namespace) -> int:
    """Two to four runs side by side, the first the baseline: 0 for a verdict, 3 not comparable, 4 undecided."""
    if not 2 <= len(chosen.run) <= 4:
        raise UsageError(f"Compare takes two to four runs, not {len(chosen.run)}.", "`ecotui runs` lists them.")
    store = open_store()
    result = _held(store, [store.find(text) for text in chosen.run], _factors(chosen.factor))
    beside = _context(store, result) if chosen.context else None
    if chosen.json:
        from ecotui.analysis.comparison import to_dict
        from ecotui.analysis.context import to_dict as context_dict

        more = {} if beside is None else {"context": context_dict(beside)}
        _print(to_dict(result) | more | {"exit_code": exit_code(result)})
    elif chosen.markdown:
        from ecotui.cli.compare_text import print_markdown

        print_markdown(result, beside)
    else:
        from ecotui.cli.compare_text import print_comparison

        print_comparison(result, beside)
    _complain(store)
    return exit_code(result)


def _context(store: Store, result: Comparison) -> Context:
    """Published rows of the runs' model family: at their batch sizes, or where there are none at every one."""
    from ecotui.analysis.context import BATCH, FAMILY, context
    from ecotui.store.published import published_rows

    rows = published_rows(store.home)
    near = context(rows, result.runs, BATCH)
    return near if near.rows else context(rows, result.runs, FAMILY)


def exit_code(result: Comparison) -> int:
    """0 where every contrast has a verdict; 3 where one is not comparable; else 4."""
    from ecotui.analysis.verdict import NONE

    if result.refusal or any(one.verdict.word == NONE for one in result.contrasts):
        return NOT_COMPARABLE
    return 0 if result.decided else UNDECIDED


def gate(chosen: argparse.Namespace) -> int:
    """1 on a proven increase beyond the limit and only then; 0 otherwise; 2 where the gate cannot be carried out."""
    try:
        store = open_store()
        runs = [store.find(text) for text in (chosen.baseline, chosen.candidate)]
        result = _held(store, runs, _factors(chosen.factor))
    except UsageError:
        raise
    except EcotuiError as error:  # whose own exit code would read as an increase
        raise UsageError(error.what, error.advice) from error
    told = judged(result, chosen.max_increase)
    if chosen.json:
        _print(told)
    else:
        sys.stdout.write(f"{told['word']}: {sentence(told['text'])}\n")
    return INCREASED if told["word"] == "FAILED" else 0


def judged(result: Comparison, most_pct: float) -> dict[str, Any]:
    """What a gate says: FAILED on a proven increase, PASSED on none beyond the limit, else CANNOT TELL."""
    from ecotui.analysis.verdict import NONE, times

    if result.refusal:
        return _told("CANNOT TELL", f"Not comparable: {result.refusal}", None, most_pct)
    (one,) = result.contrasts
    ends = one.energy.interval_pct if one.energy else None
    if one.verdict.word == NONE or one.verdict.accountings or one.verdict.reasons or ends is None:
        return _told("CANNOT TELL", one.verdict.text, one, most_pct)
    measured = f"energy a token {times(one.energy)} gross, at most +{most_pct:g} % allowed. {one.quality_sentence}"
    measured = f"{measured} {one.verdict.drift}".strip()
    if ends[0] > most_pct:
        return _told("FAILED", f"a proven increase: {measured}", one, most_pct)
    if ends[1] <= most_pct:
        return _told("PASSED", f"no increase beyond the limit: {measured}", one, most_pct)
    return _told("CANNOT TELL", f"the interval holds the limit, so nothing is proven: {measured}", one, most_pct)


def _told(word: str, text: str, one: Contrast | None, most_pct: float) -> dict[str, Any]:
    from ecotui.analysis.contrast_json import contrast_dict

    found = contrast_dict(one) if one else None
    return {"word": word, "text": text, "max_increase_pct": most_pct, "contrast": found}


def _held(store: Store, found: list[StoredRun], factor: list[str]) -> Comparison:
    from ecotui.analysis.between import beside
    from ecotui.analysis.comparison import compare as compared
    from ecotui.analysis.quality_runs import scored
    from ecotui.analysis.sessions import stored_with
    from ecotui.store.evidence import residents

    logged = {}
    for run in found:
        with suppress(EcotuiError):  # the loader's words are a help, and a log may be elsewhere
            if run.log is not None and (resident := residents(run.log).get(run.arm)) is not None:
                logged[run.row.run_id] = resident.facts
    rows = [run.row for run in found]
    stored, windows = stored_with(store, rows)
    return compared(
        rows,
        windows,
        factor=factor,
        logged=logged,
        stored=stored,
        scored=scored(store),
        beside=beside(store, rows),
    )


def _factors(typed: list[str]) -> list[str]:
    return [name.strip() for words in typed for name in words.split(",") if name.strip()]


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _complain(store: Store) -> None:
    for problem in store.problems:
        sys.stderr.write(f"ecotui: {clean(problem, 1000)}\n")

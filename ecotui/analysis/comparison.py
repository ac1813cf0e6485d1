"""Two to four runs side by side, the first as the baseline; what must not be compared is refused, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecotui.analysis.between import instead
from ecotui.analysis.cautions import cautions, differs_in, refusal
from ecotui.analysis.compare_facts import Own, owns, run_dict
from ecotui.analysis.contrast import Contrast, contrasts
from ecotui.analysis.contrast_json import contrast_dict
from ecotui.analysis.figures import Figure, Word, figures, words
from ecotui.analysis.guard import NAMES, Facts
from ecotui.analysis.quality_pairs import known_dict
from ecotui.analysis.quality_runs import Known, Shelf
from ecotui.analysis.verdict import NONE
from ecotui.core.errors import UsageError
from ecotui.core.rows import RunRow, WindowRow

__all__ = ["Comparison", "Figure", "Word", "compare", "to_dict"]

MOST = 4
"""More curves over each other cannot be told apart on a terminal."""


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; every tuple has one place a run, in the order of `runs`."""

    runs: tuple[RunRow, ...]
    """The first is the baseline."""
    figures: tuple[Figure, ...]
    words: tuple[Word, ...]
    break_even_idle_w: tuple[float | None, ...]
    """Idle power (W) at which a run's net energy equals the baseline's, as its contrast has it; None for the
    baseline."""
    refusal: str | None
    """Why they are not comparable; there are no differences then."""
    warnings: tuple[str, ...]
    differs_in: tuple[str, ...]
    """Columns of the arm in which not all runs agree."""
    contrasts: tuple[Contrast, ...] = ()
    """Each candidate against the baseline, in the order of `runs`; none where they are not comparable."""
    qualities: tuple[Known | None, ...] = ()
    """The quality that stands beside each run, all on one text, window and path; None where it was not measured."""

    instead: tuple[tuple[RunRow, ...], ...] = ()
    """For each contrast that has no verdict because its arms differ in quantization and engine at once: arms of their
    session that each of them can be held against. Empty for any other."""

    own: tuple[Own | None, ...] = ()
    """Each run's own gross energy over its windows."""

    @property
    def comparable(self) -> bool:
        """Whether the differences may be looked at."""
        return self.refusal is None

    @property
    def decided(self) -> bool:
        """Whether every contrast has a verdict."""
        return bool(self.contrasts) and all(contrast.verdict.decided for contrast in self.contrasts)

    def figure(self, name: str) -> Figure:
        """The figure of a column of `ecotui.core.rows`; KeyError where it is none of them."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)


def compare(
    runs: Sequence[RunRow],
    windows: Mapping[str, Sequence[WindowRow]],
    *,
    factor: Sequence[str] = (),
    logged: Mapping[str, Facts] | None = None,
    stored: Sequence[RunRow] = (),
    scored: Sequence[RunRow] = (),
    beside: Sequence[RunRow] = (),
) -> Comparison:
    """The runs against the first of them; `windows` by run id, those of the sessions beside them too.

    factor: what they are compared in, names of the guard's table; without one their quantization, else their engine.
    logged: by run id, what the loader told in the log. stored: every stored run, for what sessions tell together.
    scored: stored runs whose quality is known, for runs without one of their own. beside: what `between.beside` found.

    Raises:
        UsageError: not 2 to 4 runs, one of them twice, or a factor that the guard does not know.
    """
    _check([run.run_id for run in runs], factor)
    why = refusal(runs)
    held = contrasts(runs, windows, factor, logged, stored, scored=scored) if why is None else ()
    opposed = [(one.candidate, one.accounts) for one in held if not one.verdict.accountings]
    apart = any(it.name == "session_id" and it.forbids for one in held for it in one.red)
    return Comparison(
        runs=tuple(runs),
        figures=figures(runs, comparable=why is None),
        words=words(runs),
        break_even_idle_w=(None, *((one.accounts.break_even_w for one in held) if held else (None for _ in runs[1:]))),
        refusal=why,
        warnings=cautions(runs, windows, opposed, apart=apart) if why is None else (),
        differs_in=differs_in(runs),
        contrasts=held,
        qualities=Shelf((*runs, *scored)).together(runs),
        instead=tuple(
            instead(one.baseline, one.candidate, beside, logged) if one.verdict.word == NONE else () for one in held
        ),
        own=owns(runs, windows),
    )


def _check(ids: Sequence[str], factor: Sequence[str]) -> None:
    if not 2 <= len(ids) <= MOST:
        raise UsageError(f"A comparison takes 2 to {MOST} runs, not {len(ids)}.", "The first is the baseline.")
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise UsageError(f"{twice} is named twice.", "Compare a run with another one.")
    if odd := next((name for name in factor if name not in NAMES), None):
        raise UsageError(f"There is no factor {odd!r}.", f"Choose one of: {', '.join(NAMES)}.")


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values, figures under the column names of `ecotui.core.rows`."""
    runs = []
    for place, run in enumerate(comparison.runs):
        figures = comparison.figures
        runs.append(
            {
                "run_id": run.run_id,
                **{w.name: w.values[place] for w in comparison.words},
                **{f.name: f.values[place] for f in figures},
                "differences_pct": {f.name: f.differences_pct[place] for f in figures},
                **run_dict(run, comparison.own[place], comparison.runs[0]),
                "break_even_idle_w": comparison.break_even_idle_w[place],
                "quality": known_dict(comparison.qualities[place]),
            }
        )
    return {
        "comparable": comparison.comparable,
        "refusal": comparison.refusal,
        "baseline": comparison.runs[0].run_id,
        "runs": runs,
        "warnings": list(comparison.warnings),
        "differs_in": list(comparison.differs_in),
        "contrasts": [
            contrast_dict(contrast) | {"instead": [run.run_id for run in runs]}
            for contrast, runs in zip(comparison.contrasts, comparison.instead, strict=True)
        ],
    }

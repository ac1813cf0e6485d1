"""The red lists of several candidates as one: a difference that forbids nothing is told of all runs together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ecotui.analysis.comparison import Comparison
from ecotui.analysis.guard import FACTS, FORBIDS, REFUSES, STATES, WARNS, Finding, sentence
from ecotui.core.rows import RunRow

NAMES = (*(state.name for state in STATES), *(fact.name for fact in FACTS))
"""What a run fails by itself weighs more than a difference that forbids nothing."""
SAID = {fact.name: fact for fact in FACTS if fact.effect == WARNS}


def once(runs: Sequence[RunRow], reds: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Every finding of the candidates' red lists once, what forbids a verdict first.

    Args:
        runs: The baseline, then the candidates.
        reds: One list a candidate.
    """
    found: dict[str, Finding] = {}
    for finding in (it for red in reds for it in red):
        whole = of_all(finding, runs)
        found.setdefault(whole.text, whole)
    return tuple(sorted(found.values(), key=_weight))


def _weight(finding: Finding) -> tuple[int, int]:
    kind = (REFUSES, FORBIDS, WARNS).index(finding.effect)
    return kind, 0 if finding.forbids else NAMES.index(finding.name)


def of_all(finding: Finding, runs: Sequence[RunRow]) -> Finding:
    """A difference that is only said, with the values of all runs; any other finding as it is."""
    fact = SAID.get(finding.name)
    if fact is None:
        return finding
    return replace(finding, text=sentence(fact, runs), values=tuple(fact.value(run, {}) for run in runs))


def red_once(comparison: Comparison) -> tuple[Finding, ...]:
    """Of a comparison."""
    return once(comparison.runs, [one.red for one in comparison.contrasts])


def warnings_beside(comparison: Comparison) -> Iterator[str]:
    """The warnings of all runs at once that the red list does not tell already."""
    told = {_about(finding.text) for one in comparison.contrasts for finding in one.red}
    told |= {_about(finding.text) for finding in red_once(comparison)}
    yield from (text for text in comparison.warnings if _about(text) not in told)


def _about(text: str) -> str:
    """What a sentence is about: "The temperatures differ: 41, 44." and the same of more runs are about one thing."""
    return text.partition(" differ")[0] if ": " in text and " differ" in text else text

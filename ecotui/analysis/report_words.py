"""Sentences of a report: runs by their short names, and what is true of several of them said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecotui.analysis.contrast import POWER, TOKENS, Contrast
from ecotui.analysis.paired import PAIRED, SESSIONS, TURNS, UNPAIRED
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow

OVER = {PAIRED: "by block", TURNS: "by session", SESSIONS: "by session", UNPAIRED: "by window"}
"""What a ratio's logarithms are averaged over."""


def named(text: str, called: Mapping[str, str]) -> str:
    """A sentence in which runs have their short names instead of their ids."""
    for run_id, name in called.items():
        text = text.replace(run_id, name)
    return text


def opposed(found: Sequence[Contrast], called: Mapping[str, str]) -> Iterator[str]:
    """Each figure whose means over all windows go one way and whose ratio, from which the verdict comes, the other."""
    for one in found:
        pairs = (
            ("throughput", TOKENS, one.throughput),
            ("power", POWER, one.power),
            ("gross energy", JOULES, one.energy),
        )
        for what, column, ratio in pairs:
            a, b = getattr(one.baseline, column), getattr(one.candidate, column)
            if ratio is None or not a or b is None or (b - a) * (ratio.value - 1) >= 0:
                continue
            why = "a difference that small hangs on how it is averaged"
            if one.population.sessions:
                why = "the tables are of two runs, the ratio is of all these sessions"
            yield (
                f"{called[one.candidate.run_id]}: the tables' {what} and its ratio point in opposite directions: means "
                f"over all windows make ×{b / a:.4f}, the mean of logarithms {OVER[ratio.evidence]} makes "
                f"×{ratio.value:.4f}. The ratio is what has an interval; {why}."
            )


def simulated_of(runs: Sequence[RunRow], called: Mapping[str, str]) -> tuple[str, ...]:
    """The runs whose watts are a model's, where others' are a board's; none where all are alike."""
    made_up = [run for run in runs if run.simulated]
    return tuple(f"{called[run.run_id]} ({run.run_id})" for run in made_up) if len(made_up) < len(runs) else ()


def once(sentences: Iterable[str], called: Mapping[str, str]) -> Iterator[str]:
    """Each sentence once; those that differ only in the run they begin with become one."""
    groups: dict[str, list[str]] = {}
    for sentence in dict.fromkeys(sentences):
        run_id = next((it for it in called if sentence.startswith(it)), "")
        who = groups.setdefault(sentence.removeprefix(run_id), [])
        who += [called[run_id]] if run_id else []
    for rest, who in groups.items():
        yield f"{_all_of(who)}{named(rest, called)}"


def _all_of(who: list[str]) -> str:
    if len(who) < 2:
        return "".join(who)
    return f"Each of {', '.join(who[:-1])} and {who[-1]}"

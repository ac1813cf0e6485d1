"""The guard of every comparison: one table of all that may differ between two arms, and what each difference forbids.

`FACTS` are held against each other, `STATES` against a bar. What is read from the session's log instead of the row
(`LOGGED`) counts where both logs are at hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecotui.analysis.alias import alias_sentence
from ecotui.analysis.capped import event_words
from ecotui.analysis.drift import still_to_come
from ecotui.analysis.not_passed import not_passed_words
from ecotui.analysis.sources import agree
from ecotui.core.gate_words import UNSTABLE
from ecotui.core.reading import reason_words
from ecotui.core.remarks import NOT_GATED
from ecotui.core.rows import RunRow
from ecotui.core.servers import NO_VERDICT
from ecotui.core.units import signed

REFUSES, FORBIDS, WARNS, FACTOR = "refuses", "forbids", "warns", "factor"
"""No difference is shown at all; it is shown and no verdict is given; it is said; it is what is compared."""
FEW = 5
"""Below this many windows an arm there is no verdict: a mean has no spread to speak of."""
START_C = 2.0
CLOCK_PCT = 1.0
WINDOW_PCT = 50.0
"""How far lengths of windows, which hold whole calls, may differ."""
LOGGED = ("attention", "compiled")
"""Facts that only the loader's words in the log tell."""
Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may differ between arms."""

    name: str
    """The column, or the loader's word: what an operator may declare as the factor."""
    effect: str
    says: str
    """How its sentence begins."""
    why: str = ""
    """How it ends, where the reason is not plain."""
    both: bool = False
    """What is not told is not another one; else unknown differs from known."""
    within: Callable[[float, float], bool] | None = None
    """Whether two numbers count as equal; None where only equal is equal."""
    read: Callable[[RunRow], object] | None = None
    """How the value is made of a row; None where it is the column of that name."""
    unit: str = ""
    """Stands behind each value."""
    shows: Callable[[RunRow], str] | None = None
    """What is said of a run where that is more than the value, by which runs differ."""

    def value(self, run: RunRow, logged: Facts) -> object:
        """Its value for a run; None where it is not told."""
        if self.name in LOGGED:
            return logged.get(self.name)
        return self.read(run) if self.read else getattr(run, self.name)

    def told(self, run: RunRow, logged: Facts) -> str:
        """Its value for a run in words."""
        return self.shows(run) if self.shows else said(self.value(run, logged), self.unit)

    def differs(self, a: object, b: object) -> bool:
        """Whether two values are a difference."""
        if a == b or (None in (a, b) and (self.both or self.within is not None)):
            return False
        if self.within is not None and isinstance(a, int | float) and isinstance(b, int | float):
            return not self.within(a, b)
        return True


def _gated(run: RunRow) -> object:
    return None if run.stability is None else run.stability != NOT_GATED


def _clock_events(run: RunRow) -> object:
    words = [word for word in reason_words(run.clock_event_reasons) if word != "idle"]
    return None if run.clock_event_reasons is None else " and ".join(words) or "none"


def _clock_events_told(run: RunRow) -> str:
    bits = run.clock_event_reasons
    words = [] if bits is None else [word for word in event_words(run, bits) if word != "idle"]
    return "unknown" if bits is None else " and ".join(words) or "none"


def _start_c(a: float, b: float) -> bool:
    return abs(a - b) <= START_C


def _clocks(a: float, b: float) -> bool:
    return abs(a - b) <= CLOCK_PCT / 100 * max(a, b)


def _lengths(a: float, b: float) -> bool:
    return max(a, b) <= (1 + WINDOW_PCT / 100) * min(a, b)


FACTS: tuple[Fact, ...] = (
    Fact("simulated", REFUSES, "Simulated and measured energy are never compared"),
    Fact("session_id", FORBIDS, "These are runs of different sessions", "day-to-day gaps can exceed the difference"),
    Fact("quantization", FORBIDS, "The quantizations differ"),
    Fact("engine", FORBIDS, "The engines differ"),
    Fact("dtype", FORBIDS, "The dtypes of what is not quantized differ"),
    Fact("model", FORBIDS, "The models differ"),
    Fact("prompt_tokens", FORBIDS, "The prompts' lengths differ"),
    Fact("new_tokens", FORBIDS, "The numbers of new tokens differ", "energy per token depends on it"),
    Fact("batch_size", FORBIDS, "The batch sizes differ", "energy per token falls with it"),
    Fact("weights", FORBIDS, "The weights differ", both=True),
    Fact("gpu_name", FORBIDS, "The GPUs differ"),
    Fact("gpu_uuid", FORBIDS, "The runs are of different cards", "cards of one name differ", both=True),
    Fact("sensor", FORBIDS, "The sensors differ"),
    Fact("host", FORBIDS, "The hosts differ", "whoever launches the kernels decides how long the board waits"),
    Fact("power_limit_w", FORBIDS, "The power limits differ"),
    Fact("driver_version", FORBIDS, "The driver versions differ"),
    Fact("torch_version", FORBIDS, "The torch versions differ"),
    Fact("transformers_version", FORBIDS, "The transformers versions differ"),
    Fact("bitsandbytes_version", FORBIDS, "The bitsandbytes versions differ"),
    Fact("attention", FORBIDS, "The attention implementations differ", both=True),
    Fact("compiled", FORBIDS, "One is compiled and another is not", both=True),
    Fact("device", FORBIDS, "The devices differ", both=True),
    Fact("gated", FORBIDS, "The stability gates differ", both=True, read=_gated),
    Fact("python_version", WARNS, "The Python versions differ"),
    Fact("ecotui_version", WARNS, "The ecotui versions differ"),
    Fact("energy_source", WARNS, "The energies come from different sources"),
    Fact(
        "outlier_recipe",
        FORBIDS,
        "The outlier channels of the weights differ",
        "what LLM.int8 decomposes depends on them",
        both=True,
    ),
    Fact("warmups", WARNS, "The numbers of warm-ups differ"),
    Fact("window_s", WARNS, "The windows' lengths differ by more than half", within=_lengths, unit="s"),
    Fact(
        "temperature_start_c",
        WARNS,
        "The temperatures at the start differ by more than 2 °C",
        within=_start_c,
        unit="°C",
    ),
    Fact(
        "sm_clock_mean_mhz",
        WARNS,
        "The SM clocks differ by more than 1 %",
        "an arm that runs into a limit lowers its own",
        within=_clocks,
        unit="MHz",
    ),
    Fact(
        "clock_events",
        WARNS,
        "The clock events differ",
        "an arm at a limit is slowed, another is not",
        both=True,
        read=_clock_events,
        shows=_clock_events_told,
    ),
)


@dataclass(frozen=True, slots=True)
class State:
    """One thing that an arm may fail on its own."""

    name: str
    effect: str
    says: Callable[[RunRow], str]
    """What is wrong with a run, with its id; "" where nothing is."""


def _no_windows(run: RunRow) -> str:
    return "" if run.windows else f"{run.run_id} has no measured window."


def _watched(run: RunRow) -> str:
    return f"{run.run_id}: {NO_VERDICT}" if run.is_watched else ""


def _few(run: RunRow) -> str:
    count = run.windows or 0
    plural = "" if count == 1 else "s"
    return (
        f"{run.run_id} has {count} window{plural}; {FEW} or more are needed to know its spread."
        if 0 < count < FEW
        else ""
    )


def _invalid(run: RunRow) -> str:
    bad = run.windows_invalid or 0
    plural = "" if bad == 1 else "s"
    cause = run.cause or "no cause given"
    return f"{run.run_id} has {bad} INVALID window{plural} ({cause}); the means hold them." if bad else ""


def _unstable(run: RunRow) -> str:
    drift = still_to_come(run)
    ended = f"{run.run_id} is UNSTABLE: the gate had not passed when its windows began{drift and f', {drift}'}."
    return ended if run.stability == UNSTABLE else ""


def _ungated(run: RunRow) -> str:
    return "The board was not gated: whether it had settled was not asked." if run.stability == NOT_GATED else ""


def _disagree(run: RunRow) -> str:
    apart = run.energy_sources_diff_pct or 0.0
    told = f"The energy sources of {run.run_id} disagree: the counter tells {signed(apart)} % against the integral"
    return f"{told} of power." if agree(run) is False else ""


def _by_hand(run: RunRow) -> bool:
    """Whether somebody chose the end of its paired session: neither its last block nor the rule of `--until` was."""
    short = run.blocks is not None and (run.windows or 0) < (run.windows_planned or 0)
    return run.outcome == "stopped" and short and run.stopped_by is None


def _chosen(run: RunRow) -> str:
    told = f"Session {run.session_id} was stopped by hand before its {run.blocks} blocks were over"
    why = "whoever watches a ratio can stop where it pleases"
    return f"{told}: {why}. Run it again to its end, or to a precision with --until." if _by_hand(run) else ""


def _incomplete(run: RunRow) -> str:
    whole = run.outcome in (None, "completed") or _by_hand(run)
    return "" if whole else f"{run.run_id} is of a session that did not complete ({run.outcome})."


STATES: tuple[State, ...] = (
    State("windows", REFUSES, _no_windows),
    State("watched", REFUSES, _watched),
    State("validity", FORBIDS, _invalid),
    State("few_windows", FORBIDS, _few),
    State("by_hand", FORBIDS, _chosen),
    State("stability", FORBIDS, _unstable),
    State("sources", FORBIDS, _disagree),
    State("after", WARNS, not_passed_words),
    State("outcome", WARNS, _incomplete),
    State("alias", WARNS, alias_sentence),
    State("gate", WARNS, _ungated),
)
NAMES = tuple(fact.name for fact in FACTS if fact.effect != REFUSES and fact.name != "session_id")
"""What may be declared as the factor."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An entry of the red list: a difference between two arms beyond the factor, or what one of them fails."""

    name: str
    effect: str
    text: str
    """A sentence."""
    values: tuple[object, ...] = ()
    """Of the baseline and the candidate; none of a state."""

    @property
    def forbids(self) -> bool:
        """Whether no verdict may be given."""
        return self.effect in (REFUSES, FORBIDS)


def factor_of(a: RunRow, b: RunRow) -> tuple[str, ...]:
    """What two runs are compared in where nobody declared it: the quantization or, with the same one, the engine."""
    return next(((name,) for name in ("quantization", "engine") if getattr(a, name) != getattr(b, name)), ())


def compared_in(factor: Sequence[str], red: Sequence[Finding]) -> tuple[str, ...]:
    """The factor, and the engine where it differs as well: two arms that differ in both are held together in both."""
    return (*factor, *(it.name for it in red if it.name == "engine"))


def red_list(
    a: RunRow, b: RunRow, factor: Sequence[str] = (), logged: Mapping[str, Facts] | None = None
) -> tuple[Finding, ...]:
    """Every difference of two arms beyond the factor, and what each of them fails; what forbids a verdict first.

    logged: by run id, the loader's words, where the log is at hand.
    """
    differ = list(_differences(a, b, _meant(a, b, factor), logged or {}))
    told = {"gate"} if any(it.name == "gated" for it in differ) else set()
    found = [*differ, *(it for it in _states((a, b)) if it.name not in told)]
    return tuple(sorted(found, key=lambda it: (REFUSES, FORBIDS, WARNS).index(it.effect)))


def _meant(a: RunRow, b: RunRow, factor: Sequence[str]) -> set[str]:
    """The factor, and what is but another word for it: fp16 and bf16 differ in their dtype and in nothing else."""
    meant = set(factor or factor_of(a, b))
    plain = {a.quantization, b.quantization} <= {"fp16", "bf16"}
    return meant | ({"dtype"} if "quantization" in meant and plain else set())


def _differences(a: RunRow, b: RunRow, meant: set[str], logged: Mapping[str, Facts]) -> Iterator[Finding]:
    for fact in FACTS:
        values = tuple(fact.value(run, logged.get(run.run_id, {})) for run in (a, b))
        if fact.name not in meant and fact.differs(*values):
            yield Finding(fact.name, fact.effect, sentence(fact, (a, b), logged), values)


def _states(runs: Sequence[RunRow]) -> Iterator[Finding]:
    for state in STATES:
        for text in dict.fromkeys(map(state.says, runs)):
            if text:
                yield Finding(state.name, state.effect, text)


def sentence(fact: Fact, runs: Sequence[RunRow], logged: Mapping[str, Facts] | None = None) -> str:
    """The difference in words: "The driver versions differ: 580, 570.".

    What is only said names each of more than two runs, "s.0 47 °C, s.1 42 °C, s.2 47 °C": it stands there once.
    """
    if fact.name == "session_id":
        return f"{fact.says}: {fact.why}."
    each = {run.run_id: fact.told(run, (logged or {}).get(run.run_id, {})) for run in runs}
    named = fact.effect == WARNS and len(runs) > 2
    shown = ", ".join(f"{k} {v}" for k, v in each.items()) if named else ", ".join(dict.fromkeys(each.values()))
    return f"{fact.says}: {shown}{f'; {fact.why}' if fact.why else ''}."


def said(value: object, unit: str = "") -> str:
    """A value of a fact, a number with its unit, if it has one: of a measured one as many digits as matter."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit and isinstance(value, int | float) and math.isfinite(value):
        return f"{_short(value)} {unit}"
    known = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
    return "unknown" if value is None else known


def _short(value: float) -> str:
    """Three significant digits, or whole: 6.01, 11.9, 51.9, 1978."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

"""What the evidence says for one model on one board: every line with the run that it rests on, never a blanket rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ecotui.analysis import advice_age
from ecotui.analysis.advice_claims import claims
from ecotui.analysis.advice_near import (
    EXACT,
    FAMILY,
    FAMILY_ELSEWHERE,
    NEAR,
    OTHER_BATCH,
    OTHER_BOARD,
    OTHER_MODEL,
    nearness,
    same_board_as,
    same_model_as,
)
from ecotui.analysis.advice_text import rests, risk_of, risk_of_quantization, says, unsettled
from ecotui.analysis.finding import Windows
from ecotui.analysis.paired import Ratio
from ecotui.analysis.points import ACCOUNTINGS, PUBLISHED, SIMULATED, Point
from ecotui.analysis.taxes_pairs import Intervals, Pair, by_engine, by_quantization, pairs
from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.boards import board_model
from ecotui.core.errors import UsageError

__all__ = [
    "EXACT",
    "FAMILY",
    "FAMILY_ELSEWHERE",
    "NO_EVIDENCE",
    "OTHER_BATCH",
    "OTHER_BOARD",
    "OTHER_MODEL",
    "Advice",
    "Line",
    "advise",
    "same_board_as",
    "same_model_as",
]
NO_EVIDENCE = "no evidence"
SIMULATED_ONLY = (
    "A simulated pair of this model is stored; simulated runs do not count as evidence for a measured board."
)
MOST_NEAR = 3
"""Lines of evidence for another board, model or batch: more would bury the rest."""
BASELINE = "fp16"


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of evidence, or that there is none."""

    topic: str
    """A quantization against fp16, or graph against eager: "nf4 against fp16"."""
    says: str
    """What the evidence says, with its accountings and intervals."""
    rests: str = ""
    """The runs that it rests on, how they were measured, and their age."""
    notes: str = ""
    """What keeps it from being the last word."""
    pair: Pair | None = None
    """What it rests on; None for no evidence."""
    near: str = EXACT
    """A word of NEAR."""
    age_days: float | None = None
    """Since the newer run was measured, or since the date that a published row's source tells."""
    ratios: tuple[tuple[str, Ratio], ...] = ()
    """Energy a token by accounting, throughput and power, each with its interval where it has one."""
    risk: str = ""
    """What a saving may cost; never empty for threshold 0.0."""

    @property
    def text(self) -> str:
        """All of it, in sentences."""
        return " ".join(part for part in (self.says, self.rests, self.notes, self.risk) if part)


@dataclass(frozen=True, slots=True)
class Advice:
    """All lines for a model and a board."""

    model: str
    gpu: str
    batch_size: int | None
    lines: tuple[Line, ...]

    @property
    def evidence(self) -> bool:
        """Whether anything was measured or published for this very model and board."""
        return any(line.pair is not None and line.near == EXACT for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Topic:
    name: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    model: str
    gpu: str
    batch: int | None

    @property
    def words(self) -> str:
        return f"{self.model} on {self.gpu}{'' if self.batch is None else f' at batch {self.batch}'}"


def advise(
    points: Iterable[Point],
    model: str,
    gpu: str,
    batch_size: int | None = None,
    *,
    windows: Windows | None = None,
    now: datetime | None = None,
) -> Advice:
    """Stored runs first, then published rows; where there are none, the nearest ones, labelled as such.

    Simulated runs are no evidence. windows: of a run by its id, for the intervals.

    Raises:
        UsageError: model or board is not named.
    """
    if not model.strip() or not gpu.strip():
        raise UsageError("Advice is for a model and a board.", "Name both, such as --model mistral-7b --gpu H100.")
    if (len(gpu.strip()) < 3 and gpu.strip().isdecimal()) or not board_model(gpu):
        raise UsageError(f"{gpu} is no board's name.", "Name the board as the driver does, or a part of it: H100.")
    every = list(points)
    real = [p for p in every if p.kind != SIMULATED]
    reads, at = Intervals(windows), now or advice_age.today()
    asked = _Asked(model, gpu, batch_size)
    claimed = _claimed(real, gpu, at)
    made_up = {topic.name for topic in _topics([p for p in every if p.kind == SIMULATED]) if _simulated(topic, model)}
    lines = [
        line
        for topic in _topics(real)
        for line in (
            *_lines(topic, asked, reads, at, topic.name in made_up),
            *(it for it in claimed if it.topic == topic.name),
        )
    ]
    return Advice(model, gpu, batch_size, tuple(lines))


def _simulated(topic: _Topic, model: str) -> bool:
    return any(same_model_as(pair.candidate, model) for pair in topic.pairs)


def _claimed(points: Sequence[Point], gpu: str, now: datetime) -> list[Line]:
    """What was published of the board as a range only."""
    names = [q for q in QUANTIZATIONS if q != BASELINE]
    found = [(q, text) for q in names for text in claims(points, q, lambda board: same_board_as(board, gpu), now)]
    return [
        Line(f"{q} against {BASELINE}", f"{q} against {BASELINE}: {text}", risk=risk_of_quantization(q))
        for q, text in found
    ]


def _topics(points: Sequence[Point]) -> list[_Topic]:
    """Each quantization against fp16, int8 against int8-pure, and graph against eager; each with all of its pairs."""
    of = {q: [p for p in points if p.quantization == q] for q in QUANTIZATIONS}
    made = [
        _Topic(f"{q} against {BASELINE}", tuple(pairs(of[q], of[BASELINE], by_quantization)))
        for q in QUANTIZATIONS
        if q != BASELINE
    ]
    made.append(_Topic("int8-pure against int8", tuple(pairs(of["int8-pure"], of["int8"], by_quantization))))
    graph, eager = ([p for p in points if p.engine == engine] for engine in ("graph", "eager"))
    made.append(_Topic("graph against eager", tuple(pairs(graph, eager, by_engine))))
    return made


def _lines(topic: _Topic, asked: _Asked, reads: Intervals, now: datetime, simulated: bool) -> list[Line]:
    """The evidence of a topic; the nearest there is where there is none for the very question."""
    ranked = {
        name: [p for p in topic.pairs if nearness(p.candidate, asked.model, asked.gpu, asked.batch) == name]
        for name in NEAR
    }
    exact = sorted(ranked[EXACT], key=_order)
    if exact:
        return [_line(topic.name, pair, EXACT, reads, now) for pair in exact]
    none = Line(topic.name, f"{topic.name}: {NO_EVIDENCE} for {asked.words}.", notes=SIMULATED_ONLY * simulated)
    for name in NEAR[1:]:
        if ranked[name]:
            nearest = sorted(ranked[name], key=lambda p: (_apart(p.candidate, asked.batch), _order(p)))[:MOST_NEAR]
            return [none, *(_line(topic.name, pair, name, reads, now) for pair in nearest)]
    return [none]


def _apart(point: Point, batch: int | None) -> float:
    return 0.0 if batch is None else abs(point.batch_size.bit_length() - batch.bit_length())


def _order(pair: Pair) -> tuple[object, ...]:
    """Runs before published rows, those of this machine before others, then by batch, engine and lengths."""
    p = pair.candidate
    places = ("here", "imported", "sample", PUBLISHED)
    origin = places.index(p.origin) if p.origin in places else len(places)
    return p.kind == PUBLISHED, p.quantization, p.engine, p.batch_size, origin, p.model


def _line(topic: str, pair: Pair, near: str, reads: Intervals, now: datetime) -> Line:
    of = (*ACCOUNTINGS, "throughput", "power")
    ratios = tuple((name, ratio) for name in of if (ratio := reads.of(pair, name)) is not None)
    times = [p.started_at for p in (pair.baseline, pair.candidate) if p.started_at]
    age = max((now - max(times)).total_seconds() / 86_400, 0.0) if times else None
    if pair.candidate.kind == PUBLISHED:
        age = advice_age.source_age_days(pair.candidate.source, now)
    told = says(topic, pair, dict(ratios), near if near != EXACT else "")
    return Line(topic, told, rests(pair, age), unsettled(pair), pair, near, age, ratios, risk_of(pair))

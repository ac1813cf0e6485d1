"""What a finding is: data points, a fit, and the sentence that they support and no more."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecotui.analysis.points import LeftOut, Point
from ecotui.core.document import Cell, Sheet
from ecotui.core.figure import Figure
from ecotui.core.rows import WindowRow

KEYS: Mapping[str, str] = {
    "batch-law": "Energy a request against batch size",
    "crossover": "Where a quantization begins to save energy",
    "decomposition": "What LLM.int8's decomposition costs",
    "dequantization": "What de-quantization costs, and through what",
    "quality": "Energy against what it costs in quality",
    "pareto": "Energy, money and carbon of a workload",
    "waiting": "What waiting for the host costs, and what the dtype",
}
"""The findings by name, and what each is about."""

LONGEST_SLUG = 100
STABILITY = {"stable": 2, "UNSTABLE": 0}
"""Which run stands for its configuration; one between them was not gated."""
Windows = Callable[[str], Sequence[WindowRow]]
"""The windows of a run by its id."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One law or tax on one board; a subject is unique within its key."""

    key: str
    """A name of KEYS."""
    subject: str
    """Board, model and configuration, for people."""
    sentence: str
    """What the points support."""
    sheet: Sheet
    figure: Figure
    caveats: tuple[str, ...] = ()
    """Whole sentences: what limits it."""
    gist: str = ""
    """What is known in a few words, for a list: "batch^−0.76 [−0.85, −0.67]"."""
    determined: bool = True
    """Whether the points settle what the finding asks."""
    accounted: str = "gross"
    """What its joules are, with the baseline of net ones; the joules that were asked for are not always to be had."""
    kind: str = "measured"
    """measured, published or simulated."""
    left_out: tuple[tuple[str, int], ...] = ()
    """Why runs of this board were left out, and how many."""
    facts: Mapping[str, Cell] = field(default_factory=dict)
    """The fit's figures by name, for scripts: `exponent`, `exponent_low` and so on."""

    @property
    def title(self) -> str:
        """What it is about."""
        return KEYS[self.key]


def slug(text: str) -> str:
    """Letters, digits and dashes, for the name of a file; a long one ends in eight digits that tell it from others."""
    made = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
    return made if len(made) <= LONGEST_SLUG else f"{made[: LONGEST_SLUG - 9]}-{zlib.crc32(text.encode()):08x}"


def subject(first: Point, *parts: str) -> str:
    """Board and what else a group has in common; what is no measurement of ecotui's says so."""
    word = {"simulated": "SIMULATED", "published": f"published ({first.table})"}.get(first.kind, "")
    return " · ".join(part for part in (first.gpu, *parts, word) if part)


def lengths_words(point: Point) -> str:
    """ "16+64 tokens": prompt and output; nothing where neither is known."""
    prompt, new = point.lengths
    return "" if new is None else f"{new} new tokens" if prompt is None else f"{prompt}+{new} tokens"


def engine_words(point: Point) -> str:
    """The engine where it is known."""
    return point.engine if point.kind != "published" else ""


def grouped(points: Iterable[Point], key: Callable[[Point], Hashable]) -> list[list[Point]]:
    """Points that agree in a key, in the order in which the groups first appear."""
    groups: dict[Hashable, list[Point]] = {}
    for point in points:
        groups.setdefault(key(point), []).append(point)
    return list(groups.values())


def settled(points: Sequence[Point]) -> Point:
    """The newest of those whose board had settled; where nobody looked before where it had not."""
    return max(points, key=lambda p: (STABILITY.get(p.stability or "", 1), p.at))


def counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Reasons with their counts, the most frequent first."""
    return tuple(Counter(reasons).most_common())


def left_out_of(
    left_out: Iterable[LeftOut], gpu: str, model: str = "", quantizations: Collection[str] = (), engine: str = ""
) -> list[str]:
    """Why runs of a board are no points: of the model, quantizations and engine that are named, or not known."""

    def asked(it: LeftOut) -> bool:
        return (
            it.gpu == gpu
            and (not model or it.model in (model, ""))
            and (not quantizations or it.quantization in (*quantizations, ""))
            and (not engine or it.engine in (engine, ""))
        )

    return [it.reason for it in left_out if asked(it)]


def left_out_words(finding: Finding) -> str:
    """ "Left out: 2 runs (the session is failed), 1 run (a window is INVALID)." or nothing."""
    told = [f"{n} run{'s' * (n != 1)} ({why})" for why, n in finding.left_out]
    return f"Left out: {', '.join(told)}." if told else ""


def common_caveats(points: Sequence[Point]) -> list[str]:
    """What limits any finding of these points: where they come from, how settled the board was."""
    told = []
    first = points[0]
    if first.kind == "simulated":
        told.append("SIMULATED: the watts are a model's, not a board's.")
    if first.kind == "published":
        told.append(f"Published figures ({first.source}); ecotui did not measure them, and they carry no intervals.")
    unstable = sum(p.stability == "UNSTABLE" for p in points)
    if unstable:
        told.append(f"{unstable} of {len(points)} runs are UNSTABLE: the board had not settled before their windows.")
    for what, values in (
        ("boards of this name", {p.board for p in points if p.board}),
        ("sets of library versions", {p.software for p in points if p.software}),
    ):
        if len(values) > 1:
            told.append(f"The runs are of {len(values)} {what}.")
    if any(p.weights == "random" for p in points):
        told.append("Weights are random, of a published shape, so nothing here speaks of accuracy.")
    return told


def sessions_words(points: Sequence[Point]) -> str:
    """ "of one session" or "of 4 sessions"; nothing where points carry none."""
    count = len({p.session_id for p in points if p.session_id})
    return "" if not count else "of one session" if count == 1 else f"of {count} sessions"


def finding_dict(it: Finding) -> dict[str, Any]:
    """The finding as JSON values."""
    return {
        "key": it.key,
        "subject": it.subject,
        "kind": it.kind,
        "accounting": it.accounted,
        "determined": it.determined,
        "sentence": it.sentence,
        "caveats": list(it.caveats),
        "facts": dict(it.facts),
        "rows": [dict(zip(it.sheet.columns, row, strict=True)) for row in it.sheet.rows],
        "left_out": [{"reason": why, "runs": count} for why, count in it.left_out],
    }

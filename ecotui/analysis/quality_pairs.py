"""What an arm's saving costs in quality: the words that stand beside every ratio of energy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ecotui.analysis import quality
from ecotui.analysis.quality_runs import Known
from ecotui.core.quality import REFERENCE
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT

SAME_WEIGHTS = "the same weights"
PURE = "int8-pure"
NO_REFERENCE = f"no {REFERENCE} arm"


def same_weights(a: RunRow, b: RunRow) -> bool:
    """Whether two arms hold the same weights in the same form: an engine or a batch size changes no answer."""
    return (a.model, a.quantization, a.weights) == (b.model, b.quantization, b.weights)


def cell(a: RunRow, b: RunRow, found: Known | None) -> str:
    """What stands beside the candidate in a table, in about 20 columns: its ratio to fp16, or that there is none."""
    if same_weights(a, b):
        return SAME_WEIGHTS
    if found is None:
        return "not measured"
    if b.quantization == REFERENCE:
        return f"the {REFERENCE}"
    over = quality.ratio(found.run)
    if over is None and (kl := quality.divergence(found.run)) is not None:
        return quality.ends(kl, quality.nats).strip(" ,")
    return NO_REFERENCE if over is None else quality.times(over, "" if a.quantization == REFERENCE else REFERENCE)


def cell_alone(a: RunRow, b: RunRow, found: Known | None) -> str:
    """The same where no other row holds the figures: of random weights the divergence, not its interval alone."""
    if found is not None and not same_weights(a, b) and quality.ratio(found.run) is None:
        kl = quality.divergence(found.run)
        return cell(a, b, found) if kl is None or b.quantization == REFERENCE else quality.nats_from(kl)
    return cell(a, b, found)


def row_label(found: Sequence[Known | None]) -> str:
    """What a row of a table is called that holds `value` of some runs: the convention, or what stands in for it."""
    rows = [it.run for it in found if it is not None]
    if not rows:
        return "quality"
    if all(quality.is_random(row) for row in rows):
        return f"KL from its own {REFERENCE}, nats (random weights)"
    scored = next((row for row in rows if quality.headline(row) is not None), rows[0])
    return f"perplexity, {quality.convention(scored)}, {quality.path_words(scored, rows=False)}"


def value(found: Known | None) -> str:
    """A run's perplexity, of random weights its divergence; a dash where it was not measured."""
    if found is None:
        return ABSENT
    if quality.is_random(found.run):
        return quality.nats(found.run.kl_nats)
    return quality.perplexity(quality.headline(found.run))


def sentence(a: RunRow, b: RunRow, found: tuple[Known | None, Known | None]) -> str:
    """What the candidate costs in quality: "Quality: perplexity ×1.023 [1.018, 1.029] of fp16.".

    found: the quality of the baseline and of the candidate, on one text, window and path.
    """
    if same_weights(a, b):
        return f"Quality: {SAME_WEIGHTS}."
    ours, theirs = found[1], found[0]
    if b.quantization == REFERENCE:
        return f"Quality: {REFERENCE} is what others are held against; {_of(a, theirs)}."
    other = "" if a.quantization == REFERENCE else f"; {_of(a, theirs)}"
    if ours is None:
        return f"Quality not measured{other}."
    if quality.ratio(ours.run) is None and quality.is_random(ours.run):
        return f"Quality not measured: {_figures(ours)}, a divergence is no accuracy{other}."
    return f"Quality: {_figures(ours)}{other}."


def lacking(a: RunRow, b: RunRow, found: tuple[Known | None, Known | None]) -> list[RunRow]:
    """Those of a pair whose accuracy nobody measured; none of arms that hold the same weights."""
    if same_weights(a, b):
        return []
    return [run for run, it in zip((a, b), found, strict=True) if run.quantization != REFERENCE and unmeasured(it)]


def unmeasured(found: Known | None) -> bool:
    """Whether no accuracy is known: a divergence of random weights is none."""
    return found is None or (quality.ratio(found.run) is None and quality.is_random(found.run))


def cautions(a: RunRow, b: RunRow, found: tuple[Known | None, Known | None], told: str = "") -> Iterator[str]:
    """What never leaves a ratio of energy alone where no accuracy was measured, whatever the verdict.

    told: the verdict's words, which may have the first of it.
    """
    if bare := lacking(a, b, found):
        said = sentence(a, b, found)
        yield from [said] if said not in told else []
        yield from [quality.RISK] if any(run.quantization == PURE for run in bare) else []


def caution(a: RunRow, b: RunRow, found: tuple[Known | None, Known | None]) -> str:
    """The same in as few words as a screen has room for; empty where accuracy was measured."""
    bare = lacking(a, b, found)
    if not bare:
        return ""
    random = ", random weights" if all(map(quality.is_random, bare)) else ""
    names = " and ".join(run.quantization or run.run_id for run in bare)
    risk = f"; {quality.RISK_BRIEF}" if any(run.quantization == PURE for run in bare) else ""
    return f"{quality.NOT_MEASURED.capitalize()} ({names}{random}){risk}."


def _of(run: RunRow, found: Known | None) -> str:
    bare = f"{quality.NOT_MEASURED.removeprefix('quality ')}, " if found is not None and unmeasured(found) else ""
    return f"{run.quantization or run.run_id}: {'not measured' if found is None else bare + _figures(found)}"


def _figures(found: Known) -> str:
    """The headline with what it is held against, and the run that it came from."""
    random = ", random weights" if quality.is_random(found.run) and quality.divergence(found.run) is not None else ""
    came = f" ({found.came})" if found.came else ""
    return f"{quality.told(found.run)}{random}{came}"


def known_dict(found: Known | None) -> dict[str, Any] | None:
    """The quality that stands beside a run as JSON values; null where it was not measured."""
    if found is None:
        return None
    row = found.run
    names = [name for name in row.__dataclass_fields__ if name.startswith(("quality_", "perplexity_", "kl_"))]
    names += ["agreement_pct", "agreement_low_pct", "agreement_high_pct"]
    told = {name: getattr(row, name) for name in names}
    return {"run_id": row.run_id, "own": found.own, "random_weights": quality.is_random(row)} | told

"""The other arms of a paired session in words: each is the first one but for what a word names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from ecotui.core.arm import ENGINES, QUANTIZATIONS, Arm, captured, uncaptured
from ecotui.core.errors import CaptureError, SameArmError, UsageError

JOIN = "+"
SAME = "same"
"""The first arm once more: such a session shows what the instrument itself cannot tell apart."""
PURE = "int8-pure"
"""What can be captured of LLM.int8."""
BASELINE = "fp16"
"""What a quantization is held against: where it is named, every ratio is over it."""
MEASURE_EAGER = "Measure it with --engine eager."
"""What a model that cannot be captured comes with, whose arm is the only one."""
Kind = tuple[str, str]
"""Quantization and engine of an arm."""


def arms_against(first: Arm, words: Sequence[str]) -> tuple[Arm, ...]:
    """The arms of a paired session: the first, and one for each word.

    A word is a quantization, an engine, or both joined by "+" ("nf4+graph"); what it does not name is the first arm's.
    "same" is the first arm once more.

    Raises:
        UsageError: a word names neither, or an arm that is there already, or a graph of what cannot be captured; the
            advice can be followed.
    """
    meant = [first if word == SAME else _named(first, word) for word in words]
    refused = next((arm for arm in (first, *meant) if not _capturable(arm)), None) if words else None
    if refused is not None:
        raise CaptureError(uncaptured(refused.quantization), _instead(first, words, meant))
    arms = [first]
    for word, arm in zip(words, meant, strict=True):
        if word != SAME and arm == first:
            raise SameArmError(
                f"The first arm is {word} already: {first.label}.",
                f"Name another first arm with {_option(word)}, or hold this one against itself with --against {SAME}.",
            )
        if word != SAME and arm in arms:
            raise SameArmError(
                f"{word} is an arm of this session already: {arm.label}.",
                f"Name another one, or {SAME!r} to hold the first arm against itself.",
            )
        arms.append(arm)
    return tuple(arms)


def _capturable(arm: Arm) -> bool:
    return arm.engine != "graph" or captured(arm.quantization)


def _instead(first: Arm, words: Sequence[str], meant: Sequence[Arm]) -> str:
    """What can be measured in place of a graph of what cannot be captured: of all that comes to mind what can be."""
    left = [word for word, arm in zip(words, meant, strict=True) if _capturable(arm)]
    out = [word for word in words if word not in left]
    leave = f"Leave out {' and '.join(f'--against {word}' for word in out)}"
    eager, pure = replace(first, engine="eager"), replace(first, quantization=PURE)
    if not _capturable(first):
        others = [word for word in words if word == SAME or _beside(eager, word)]
        without = "".join(f", without --against {word}" for word in words if word not in others)
        tried = [(f"--engine eager{without}", eager, others), (f"{PURE} with --engine graph", pure, words)]
    elif not captured(first.quantization):
        again = " ".join(f"--against {word}" for word in words)
        ways = _possible([(f"with --quant {PURE} {again}", pure, words)])
        return ", or measure ".join([leave, *(f"{PURE} {way}" for way in ways)]) + "."
    else:
        tried = _replaced(first, words, out[0])
    if ways := _possible(tried):
        return f"Measure it with {_either(ways)}."
    return f"{leave}."


def _beside(first: Arm, word: str) -> bool:
    """Whether a word names another arm than the first, and one that can be."""
    arm = _named(first, word)
    return arm != first and _capturable(arm)


def _replaced(first: Arm, words: Sequence[str], word: str) -> list[tuple[str, Arm, Sequence[str]]]:
    """What may be named in place of a word whose graph cannot be captured, each as an advice and what that makes."""
    quantization = _named(first, word).quantization
    eager, pure = f"{quantization}{JOIN}eager", word.replace(quantization, PURE)
    tried: list[tuple[str, Arm, Sequence[str]]] = [(f"--against {eager}", first, _with(words, word, eager))]
    if first.engine == "graph":
        tried.append(("all arms with --engine eager", replace(first, engine="eager"), words))
    return [*tried, (f"{PURE} with --against {pure}", first, _with(words, word, pure))]


def _with(words: Sequence[str], word: str, other: str) -> list[str]:
    return [other if it == word else it for it in words]


def _possible(tried: Sequence[tuple[str, Arm, Sequence[str]]]) -> list[str]:
    """Of several advices those that are not refused when they are followed."""
    return [told for told, first, words in tried if _can_be_arms(first, words)]


def _can_be_arms(first: Arm, words: Sequence[str]) -> bool:
    arms = [first, *(_named(first, word) for word in words if word != SAME)]
    return len(set(arms)) == len(arms) and all(map(_capturable, arms))


def _either(ways: Sequence[str]) -> str:
    """Several with commas and "or" before the last."""
    return ", or ".join([", ".join(ways[:-1]), ways[-1]]) if len(ways) > 1 else ways[0]


def eager_advice(arms: Sequence[Arm]) -> str:
    """What to measure of a paired session's arms whose model cannot be captured; of a single one `MEASURE_EAGER`."""
    first, others = arms[0], arms[1:]
    graphs = [arm for arm in others if arm.engine == "graph"]
    if first.engine == "graph":
        twins = {replace(arm, engine="eager") for arm in (first, *graphs)}
        again = [word for word, arm in zip(words_of(arms), others, strict=True) if arm in twins]
        without = "".join(f", without --against {word}" for word in again)
        return f"{MEASURE_EAGER.removesuffix('.')}{without}."
    if graphs == [replace(first, engine="graph")]:
        return "Leave out --against graph."
    return "Leave out every --against that names graph."


def baseline_first(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """The arms with the fp16 of the first one's engine before it, where that is among them.

    "Against fp16" means that fp16 is the baseline: the first arm is what all ratios are over.
    """
    base = replace(arms[0], quantization=BASELINE)
    if arms[0] == base or base not in arms:
        return tuple(arms)
    return (base, *(arm for arm in arms if arm != base))


def _option(word: str) -> str:
    """The options that say what a word names."""
    parts = word.split(JOIN)
    named = (("--quant", QUANTIZATIONS), ("--engine", ENGINES))
    return " or ".join(option for option, names in named if any(part in names for part in parts))


def _named(first: Arm, word: str) -> Arm:
    arm, parts = first, word.split(JOIN)
    for names, what in ((QUANTIZATIONS, "quantization"), (ENGINES, "engine")):
        if sum(part in names for part in parts) > 1:
            raise UsageError(f"--against {word} names more than one {what}.", "An arm has one of each.")
    for part in parts:
        if part in QUANTIZATIONS:
            arm = replace(arm, quantization=part)
        elif part in ENGINES:
            arm = replace(arm, engine=part)
        else:
            alone = [SAME] if len(parts) == 1 else []
            near = get_close_matches(part.lower(), [*QUANTIZATIONS, *ENGINES, *alone], n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}? " if near else ""
            known = ", ".join([*QUANTIZATIONS, *ENGINES])
            raise UsageError(
                f"--against does not know {part!r}.",
                f"{hint}Name one of {known}, two joined by {JOIN!r}, or {SAME!r}: the first arm once more.",
            )
    return arm


def words_of(arms: Sequence[Arm]) -> list[str]:
    """The words that `arms_against` makes these arms of, from the first; what no word can name is not told."""
    first, *others = arms
    out = []
    for arm in others:
        parts = [arm.quantization] if arm.quantization != first.quantization else []
        parts += [arm.engine] if arm.engine != first.engine else []
        out.append(JOIN.join(parts) or SAME)
    return out


def between(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """What differs from either of two in one thing alone, where they differ in both; none where they do not.

    First what has the engine of the other. What no arm can be, as a graph of what cannot be captured, is left out.
    """
    if a[0] == b[0] or a[1] == b[1]:
        return ()
    return tuple(kind for kind in ((a[0], b[1]), (b[0], a[1])) if _can_be(kind))


def bridged(kinds: Sequence[Kind], most: int) -> list[Kind]:
    """Those that are missing for each kind to be held against the first by what differs in one thing alone.

    No more of them than make `most` arms in all.
    """
    first, *others = kinds
    missing: list[Kind] = []
    for other in others:
        found = between(first, other)
        if found and not any(kind in (*others, *missing) for kind in found):
            missing.append(found[0])
    return missing[: max(most - len(kinds), 0)]


def _can_be(kind: Kind) -> bool:
    return kind[0] in QUANTIZATIONS and kind[1] in ENGINES and (kind[1] != "graph" or captured(kind[0]))

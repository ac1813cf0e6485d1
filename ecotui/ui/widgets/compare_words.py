"""What Compare says in sentences: the verdict first, then the ablation, and what the arms differ in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from ecotui.analysis.between import kind_of
from ecotui.analysis.between import words as way_words
from ecotui.analysis.compare_rows import block_words, detail_words, quality_sentences
from ecotui.analysis.comparison import Comparison
from ecotui.analysis.contrast import Contrast
from ecotui.analysis.guard import FACTS, Finding
from ecotui.analysis.paired import UNITS
from ecotui.analysis.quality import NOT_MEASURED
from ecotui.analysis.quality_pairs import PURE, caution
from ecotui.analysis.red_once import red_once, warnings_beside
from ecotui.analysis.verdict import DEPENDS, EQUIVALENT, LESS, MORE, NONE, UNDECIDED
from ecotui.core.against import Kind, bridged
from ecotui.core.labels import short_labels
from ecotui.core.plan import MOST_ARMS
from ecotui.core.units import counted
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets import compare_names as names

ROLES = {LESS: "good", MORE: "bad", EQUIVALENT: "text", UNDECIDED: "warn", DEPENDS: "warn", NONE: "warn"}
TOGETHER = re.compile(r"((×\S+|[+-]\S+ [%J]) )?\[[^\]]*\]")
"""A ratio or a difference and its interval, which no line's end parts."""
OTHERS = "{compare.out|d} takes a run out, {compare.history|h} goes back to choose others."
ACCOUNTING = "The sign of the difference depends"
"""How a caution begins that tells single percentages: the verdict and the ratios tell the same with intervals."""


def refused_rows(comparison: Comparison, again: bool, width: int) -> Iterator[Content]:
    """Why no difference is shown at all, and what to do."""
    reason = names.with_glyphs(comparison.refusal or "", comparison.runs)
    for line in lines_of(f"■ Not compared. {reason}", width):
        yield ink(line, "warn", bold=True)
    others = keyed(OTHERS)
    yield from (ink(line) for line in lines_of(f"{way_out(comparison)} {others}" if again else others, width))
    yield Content("")


def way_out(comparison: Comparison) -> str:
    """What to do where nothing can be said; the key starts that session, with what the guard misses between arms."""
    some = "both" if len(comparison.runs) == 2 else "all"
    anew = "again " if len({run.session_id for run in comparison.runs}) == 1 else ""
    more = bridged([kind_of(run) for run in comparison.runs], MOST_ARMS)
    added = f", {' and '.join(map(_kind_words, more))} among them" if more else ""
    return keyed(f"The way out: run {some} {anew}in one session{added}: press {{compare.again|a}}.")


def _kind_words(kind: Kind) -> str:
    quantization, engine = kind
    return quantization if engine == "eager" else f"{quantization} {engine}"


def lines_of(text: str, width: int, indent: str = "") -> list[str]:
    """The text in lines, in which an interval stays with its ratio."""
    kept = TOGETHER.sub(lambda it: it.group().replace(" ", "\N{NO-BREAK SPACE}"), text)
    found = wrap(kept, width, subsequent_indent=indent)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in found]


def verdict_rows(comparison: Comparison, again: bool, width: int) -> Iterator[Content]:
    """A candidate's glyph, its word in capitals, why, and a drift; what forbids several of them is said once."""
    said: set[str] = {""}
    for place, one in enumerate(comparison.contrasts, 1):
        word = one.verdict.word
        lead = f"{ARM_GLYPHS[place]} {word.upper()}"
        drift = one.verdict.drift
        why = names.with_glyphs(_why(one, said).removesuffix(drift).rstrip(), comparison.runs)
        lines = lines_of(f"{lead}  {why}", width, "  ")
        yield Content.assemble(ink(lead, ROLES[word], bold=True), ink(lines[0][len(lead) :]))
        yield from (ink(line) for line in lines[1:])
        drifted = lines_of(f"  {names.with_glyphs(drift, comparison.runs)}", width, "  ") if drift else ()
        yield from (ink(line, "warn") for line in drifted)
        if others := comparison.instead[place - 1]:
            told = names.with_glyphs(f"The way out: {way_words(others, comparison.runs)}", comparison.runs)
            yield from (ink(line, "muted") for line in lines_of(f"  {told}", width, "  "))
        costs = _cost(one)
        if costs not in said:
            said.add(costs)
            yield from (ink(line, "warn") for line in lines_of(f"  {costs}", width, "  "))
    stuck = zip(comparison.contrasts, comparison.instead, strict=True)
    if again and any(one.verdict.word == NONE and not others for one, others in stuck):
        yield from (ink(line, "muted") for line in lines_of(f"  {way_out(comparison)}", width))


def _cost(one: Contrast) -> str:
    """What never leaves a saving alone where no accuracy was measured, nor any ratio of int8-pure; else empty.

    A verdict's own sentence says so too, without the risk of int8-pure.
    """
    pure = PURE in (one.baseline.quantization, one.candidate.quantization)
    less = any(it.ratio is not None and it.ratio.value < 1 for it in one.accounts.each)
    whole = not one.verdict.reasons or one.verdict.word == DEPENDS
    told = whole and NOT_MEASURED in one.verdict.text.lower()
    return caution(one.baseline, one.candidate, one.quality) if pure or (less and not told) else ""


def _why(one: Contrast, said: set[str]) -> str:
    it = one.verdict
    if not it.reasons:
        return it.text[len(it.word) :].lstrip(": ") if it.text.upper().startswith(it.word.upper()) else it.text
    if it.word == DEPENDS:
        return it.text.removeprefix("The sign depends on the accounting").lstrip(" :")
    first = next((reason for reason in it.reasons if reason not in said), it.reasons[0])
    said.add(first)
    more = len(it.reasons) - 1
    return first + (f" And {more} more below." if more else "")


def sentence_rows(comparison: Comparison, width: int) -> Iterator[Content]:
    """The ablation in words with its detail, what differs, and what else a reader has to know."""
    called = dict(zip((run.run_id for run in comparison.runs), short_labels(comparison.runs), strict=True))
    for place, one in enumerate(comparison.contrasts, 1):
        yield from _sentence(f"{ARM_GLYPHS[place]} ", one.sentence, f"arm-{place}", width)
        if one.accounts.depends and not one.verdict.accountings:
            ids = one.candidate.run_id, one.baseline.run_id
            yield from _sentence("  ", names.with_glyphs(one.accounts.sentence(*ids), comparison.runs), "warn", width)
        if detail := detail_words(one, it_is(one), lambda run: called[run.run_id]):
            yield from _sentence("  ", detail, "muted", width, "muted")
        if blocks := block_words(one):
            yield from _sentence("  ", blocks, "muted", width, "muted")
    for text in quality_sentences(comparison):
        yield from _sentence("  ", names.with_glyphs(text, comparison.runs), "muted", width)
    yield Content("")
    yield from differs_rows(comparison, width)
    for sentence in warnings_beside(comparison):
        if not sentence.startswith(ACCOUNTING):
            yield from _sentence("! ", names.with_glyphs(sentence, comparison.runs), "warn", width)


def differs_rows(comparison: Comparison, width: int) -> Iterator[Content]:
    """ "differs in: quantization (declared) · nothing else", and the red list: what forbids a verdict, in red."""
    forbidden = any(finding.forbids for one in comparison.contrasts for finding in one.red)
    legend = "   (✖ forbids a verdict)" if forbidden else ""
    yield from _sentence("", differs_words(comparison) + legend, "text", width)
    for finding in red_once(comparison):
        lead, role = ("✖ ", "bad") if finding.forbids else ("! ", "warn")
        yield from _sentence(lead, names.with_glyphs(finding.text, comparison.runs), role, width, role)


def differs_words(comparison: Comparison) -> str:
    """What the arms are compared in, and what else they differ in."""
    factors = list(dict.fromkeys(name for one in comparison.contrasts for name in one.factor))
    known = {fact.name for fact in FACTS}
    found: list[Finding] = [f for one in comparison.contrasts for f in one.red if f.name in known]
    other = [name for name in dict.fromkeys(f.name for f in found) if name not in factors]
    declared = [f"{names.SIGNS.get(name, name)} (declared)" for name in factors]
    rest = [names.SIGNS.get(name, name.replace("_", " ").removesuffix(" version")) for name in other]
    return f"differs in: {' · '.join([*declared, *(rest or ['nothing else' if declared else 'nothing'])])}"


def it_is(one: Contrast) -> str:
    """What the interval is made of."""
    count = one.energy.blocks if one.energy else 0
    if (held := one.population.sessions) is not None:
        counts = dict.fromkeys(str(len(it.ids)) for it in held)
        return f"{one.evidence}, {' and '.join(counts)}"
    return f"{one.evidence}, {counted(count, UNITS[one.evidence])}"


def _sentence(lead: str, text: str, role: str, width: int, words: str = "text") -> Iterator[Content]:
    for place, line in enumerate(lines_of(text, max(width - len(lead), 20))):
        yield Content.assemble(ink(lead if place == 0 else " " * len(lead), role, bold=True), ink(line, words))

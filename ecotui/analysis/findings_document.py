"""Findings as a report: a section each, with its sentence, limits, table and figure."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.analysis.finding import KEYS, Finding, left_out_words
from ecotui.core.document import Document, Section, joules

METHOD = (
    "Laws are ordinary least squares on logarithms with Student's t intervals; a crossing has Fieller's interval. "
    "Ratios of arms that took turns in one session have intervals by block; others are Welch's on logarithms and "
    "weaker; published figures have none. Runs of different boards, engines or lengths never stand in one fit, and "
    "simulated ones never beside measured ones."
)


def findings_document(
    found: Sequence[Finding], title: str = "Findings", facts: Sequence[tuple[str, str]] = ()
) -> Document:
    """The report of some findings.

    facts: machine, versions, date and the like, as name and value.
    """
    simulated = [it for it in found if it.kind == "simulated"]
    return Document(
        title,
        _summary(found),
        (*map(_section, found), _limits(bool(found) and len(simulated) == len(found))),
        tuple(facts),
        bool(simulated),
        tuple(map(_heading, simulated)) if len(simulated) < len(found) else (),
    )


def _heading(it: Finding) -> str:
    return f"{KEYS[it.key]}: {it.subject}"


def _summary(found: Sequence[Finding]) -> str:
    if not found:
        return "No finding: no two runs and no published rows can stand together."
    settled = sum(it.determined for it in found)
    boards = len({it.subject.split(" · ")[0] for it in found})
    return (
        f"{len(found)} findings on {boards} board{'s' * (boards != 1)}; {settled} are determined by their points, "
        f"{len(found) - settled} are not."
    )


def _section(it: Finding) -> Section:
    paragraphs = [it.sentence, *it.caveats, left_out_words(it)]
    return Section(
        _heading(it),
        tuple(text for text in paragraphs if text),
        (it.sheet,),
        () if it.figure.empty else (it.figure,),
        it.kind == "simulated",
    )


def _limits(simulated: bool) -> Section:
    return Section("Method and limits", (METHOD, joules(simulated)))

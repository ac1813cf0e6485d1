"""What a run did not pass after its windows stands beside every figure that is made of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ecotui.analysis.compare_facts import clock_words
from ecotui.analysis.compare_markdown import comparison_markdown
from ecotui.analysis.compare_rows import lines, sentences
from ecotui.analysis.comparison import Comparison, compare, to_dict
from ecotui.analysis.guard import red_list
from ecotui.analysis.not_passed import not_passed, stability_words
from ecotui.analysis.report_comparison import comparison_document, contrast_words
from ecotui.analysis.verdict import NONE
from ecotui.cli.comparing import judged
from ecotui.core.rows import RunRow
from ecotui.store.home import Home, default_samples
from ecotui.store.store import Store
from tests.analysis.made import SWAY, run, windows

DRIFTED = {"power_halves_pct": -9.99, "trend_p": 0.0004}
SCATTERED = {"throughput_cv_pct": 18.2, "power_cv_pct": 6.8}
MOVED = "idle power moved from 127.3 W before to 123.7 W after the windows, ± 2 % of the energy net of it"
REMARKS = (
    "power of the second half is -9.99 % off the first (gate 0.5 %); energy per token follows a trend (Mann-Kendall "
    f"p = 0.0004); throughput varies by 18.2 % over windows (gate 2 %); {MOVED}"
)
HALVES = "power of the second half -9.99 % off the first (gate 0.5 %)"
TREND = "energy per token follows a trend (p 0.0004)"
NF4 = "20261122-080938-b6bc.3"
SAMPLES = tuple(f"20261122-080938-b6bc.{arm}" for arm in range(4))
CAPPED = "20261122-082529-b1db.0"


def bad(name: str, **facts: object) -> RunRow:
    return run(name, 100.0, 240.0, quantization="nf4", remarks=REMARKS, **DRIFTED | SCATTERED | facts)


def against(other: RunRow, *, per_block: int | None = 2) -> Comparison:
    base = run("a")
    return compare([base, other], {it.run_id: windows(it, SWAY, per_block=per_block) for it in (base, other)})


def stored() -> Store:
    """A machine that has the samples alone."""
    return Store(Home(Path("/nonexistent")), default_samples())


@cache
def samples(*run_ids: str) -> Comparison:
    store = stored()
    return compare([store.find(it).row for it in run_ids], {it: store.windows(it) for it in run_ids})


def test_what_columns_tell_is_told_once_and_the_rest_of_the_remarks_beside_it() -> None:
    cvs = "throughput varies by 18.2 % (gate 2 %)", "power varies by 6.8 % (gate 5 %)"
    assert not_passed(bad("b")) == (HALVES, TREND, *cvs, MOVED)
    assert not_passed(run("b", power_halves_pct=0.5, trend_p=0.01, throughput_cv_pct=2.0, power_cv_pct=5.0)) == ()
    assert not_passed(run("b", trend_p=0.0, windows=5)) == ()


def test_that_a_run_was_unstable_before_its_windows_is_no_check_after_them() -> None:
    unstable = run("b", stability="UNSTABLE", remarks=f"UNSTABLE: up to 6.55 % may still come (gate 0.5 %); {MOVED}")
    assert not_passed(unstable) == (MOVED,) and stability_words(unstable) == "UNSTABLE, 1 not passed"
    assert (stability_words(run("b")), stability_words(bad("b"))) == ("stable", "stable, 5 not passed")


def test_the_remarks_of_every_sample_are_all_told_and_none_twice() -> None:
    for each in stored().runs():
        row = each.row
        remarks = [it for it in (row.remarks or "").split("; ") if it and not it.startswith("UNSTABLE")]
        assert len(not_passed(row)) == len(remarks), row.run_id


def test_text_markdown_and_json_name_it_once_a_run_and_the_verdict_of_runs_that_took_turns_stays() -> None:
    it = against(bad("b"))
    told = [text for _, text in sentences(it) if "did not pass after its windows" in text]
    assert told == [f"to know: ◆ nf4 did not pass after its windows: {'; '.join(not_passed(bad('b')))}."]
    assert {line.label: line.values for line in lines(it)}["stability"] == ("stable", "stable, 5 not passed")
    assert "\n".join(comparison_markdown(it)).count("did not pass after its windows") == 1
    first, second = to_dict(it)["runs"]
    assert (first["not_passed"], second["not_passed"][0], second["stability"]) == ([], HALVES, "stable")
    assert it.contrasts[0].verdict.word == "more" and "DRIFT" not in it.contrasts[0].verdict.text


@pytest.mark.parametrize("facts", [{"power_halves_pct": 0.1}, {"trend_p": 0.3}, {}])
def test_between_runs_that_took_no_turns_a_drift_stands_in_the_verdicts_own_sentence(facts: dict[str, object]) -> None:
    it = against(bad("b", **facts), per_block=None)
    (contrast,) = it.contrasts
    shown = [text for name, text in (("power_halves_pct", HALVES), ("trend_p", TREND)) if name not in facts]
    drift = f"A DRIFT was seen in s.b: {', '.join(shown)}."
    assert contrast.evidence == "unpaired" and contrast.verdict.drift == drift
    assert contrast.verdict.word == "more" and contrast.verdict.text.endswith(drift)
    assert to_dict(it)["contrasts"][0]["drift"] == drift


def test_a_gate_of_runs_that_took_no_turns_tells_their_drift_beside_its_word() -> None:
    apart, turns = (judged(against(bad("b"), per_block=blocks), 2.0) for blocks in (None, 2))
    assert apart["word"] == turns["word"] == "FAILED"
    assert apart["text"].endswith(f"A DRIFT was seen in s.b: {HALVES}, {TREND}.") and "DRIFT" not in turns["text"]


def test_a_scatter_alone_is_no_drift() -> None:
    scattered = bad("b", power_halves_pct=0.1, trend_p=0.3)
    assert against(scattered, per_block=None).contrasts[0].verdict.drift == ""


@pytest.mark.parametrize(
    ("facts", "word"), [({"rate": 45.0, "power": 108.0}, "depends on accounting"), ({"session_id": "t"}, NONE)]
)
def test_a_drift_stands_beside_a_verdict_that_there_is_none_and_is_no_reason_of_its_own(
    facts: dict[str, Any], word: str
) -> None:
    (contrast,) = against(run("b", quantization="nf4", **DRIFTED, **facts), per_block=None).contrasts
    assert contrast.verdict.word == word
    assert contrast.verdict.text.endswith(f"A DRIFT was seen in s.b: {HALVES}, {TREND}.")
    assert not any("DRIFT" in reason for reason in contrast.verdict.reasons)
    assert "A DRIFT was seen in s.b" in contrast_words(contrast)


def test_the_nf4_sample_that_drifted_says_so_in_the_figures_and_below_the_verdicts() -> None:
    it = samples(*SAMPLES)
    assert {line.label: line.values for line in lines(it)}["stability"][3] == "stable, 5 not passed"
    (told,) = [text for kind, text in sentences(it) if kind == "red" and "■ nf4 did not pass" in text]
    assert HALVES in told and TREND in told and "throughput varies by 18.2 % (gate 2 %)" in told and MOVED in told


@pytest.mark.parametrize("about", ["The temperatures at the start differ", "The windows' lengths differ"])
def test_a_difference_that_forbids_nothing_is_said_once_with_all_arms(about: str) -> None:
    (told,) = [text for _, text in sentences(samples(*SAMPLES)) if about in text]
    if "temperatures" in about:
        assert told.endswith(": ● fp16 47 °C, ◆ int8 41 °C, ▲ int8-pure 38 °C, ■ nf4 39 °C.")
    assert all(glyph in told for glyph in "●◆▲■")


def test_the_report_has_each_difference_once_with_the_candidates_that_it_concerns() -> None:
    document = comparison_document(stored(), SAMPLES)
    section = next(it for it in document.sections if it.heading == "What else differs")
    (sheet,) = section.sheets
    texts = [str(row[2]) for row in sheet.rows]
    assert len(texts) == len(set(texts)) and sum("temperatures at the start" in text for text in texts) == 1
    (row,) = [row for row in sheet.rows if "nf4 did not pass" in str(row[2])]
    assert str(row[0]).startswith("nf4") and HALVES in str(row[2])
    assert not [text for text in section.paragraphs if "temperatures" in text or "did not pass" in text]
    (trust,) = next(it for it in document.sections if it.heading == "How far to trust it").sheets
    assert trust.rows[3][trust.columns.index("stability")] == "stable, 5 not passed"


def test_a_power_cap_has_its_share_of_the_windows_time_beside_it() -> None:
    row = stored().find(CAPPED).row
    assert clock_words(row) == "power cap for at most 5.1 % of its windows' time"
    free = replace(row, run_id="s.b", clock_event_reasons=0)
    (told,) = [f.text for f in red_list(row, free) if f.name == "clock_events"]
    assert told.startswith("The clock events differ: power cap for at most 5.1 % of its windows' time, none;")


def test_the_clock_events_of_a_run_are_of_its_own_windows() -> None:
    store = stored()
    seen = {it.window: it.clock_event_reasons for it in store.windows(CAPPED)}
    assert [window for window, bits in seen.items() if bits] == [5, 6]
    beside = [store.find(f"{CAPPED[:-1]}{arm}").row.clock_event_reasons for arm in (1, 2, 3)]
    assert beside == [0, 0, 0]

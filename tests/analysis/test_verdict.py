"""Verdicts: by the whole interval against the band that was declared, and none where there may be none."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.analysis.compare_rows import detail_words
from ecotui.analysis.comparison import compare, to_dict
from ecotui.analysis.contrast import Contrast
from ecotui.analysis.effects import holm
from ecotui.analysis.paired import Ratio, of_logs
from ecotui.analysis.verdict import times, word_of
from ecotui.core.rows import RunRow
from ecotui.core.units import percent
from tests.analysis.made import SWAY, run, windows

IDLE_W = {"RTX 5090": 22.0, "RTX 4090D": 17.0, "A800": 65.0}
"""What the study says that it subtracted."""
LABELS = {"FP16": "fp16", "NF4": "nf4", "INT8_default": "int8", "INT8_pure": "int8-pure"}


def published() -> dict[tuple[str, str, int], list[RunRow]]:
    """The published rows by GPU, model and batch size, FP16 first."""
    found: dict[tuple[str, str, int], list[RunRow]] = {}
    text = Path(__file__).with_name("published.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        key = row["gpu"], row["model"], int(row["batch_size"])
        facts = {"quantization": LABELS[row["config"]], "idle_bare_w": IDLE_W[row["gpu"]], "idle_context_w": None}
        rate, power = float(row["throughput_tok_s"]), float(row["power_w"])
        found.setdefault(key, []).append(
            run(f"{LABELS[row['config']]}-{'-'.join(map(str, key))}", rate, power, **facts)
        )
    return found


def contrast(candidate: RunRow, sway: tuple[float, ...] = SWAY, **of: object) -> Contrast:
    """A candidate against a baseline of 200 W at 100 tok/s, five blocks of one session."""
    base = run("a")
    ours = {base.run_id: windows(base, SWAY), candidate.run_id: windows(candidate, sway)}
    (one,) = compare([base, candidate], ours, **of).contrasts  # type: ignore[arg-type]
    return one


def test_exactly_five_of_the_twenty_published_pairs_depend_on_the_accounting() -> None:
    pairs = [
        (key, one)
        for key, rows in published().items()
        for other in rows[1:]
        for one in compare([rows[0], other], {}).contrasts
    ]
    assert len(pairs) == 20
    flips = {(*key, one.candidate.quantization) for key, one in pairs if one.accounts.depends}
    assert flips == {
        ("RTX 4090D", "Yi-1.5-6B", 1, "int8-pure"),
        ("RTX 4090D", "Mistral-7B", 1, "int8-pure"),
        ("RTX 4090D", "Phi-3-mini", 1, "nf4"),
        ("A800", "Mistral-7B", 1, "int8-pure"),
        ("A800", "Mistral-7B", 8, "int8-pure"),
    }
    assert not any(one.verdict.decided for _, one in pairs)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.60, 0.62, "less"),
        (1.021, 1.2, "more"),
        (0.981, 1.019, "equivalent"),
        (0.97, 1.0, "undecided"),
        (0.9, 0.981, "undecided"),
        (0.5, 2.0, "undecided"),
        (1.001, 1.019, "equivalent"),
    ],
)
def test_the_word_goes_by_the_whole_interval(low: float, high: float, word: str) -> None:
    assert word_of(Ratio((low * high) ** 0.5, low, high, 5)) == word


def test_without_an_interval_nothing_is_decided() -> None:
    assert word_of(None) == word_of(of_logs([0.5])) == "undecided"


def test_less_energy_is_said_with_its_interval_and_the_band() -> None:
    it = contrast(run("b", 180.0, 190.0, quantization="nf4"), tuple(reversed(SWAY)))
    assert it.verdict.word == "less" and it.verdict.decided and it.evidence == "paired"
    assert it.verdict.text.startswith("LESS energy a token: ×0.528 [0.52")
    assert it.verdict.text.endswith("gross, beyond the band of ±2 %. Quality not measured.")


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (1.001, 0.996, 1.006, "×1.001 [0.996, 1.006]"),
        (1.0004, 0.99996, 1.02, "×1.00040 [0.99996, 1.02000]"),
        (1.0004, 0.87, 1.15, "×1.00 [0.87, 1.15]"),
        (1.86, 1.84, 1.88, "×1.86 [1.84, 1.88]"),
        (1.0, 0.98, 1.02, "×1.00 [0.98, 1.02]"),
        (1.0, 1.0, 1.0, "×1.0000 [1.0000, 1.0000]"),
    ],
)
def test_no_end_of_an_interval_reads_as_one_without_being_it(value: float, low: float, high: float, told: str) -> None:
    assert times(Ratio(value, low, high, 5)) == told


def test_the_ablation_is_read_in_words() -> None:
    base = run("a", 50.0, 300.0, quantization="int8", decomposition="exercised", outlier_columns_decode=5.12)
    other = run("b", 93.0, 340.0, quantization="int8-pure")
    jitter = (1.0, 1.04, 0.98, 1.01, 0.97, 1.0, 1.03, 0.98, 1.03, 0.98)
    (it,) = compare([base, other], {base.run_id: windows(base, SWAY), other.run_id: windows(other, jitter)}).contrasts
    assert it.sentence.startswith("int8-pure against int8: throughput ×1.86")
    assert ", energy ×0.61 [0.60, 0.62], gross;" in it.sentence
    assert it.sentence.endswith("; decomposition exercised, 5.1 outlier columns a layer")


def test_a_sign_of_accounting_is_said_instead_of_a_verdict() -> None:
    it = contrast(run("b", 60.0, 140.0, quantization="int8"))
    assert it.verdict.word == "depends on accounting" and not it.verdict.decided
    assert "The sign depends on the accounting (it turns at an idle power of 50.0 W; measured: 70.0 to 120.0 W)" in (
        it.verdict.text
    )
    assert "s.b +16.7 % [+16.7, +16.7] gross, -58.3 % [-58.5, -58.2] net of context idle" in it.verdict.text
    assert "-10.3 % [-10.3, -10.2] net of bare idle, against s.a." in it.verdict.text


def test_a_gross_difference_that_is_noise_is_undecided_though_the_nets_point_the_other_way() -> None:
    sway = (1.0, 1.0, 1.05, 1.05, 0.95, 0.95, 1.04, 1.04, 0.97, 0.97)
    it = contrast(run("b", 60.0, 124.0, quantization="int8"), sway)
    gross, *nets = it.accounts.each
    assert gross.sign == 1 and not gross.shown and any(net.shown and net.sign == -1 for net in nets)
    assert it.verdict.word == "undecided" and not it.verdict.reasons and it.verdict.accountings
    assert it.verdict.text.startswith(f"UNDECIDED: {times(gross.ratio)} gross is neither within the band")
    assert (
        "By point estimates alone the sign depends on the accounting (it turns at an idle power of " in it.verdict.text
    )
    assert " net of context idle, " in it.verdict.text and it.verdict.text.endswith("Quality not measured.")


def test_a_break_even_within_the_error_of_the_measured_idle_power_is_no_verdict_either() -> None:
    near = run("b", 60.0, 168.4, quantization="int8", idle_context_sd_w=2.0)
    it = contrast(near)
    assert {one.sign for one in it.accounts.each} == {1}
    assert it.accounts.break_even_w == pytest.approx(121.0, abs=0.1)
    assert it.accounts.depends and it.verdict.word == "depends on accounting"
    assert not contrast(replace(near, idle_context_sd_w=0.5)).accounts.depends


def test_equal_arms_are_equivalent_whatever_the_sign_of_their_noise() -> None:
    it = contrast(run("b", 100.0, 200.02), tuple(reversed(SWAY)))
    assert it.verdict.word == "equivalent" and not it.accounts.depends


def test_a_wide_interval_is_undecided_and_says_how_many_blocks_would_settle_it() -> None:
    wild = (1.0, 1.0, 1.2, 1.2, 0.8, 0.8, 1.15, 1.15, 0.9, 0.9)
    it = contrast(run("b", 100.0, 210.0, quantization="nf4"), wild)
    assert it.verdict.word == "undecided" and "blocks in all at this spread would settle the verdict" in it.verdict.text


def test_blocks_that_would_settle_the_verdict_are_told_apart_from_those_that_an_interval_needs() -> None:
    wild = (1.0, 1.0, 1.2, 1.2, 0.8, 0.8, 1.15, 1.15, 0.9, 0.9)
    it = contrast(run("b", 100.0, 300.0, quantization="nf4"), wild)
    assert it.energy is not None and it.energy.low is not None and it.energy.low > 1.02, "beyond the band"
    assert "beyond the band already" in detail_words(it) and "interval" not in detail_words(it)
    it = contrast(run("b", 100.0, 210.0, quantization="nf4"), wild)
    assert it.energy is not None and re.search(r" blocks in all .* settle the verdict", it.verdict.text)
    assert f" · interval ±{percent(it.energy.half_pct)} · about " in detail_words(it)
    assert re.search(r"interval ±\d+\.\d % · about \d+ blocks to ±2 % · ", detail_words(it))


def test_below_five_windows_an_arm_there_is_no_verdict() -> None:
    base, other = run("a", windows=4), run("b", 180.0, 190.0, windows=4, quantization="nf4")
    (it,) = compare([base, other], {r.run_id: windows(r, SWAY[:4]) for r in (base, other)}).contrasts
    assert it.verdict.word == "undecided" and "Undecided below 5 windows an arm" in it.verdict.text
    assert it.energy is not None and it.energy.low is not None


def test_separate_runs_of_one_session_have_the_weaker_interval_and_say_so() -> None:
    base, other = run("a"), run("b", 180.0, 190.0, quantization="nf4")
    (it,) = compare([base, other], {r.run_id: windows(r, SWAY, per_block=None) for r in (base, other)}).contrasts
    assert it.evidence == "unpaired" and it.verdict.word == "less"
    assert "weaker evidence: the runs did not take turns" in it.verdict.text
    assert "(weaker evidence: they did not take turns)" in it.sentence
    assert it.detail.detectable_pct is not None and detail_words(it).startswith("could find 0.2 % and more")


def test_separate_sessions_have_no_verdict_until_there_are_three_of_each() -> None:
    base = run("a", run_id="t.0", session_id="t")
    other = run("b", 180.0, 190.0, quantization="nf4")
    ours = {r.run_id: windows(r, SWAY, per_block=None) for r in (base, other)}
    (it,) = compare([base, other], ours).contrasts
    assert it.verdict.word == "not comparable" and it.detail.sessions[0].spread_pct is None
    more = [replace(r, run_id=f"{s}.{r.run_id}", session_id=s + r.session_id) for s in "uv" for r in (base, other)]
    scaled = [
        replace(r, energy_gross_j_per_1k_tokens=(r.energy_gross_j_per_1k_tokens or 0) * (1 + i / 100))
        for i, r in enumerate(more)
    ]
    (known,) = compare([base, other], ours, stored=scaled).contrasts
    assert known.verdict.word == "less" and known.evidence == "sessions"
    assert "by the means of separate sessions" in known.verdict.text
    assert known.energy is not None and known.energy.blocks == 3
    assert known.detail.sessions[0].spread_pct is not None
    assert all(
        f"({', '.join(each.ids)})" in detail_words(known) and len(each.ids) == 3 for each in known.detail.sessions
    )
    assert known.detail.detectable_pct is not None and it.detail.detectable_pct is not None
    assert known.detail.detectable_pct > 2 * it.detail.detectable_pct, "sessions spread more than windows"
    told = "Every ratio is one of the means of 3 and 3 sessions; the figures beside it are those of the two runs."
    assert any(f.text == told for f in known.red)


def test_secondary_contrasts_are_adjusted_by_holm_and_the_first_is_not() -> None:
    runs = [
        run("a"),
        *(run(q, 100.0, 200.0 + p, quantization=q) for q, p in (("nf4", 9.0), ("int8", 8.0), ("int8-pure", 7.0))),
    ]
    ours = {r.run_id: windows(r, SWAY if r is runs[0] else tuple(reversed(SWAY))) for r in runs}
    first, second, third = compare(runs, ours).contrasts
    assert first.primary and first.p_holm is None
    assert second.p_holm is not None and second.energy is not None and second.energy.p is not None
    ps = [one.energy.p for one in (second, third) if one.energy and one.energy.p is not None]
    assert [second.p_holm, third.p_holm] == pytest.approx(holm(ps))


def test_a_narrow_interval_is_told_with_more_digits() -> None:
    assert times(Ratio(1.861, 1.84, 1.88, 5)) == "×1.86 [1.84, 1.88]"
    assert times(Ratio(1.0002, 0.9991, 1.0013, 5)) == "×1.0002 [0.9991, 1.0013]"
    assert times(None) == "×–" and times(of_logs([0.0])) == "×1.00 [–]"


def test_a_contrast_is_json() -> None:
    base, other = run("a"), run("b", 180.0, 190.0, quantization="nf4", weights="random")
    it = compare([base, other], {r.run_id: windows(r, SWAY) for r in (base, other)})
    (told,) = json.loads(json.dumps(to_dict(it), allow_nan=False))["contrasts"]
    assert told["verdict"] == "not comparable" and told["red_list"][0]["name"] == "weights"
    assert told["energy"]["gross"]["ratio"]["evidence"] == "paired"
    assert told["detail"]["fieller"]["bounded"] is True

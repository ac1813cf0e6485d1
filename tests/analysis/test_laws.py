"""Laws and taxes: agreement with scipy, known truths, and what too few points do not determine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import stats

from ecotui.analysis.carbon import Workload, bill, grid
from ecotui.analysis.crossover import crossing, crossovers
from ecotui.analysis.findings import UNREAD, Finding, Settings, findings
from ecotui.analysis.findings_document import findings_document
from ecotui.analysis.laws import batch_laws, law
from ecotui.analysis.laws_line import line
from ecotui.analysis.pareto import best, choices
from ecotui.analysis.points import Point, gathered
from ecotui.analysis.taxes import decomposition, dequantization
from ecotui.analysis.taxes_pairs import MOST_READ, Intervals, pairs
from ecotui.core.errors import UsageError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.store.published import perplexities, published_rows
from tests.analysis.made import SWAY, run, windows
from tests.analysis.test_points import point


def published() -> list[Point]:
    """The packaged rows."""
    return list(gathered([], published_rows(None)).points)


def sizes(ratios: Sequence[tuple[float, float]], **facts: object) -> list[Point]:
    """fp16 and nf4 of models of so many 10⁹ parameters, nf4 with so many times the energy."""
    made = []
    for i, (billion, ratio) in enumerate(ratios):
        facts |= {"parameters": round(billion * 1e9), "model": f"m{i}"}
        made += [run(f"{i}f", **facts), run(f"{i}q", 50.0, 100.0 * ratio, quantization="nf4", **facts)]
    return [point(row) for row in made]


def test_a_line_and_its_interval_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    x = np.log([1, 2, 4, 8, 16, 32, 64])
    y = 7 - 0.8 * x + rng.normal(0, 0.1, len(x))
    fit, peer = line(x.tolist(), y.tolist()), stats.linregress(x, y)
    assert fit is not None
    assert fit.slope_interval is not None

    half = stats.t.ppf(0.975, len(x) - 2) * peer.stderr
    assert fit.slope == pytest.approx(peer.slope, rel=1e-12)
    assert fit.slope_interval == pytest.approx((peer.slope - half, peer.slope + half), rel=1e-9)
    band = fit.band(0.0)
    assert band is not None
    width = stats.t.ppf(0.975, len(x) - 2) * peer.intercept_stderr
    assert band == pytest.approx((peer.intercept - width, peer.intercept + width), rel=1e-9)


def test_the_published_a800_means_give_an_exponent_of_minus_0_76_and_a_step_that_is_flat_up_to_32() -> None:
    (found,) = [f for f in batch_laws(published()) if "256 new tokens" in f.subject]

    assert found.gist == "batch^−0.76 [−0.85, −0.67]"
    assert "not the −1 of the published claim, which the interval excludes" in found.sentence
    place = found.sheet.columns.index("step_flat_in_batch")
    flags = dict(zip([1, 2, 4, 8, 16, 32, 64], [row[place] for row in found.sheet.rows], strict=True))
    assert flags == {1: True, 2: True, 4: True, 8: True, 16: True, 32: True, 64: False}
    assert (found.facts["step_flat_up_to"], found.facts["host_bound_up_to"]) == (32, None)
    assert "does not grow with batch: host or weights, these figures cannot tell; on the way to 64" in found.sentence
    assert "host-bound" not in found.sentence
    assert found.determined
    assert found.kind == "published"


@pytest.mark.parametrize(
    ("joules", "says"),
    [
        ((100.0, 52.0), "two sizes give no interval"),
        ((100.0, 50.3, 25.2), "whether it is −1 is not determined: three sizes leave one degree of freedom"),
        ((100.0, 60.0, 20.0, 16.0), "too wide to tell −1 from −0.76"),
        ((100.0, 50.0, 25.5, 12.4), "the interval holds the −1 of the published claim"),
    ],
)
def test_the_batch_law_says_no_more_than_its_points(joules: tuple[float, ...], says: str) -> None:
    rows = [run(str(i), 100.0 * 2**i, joules[i] * 2**i, batch_size=2**i) for i in range(len(joules))]
    (found,) = batch_laws([point(row) for row in rows])

    assert says in found.sentence
    assert found.determined is ("the interval holds" in says)


def test_the_scatter_between_runs_of_one_batch_size_is_in_the_interval_and_in_the_picture() -> None:
    def of(scatter: float, turns: int = 2) -> Finding:
        rows = [
            run(f"{b}-{i}", 100.0 * b, 200.0 * b**0.1 * (1 + scatter * (-1) ** i), batch_size=b)
            for b in (1, 2, 4, 8)
            for i in range(turns)
        ]
        (found,) = batch_laws([point(row) for row in rows])
        return found

    def width(it: Finding) -> float:
        return float(it.facts["exponent_high"] or 0) - float(it.facts["exponent_low"] or 0)

    alike, apart = of(0.001), of(0.1)
    assert alike.facts["exponent"] == pytest.approx(apart.facts["exponent"]) == pytest.approx(-0.9)
    assert width(apart) > 50 * width(alike)
    assert "8 runs at 4 batch sizes from 1 to 8" in apart.sentence
    assert "excludes" in alike.sentence and "holds the −1" in apart.sentence
    assert apart.figure.series[0].x == (1, 1, 2, 2, 4, 4, 8, 8)


def test_many_runs_of_few_sizes_make_no_bend_look_certain() -> None:
    bent = dict(zip((1, 2, 4, 8), (100.0, 60.0, 26.0, 16.0), strict=True))
    few, many = (
        law([point(run(f"{b}-{i}", 100.0 * b, j * b, batch_size=b)) for b, j in bent.items() for i in range(turns)])
        for turns in (1, 20)
    )
    assert few is not None and few.fit is not None and many is not None and many.fit is not None

    assert many.fit.slope_interval == pytest.approx(few.fit.slope_interval)


def sweep(quantization: str, model: str = "synthetic:mistral-7b") -> list[RunRow]:
    """Batch 1, 2 and 4 of 64 new tokens, 2,000 J a thousand tokens at batch 1."""
    facts = {"quantization": quantization, "model": model, "new_tokens": 64}
    return [run(str(b), 100.0 * b, 200.0, batch_size=b, **facts) for b in (1, 2, 4)]


@pytest.mark.parametrize(("quantization", "joules"), [("fp16", 4334.0), ("int8", 9602.0)])
def test_a_published_sweep_of_unknown_length_is_drawn_a_thousand_tokens_beside_runs_of_its_shape(
    quantization: str, joules: float
) -> None:
    (found,) = batch_laws([point(row) for row in sweep(quantization)], context=published())
    (other,) = batch_laws([point(row) for row in sweep(quantization, "synthetic:qwen2-7b")], context=published())

    assert found.figure.y.label == "energy a token, gross (J/1k tokens)"
    (a800,) = (s for s in found.figure.series if s.role == "published")
    assert a800.name == f"published: A800 Mistral-7B {quantization}, length not stated"
    assert a800.x == (1.0, 4.0, 8.0) and a800.y[0] == pytest.approx(joules, rel=1e-3)
    assert found.figure.series[0].y[0] == pytest.approx(2000.0)
    assert not [s for s in other.figure.series if s.role == "published"], "another shape's joules say nothing"
    assert other.figure.y.label.endswith("(J a request)")


def test_sweeps_of_other_output_lengths_are_drawn_beside_each_other_a_thousand_tokens() -> None:
    rows = sweep("int8-pure")
    mine = [point(row) for row in rows]
    (apart,) = batch_laws(mine, context=published())
    same = [point(replace(row, new_tokens=256)) for row in rows]
    (alike,) = batch_laws(same, context=[p for p in published() if p.new_tokens])

    assert apart.figure.y.label.endswith("(J/1k tokens)")
    assert apart.figure.series[0].y[0] == pytest.approx(2000.0)
    a800 = next(s for s in apart.figure.series if "256 tokens" in s.name)
    assert a800.y[0] == next(p for p in published() if p.new_tokens and p.batch_size == 1).energy()
    fit = next(s for s in apart.figure.series if s.role == "fit")
    assert fit.y[0] == pytest.approx(2000.0)
    (alone,) = [f for f in batch_laws(published()) if "256 new tokens" in f.subject]
    assert alone.figure.y.label.endswith("(J a request)"), "the other table of the board has no lengths"
    assert alike.figure.y.label.endswith("(J a request)")
    assert alike.figure.series[0].y[0] == pytest.approx(512.0)


def test_a_step_that_reads_the_weights_is_flat_too_but_not_called_host_bound() -> None:
    rows = [run(str(b), 100.0 * b, 200.0, batch_size=b, bound="memory-bound") for b in (1, 2, 4)]
    found = law([point(row) for row in rows])
    assert found is not None

    assert [(s.flat, s.host_bound) for s in found.sizes] == [(True, False)] * 3
    (host,) = batch_laws([point(replace(row, bound="host-bound")) for row in rows])
    assert "by the runs' own account host-bound" in host.sentence
    assert host.facts["host_bound_up_to"] == 4


def test_steps_that_wander_with_their_host_are_called_host_bound_as_far_as_their_runs_are() -> None:
    rows = [run(str(b), 80.0 * b**0.9, 200.0, batch_size=b, bound="host-bound") for b in (1, 2, 4)]
    (always,) = batch_laws([point(row) for row in rows])
    (left,) = batch_laws([point(row) for row in [*rows[:2], replace(rows[2], bound="memory-bound")]])
    (never,) = batch_laws([point(replace(row, bound="memory-bound")) for row in rows])

    assert "of time; by the runs' own account it is host-bound at every size." in always.sentence
    assert "of time; by the runs' own account it is host-bound up to 2." in left.sentence
    assert never.sentence.endswith("% of time.")


def test_a_law_whose_word_on_the_claim_turns_with_the_accounting_says_so_in_every_accounting() -> None:
    # The power above idle grows with the batch, the idle power does not: gross falls as 1/batch, net less steeply.
    steady = [run(str(b), 100.0 * b, 121.0 + 0.5 * b, batch_size=b) for b in (1, 2, 4, 8, 16)]
    apart = [replace(row, energy_gross_j_per_1k_tokens=1000.0 / row.batch_size) for row in steady]
    (gross,), (net,) = (batch_laws([point(row) for row in apart], name) for name in ("gross", "net-context"))
    (alike,) = batch_laws([point(run(str(b), 100.0 * b, 900.0, batch_size=b)) for b in (1, 2, 4, 8)])

    assert "the interval holds the −1" in gross.sentence
    assert "That depends on the accounting: net of context idle the interval excludes −1 (−0." in gross.sentence
    assert "That depends on the accounting: gross the interval holds −1 (−1.00" in net.sentence
    assert "depends on the accounting" not in alike.sentence


def test_a_crossing_of_known_truth_lies_in_its_interval() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        made = [(b, math.exp(-0.3 * math.log(b / 4) + rng.normal(0, 0.03))) for b in (1.1, 1.5, 3.0, 7.0, 14.0)]
        of = sizes(made)
        it = crossing(pairs([p for p in of if p.quantization == "nf4"], [p for p in of if p.quantization == "fp16"]))
        assert it.interval is not None
        held += it.interval[0] <= 4e9 <= it.interval[1]

    assert 180 <= held <= 198


def test_ratios_without_a_slope_determine_no_crossing() -> None:
    (flat,) = crossovers(sizes([(1, 1.1), (3, 1.12), (7, 1.1), (14, 1.11)]))
    (two,) = crossovers(sizes([(1, 1.2), (7, 0.8)]))

    (steep,) = crossovers(sizes([(1, 0.95), (3, 0.8), (7, 0.7), (14, 0.62)]))
    (both,) = crossovers(sizes([(1, 0.99), (3, 1.02), (7, 0.98), (14, 1.01)]))

    assert flat.sentence.endswith("Where it crosses 1 is not determined by these points: all of them lie above 1.")
    assert steep.sentence.endswith("Where it crosses 1 is not determined by these points: all of them lie below 1.")
    assert both.sentence.endswith("is not determined by these points: the slope cannot be told from 0.")
    assert "Two sizes give no interval" in two.sentence
    assert not steep.determined
    assert steep.facts["crossing_parameters"] is None
    assert not flat.determined
    assert not two.determined
    assert flat.facts["crossing_parameters"] is None


def test_the_published_crossing_of_the_rtx_5090_comes_with_its_wide_interval() -> None:
    (found,) = [f for f in crossovers(published()) if f.subject.startswith("RTX 5090")]

    assert found.facts["crossing_parameters"] == pytest.approx(4.6e9, rel=0.01)
    assert found.facts["crossing_low"] == pytest.approx(2.6e9, rel=0.01)
    assert "reaches beyond the sizes measured" in found.sentence
    assert any("layers times launches" in text for text in found.caveats)


def test_a_pair_is_of_one_board_and_its_own_session_first() -> None:
    other = run("9", session_id="t", run_id="t.9", gpu_uuid="GPU-2")
    mine, late = run("0", blocks=5), run("8", session_id="u", run_id="u.8")
    nf4 = run("1", quantization="nf4", blocks=5)
    of = [point(row) for row in (other, late, mine, nf4)]
    (pair,) = pairs(of[3:], of[:3])

    assert (pair.baseline.point_id, pair.evidence) == ("s.0", "paired")
    assert not pairs(of[3:], of[:1])


def test_the_factors_of_dequantization_multiply_to_the_energy() -> None:
    rows = [run("0", blocks=5), run("1", 60.0, 180.0, quantization="nf4", blocks=5)]
    told = {row.run_id: windows(row, SWAY) for row in rows}
    (found,) = dequantization([point(row) for row in rows], Intervals(lambda run_id: told[run_id]))
    row = dict(zip(found.sheet.columns, found.sheet.rows[0], strict=True))

    assert row["energy_ratio"] == pytest.approx(1.5)
    assert row["time_factor"] * row["power_factor"] == pytest.approx(1.5)  # type: ignore[operator]
    assert row["ln_time"] + row["ln_power"] == pytest.approx(row["ln_energy"])  # type: ignore[operator]
    assert row["energy_ratio_low"] is not None
    assert "1 of 1 ratios: paired" in " ".join(found.caveats)


def test_the_decomposition_tax_speaks_of_outlier_columns_only_where_they_vary() -> None:
    def of(columns: Sequence[float]) -> list[Point]:
        made: list[RunRow] = []
        for i, count in enumerate(columns):
            model = f"m{i}"
            made += [
                run(
                    f"{i}a",
                    quantization="int8",
                    model=model,
                    power=200 * math.exp(0.05 * count + 0.001 * (i % 2)),
                    outlier_columns_decode=count,
                ),
                run(f"{i}b", quantization="int8-pure", model=model, outlier_columns_decode=count),
            ]
        return [point(row) for row in made]

    (alike,) = decomposition(of([4.5, 4.6, 4.55]))
    (apart,) = decomposition(of([0.0, 3.0, 6.0, 12.0]))

    assert "how the tax depends on them is not determined by these points" in alike.sentence
    assert "Energy grows by +5." in apart.sentence
    assert alike.determined and apart.determined, "the ratios are known either way"
    assert alike.gist.startswith("energy ×1.2") and alike.gist.endswith(" · by outliers not determined")
    assert "not determined" not in apart.gist
    assert (alike.facts["fitted"], apart.facts["fitted"]) == (False, True)


def test_the_accuracy_that_a_saving_by_threshold_0_gives_up_is_told_as_its_source_has_it() -> None:
    told = {p.config: p.perplexity for p in perplexities() if p.model == "Yi-1.5-6B"}
    grown = 100 * (told["INT8_pure"] / told["FP16"] - 1)
    (found,) = [f for f in decomposition(published()) if f.subject.startswith("RTX 4090D")]
    (text,) = [text for text in found.caveats if "gives the decomposition up" in text]

    assert (
        f"perplexity against fp16 EcoCompute reports +2.5 to +22.7 % on the RTX 4090D, and its own table has "
        f"+{grown:.1f} % for Yi-1.5-6B" in text
    )


def test_the_front_keeps_what_no_other_beats() -> None:
    assert best([1, 2, 3, 2, 1], [5, 4, 6, 4, 7]) == {0, 1, 3}


def test_a_configuration_is_told_by_its_newest_stable_run() -> None:
    def at(day: int, stability: str) -> Point:
        return point(run(str(day), stability=stability, started_at=datetime(2026, 1, day, tzinfo=UTC)))

    some = [at(1, "stable"), at(2, "stable"), at(3, "UNSTABLE")]
    assert [c.point.point_id for c in choices(some)] == ["s.2"]
    assert [c.point.point_id for c in choices([at(3, "UNSTABLE"), at(4, "UNSTABLE")])] == ["s.4"]
    assert [c.point.point_id for c in choices([at(1, "stable"), at(4, "not gated")])] == ["s.1"]


def test_a_bill_is_of_gross_energy_its_grid_and_its_prices() -> None:
    it = bill(point(run("0")), Workload(1000, price_gpu_hour=2.0, price_kwh=0.5, grid="FRA", pue=1.2))

    kwh, hours = 1000 * 2000 * 0.256 / 3.6e6, 1000 * 256 / 100 / 3600
    assert (it.kwh, it.gpu_hours, it.boards) == (pytest.approx(kwh), pytest.approx(hours), 1)
    assert it.money == pytest.approx(2 * hours + 0.5 * 1.2 * kwh)
    assert it.kg_co2e == pytest.approx(kwh * 1.2 * 56 / 1000)
    assert grid("120").g_per_kwh == 120
    with pytest.raises(UsageError, match="Did you mean Germany"):
        grid("germanny")
    with pytest.raises(UsageError, match="--pue must be at least 1"):
        Settings(workload=Workload(pue=0.5)).checked()


def test_findings_become_a_report_with_a_section_each() -> None:
    found = findings(published())
    made = findings_document(found)

    assert len(made.sections) == len(found) + 1
    assert {f.key for f in found} == {"batch-law", "crossover", "decomposition", "dequantization", "quality", "pareto"}
    assert all(len(row) == len(f.sheet.columns) == len(f.sheet.titles) for f in found for row in f.sheet.rows)
    assert len({(f.key, f.subject) for f in found}) == len(found)
    with pytest.raises(UsageError, match="no finding 'luck'"):
        findings([], ["luck"])


def test_windows_of_only_so_many_runs_are_read_and_the_findings_say_so() -> None:
    rows = [run(f"{i}{q}", quantization=q, model=f"m{i}") for i in range(40) for q in ("fp16", "nf4")]
    by_id = {row.run_id: row for row in rows}
    asked: list[str] = []

    def read(run_id: str) -> list[WindowRow]:
        asked.append(run_id)
        return windows(by_id[run_id], SWAY)

    (found,) = findings([point(row) for row in rows], ["dequantization"], windows=read)

    assert len(asked) == MOST_READ
    assert UNREAD in found.caveats
    assert found.sheet.rows[0][4] is not None
    assert found.sheet.rows[-1][4] is None

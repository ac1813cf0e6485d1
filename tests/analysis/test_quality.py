"""Quality beside energy: the words, whose figures stand beside a run, and that no saving is told without them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecotui.analysis import quality
from ecotui.analysis.advice import advise
from ecotui.analysis.compare_rows import lines, sentences
from ecotui.analysis.comparison import compare, to_dict
from ecotui.analysis.export.cells import texts
from ecotui.analysis.export.markdown import sheet_markdown
from ecotui.analysis.export.tables import run_table
from ecotui.analysis.findings import findings
from ecotui.analysis.points import Gathered, Point, gathered, point_of
from ecotui.analysis.quality import RISK
from ecotui.analysis.quality_pairs import cell_alone, sentence
from ecotui.analysis.quality_points import NO_ACCURACY
from ecotui.analysis.quality_runs import Known, Shelf, known, together
from ecotui.analysis.quality_tasks import tasks
from ecotui.analysis.report_comparison import ratio_sheet
from ecotui.analysis.report_quality import NO_ACCURACY as REPORT_NO_ACCURACY
from ecotui.analysis.report_quality import quality_section
from ecotui.analysis.run_words import run_words
from ecotui.core.rows import RunRow
from tests.analysis.made import SWAY, run, windows

TEXT: dict[str, object] = {
    "quality_path": "prefill",
    "quality_text": "embedded",
    "quality_text_sha256": "ab" * 32,
    "quality_tokens": 24_681,
    "quality_bos": False,
    "quality_window": 2048,
    "quality_stride": 512,
    "quality_windows": 12,
    "quality_windows_planned": 12,
}
OVER: dict[str, object] = {
    "perplexity_sliding_ratio": 1.0234,
    "perplexity_sliding_ratio_low": 1.0181,
    "perplexity_sliding_ratio_high": 1.0289,
}
MOVED: dict[str, object] = {
    "kl_nats": 0.01213,
    "kl_low_nats": 0.011,
    "kl_high_nats": 0.0133,
    "agreement_pct": 96.4,
    "agreement_low_pct": 96.1,
    "agreement_high_pct": 96.7,
}
LINE = (
    "perplexity 12.41 (sliding 2,048/512) · ×1.023 [1.018, 1.029] of fp16 · KL 0.0121 nats [0.0110, 0.0133] · "
    "top-1 96.4 % [96.1, 96.7]"
)


def scored(name: str, rate: float = 100.0, /, **facts: object) -> RunRow:
    """A run whose quality is known; fp16 is what the others are held against."""
    figures = {} if facts.get("quantization", "fp16") == "fp16" else OVER | MOVED
    return run(name, rate, 200.0, **{"perplexity_sliding": 12.41, **TEXT, **figures, **facts})


def bare(row: RunRow, **facts: object) -> RunRow:
    """The same run without quality, as another session's."""
    columns = dict.fromkeys((*TEXT, *OVER, *MOVED, "perplexity_sliding"))
    return replace(row, **{"session_id": "t", "run_id": f"t.{row.run_id}", **columns, **facts})  # type: ignore[arg-type]


def test_the_line_has_every_figure_with_its_interval() -> None:
    assert quality.line(scored("1", quantization="nf4")) == LINE
    assert quality.line(run("1")) == "quality not measured"


def test_a_scoring_that_was_broken_off_never_takes_the_place_of_a_whole_one_nor_stands_beside_it() -> None:
    whole = scored("1", quantization="nf4")
    broken = {"quality_windows": 0, "quality_windows_planned": None, "started_at": datetime(2027, 1, 1, tzinfo=UTC)}
    part = scored("2", quantization="nf4", session_id="later", **broken)
    assert quality.is_partial(part) and not quality.is_partial(whole)
    assert quality.told(part).endswith("of a part of the text")
    beside = known(bare(whole), (part, whole))
    assert beside is not None and beside.run is whole
    fp16 = scored("0")
    assert [it and it.run for it in together([fp16, part], (whole,))] == [fp16, whole]
    assert [it and it.run for it in together([fp16, part])].count(None) == 1


def test_the_path_is_told_where_llm_int8_and_decoding_make_it_matter() -> None:
    assert "(sliding 2,048/512, prefill path)" in quality.line(scored("1", quantization="int8"))
    decoded = scored("1", quality_path="decode", perplexity_sliding=None, perplexity_blocks=12.5, batch_size=8)
    assert "perplexity 12.50 (blocks of 2,048, decoding path, 8 rows)" in quality.line(decoded)


def test_random_weights_have_a_labelled_divergence_and_no_perplexity() -> None:
    row = scored("1", quantization="nf4", weights="random", perplexity_sliding=None, **dict.fromkeys(OVER))
    told = "random weights: no perplexity · KL 0.0121 nats [0.0110, 0.0133] from its own fp16"
    assert quality.line(row).startswith(told)


@pytest.mark.parametrize("quantization", ["fp16", "nf4", "int8-pure"])
def test_short_forms_keep_to_their_columns_and_never_lose_the_interval(quantization: str) -> None:
    row = scored("1", quantization=quantization)
    assert len(quality.short(row, 40)) <= 40 and len(quality.short(row, 20)) <= 20
    assert quality.ratio(row) is None or ("[" in quality.short(row, 40) and "±" in quality.short(row, 20))
    alone = replace(row, perplexity_sliding_ratio_low=None)
    assert quality.ratio(row) is None or "×1.0234 of fp16, no interval" in quality.line(alone)


def test_a_run_without_quality_takes_the_newest_of_its_arm_and_says_whose_it_is() -> None:
    old = scored("1", quantization="nf4", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    new = scored("2", quantization="nf4", started_at=datetime(2026, 2, 1, tzinfo=UTC), batch_size=64)
    mine = bare(old)
    found = known(mine, [old, new])
    assert found is not None and found.run is new and found.came == "from run s.2"
    assert known(mine, [replace(new, model="n"), replace(new, quantization="int8"), replace(new, device="cpu")]) is None


def test_by_the_decoding_path_quality_is_of_one_batch_size() -> None:
    other = scored("1", quantization="int8", quality_path="decode", batch_size=8)
    assert known(bare(other, batch_size=1), [other]) is None
    assert known(bare(other), [other]) is not None


@pytest.mark.parametrize(
    "odd", [{"quality_text_sha256": "cd" * 32}, {"quality_window": 1024}, {"quality_path": "decode"}]
)
def test_figures_of_another_text_window_or_path_never_stand_side_by_side(odd: dict[str, object]) -> None:
    runs = scored("0"), scored("1", quantization="nf4"), scored("2", quantization="int8", **odd)
    assert [it is not None for it in together(runs)] == [True, True, False]


def test_a_saving_is_told_with_its_quality_or_that_it_was_not_measured() -> None:
    base, saving = run("a"), run("b", 180.0, 190.0, quantization="int8-pure")
    of = {it.run_id: windows(it, SWAY) for it in (base, saving)}
    (one,) = compare([base, saving], of).contrasts
    assert one.verdict.word == "less" and one.verdict.text.endswith("Quality not measured.")
    elsewhere = scored("x", quantization="int8-pure", session_id="u", run_id="u.1")
    it = compare([base, saving], of, scored=[elsewhere])
    told = "Quality: perplexity ×1.023 [1.018, 1.029] of fp16 (from run u.1)."
    assert it.contrasts[0].verdict.text.endswith(told)
    (row,) = [line for line in lines(it) if line.label.startswith("perplexity")]
    assert row.values == ("–", "12.41") and row.ratios == ("×1.023 [1.018, 1.029]",)
    assert any(kind == "quality" and "from run u.1" in text for kind, text in sentences(it))
    assert to_dict(it)["runs"][1]["quality"]["run_id"] == "u.1"


def test_arms_of_the_same_weights_cost_no_quality() -> None:
    eager, graph = run("a"), run("b", engine="graph")
    assert sentence(eager, graph, (None, None)) == "Quality: the same weights."


def test_of_random_weights_a_lone_cell_holds_the_divergence_itself() -> None:
    random = scored("1", quantization="nf4", weights="random", perplexity_sliding=None, **dict.fromkeys(OVER))
    few = replace(random, kl_low_nats=None, kl_high_nats=None)
    fp16 = scored("0", weights="random")
    assert cell_alone(fp16, random, Known(random)) == "KL 0.0121 nats [0.0110, 0.0133]"
    assert cell_alone(fp16, few, Known(few)) == "KL 0.0121 nats, no interval"
    assert cell_alone(fp16, random, None) == "not measured" and cell_alone(fp16, fp16, None) == "the same weights"


def all_of(*rows: RunRow, stored: Sequence[RunRow] = ()) -> Gathered:
    shelf = Shelf((*rows, *stored))
    made = [point_of(row, "here", shelf.all(row)) for row in rows]
    return Gathered(tuple(it for it in made if isinstance(it, Point)), ())


def test_the_front_of_energy_and_quality_lists_what_nobody_measured() -> None:
    rows = (
        *(scored("0"), scored("1", 150.0, quantization="nf4"), run("2", 160.0, quantization="int8-pure")),
        scored("3", 90.0, quantization="int8", perplexity_sliding_ratio=1.05),
    )
    (found,) = findings(all_of(*rows).points, ["quality"])
    assert "nf4 b1" in found.sentence and found.sentence.endswith("on this text, window and path: int8-pure b1.")
    assert found.facts["pareto_quality"] == 2 and found.facts["quality_not_measured"] == 1
    assert found.figure.series[0].low[0] == pytest.approx(1.0181)


def test_an_older_scoring_counts_where_it_is_the_one_that_the_others_share() -> None:
    text = {"quality_text_sha256": "cd" * 32, "agreement_pct": 99.9, "perplexity_sliding_ratio": 1.5}
    old, new = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))
    shared = scored("2", quantization="nf4", session_id="y", run_id="y.2", started_at=old)
    newest = scored("3", quantization="nf4", session_id="z", run_id="z.3", started_at=new, **text)
    nf4, int8 = bare(scored("1", 150.0, quantization="nf4")), scored("4", quantization="int8", started_at=old)
    (found,) = findings(all_of(scored("0"), nf4, int8, stored=(shared, newest)).points, ["quality"])
    rows = {row[0]: dict(zip(found.sheet.columns, row, strict=True)) for row in found.sheet.rows}
    assert found.facts["rated"] == 3
    assert (rows["nf4"]["quality_run_id"], rows["nf4"]["agreement_pct"]) == ("y.2", 96.4)
    (found,) = findings(all_of(scored("0"), nf4, stored=(shared, newest)).points, ["quality"])
    assert "×1.500" in found.sentence or "×1.50" in found.sentence, "of as many the newest"


def test_what_is_not_rated_has_no_figure_in_the_table() -> None:
    odd = scored("2", 160.0, quantization="nf4-dq", quality_window=1024)
    rows = scored("0"), scored("1", quantization="nf4"), scored("3", quantization="int8"), odd
    (found,) = findings(all_of(*rows).points, ["quality"])
    (row,) = [dict(zip(found.sheet.columns, row, strict=True)) for row in found.sheet.rows if row[0] == "nf4-dq"]
    assert row["quality"] == "not measured"
    assert {row[name] for name in ("agreement_pct", "quality_run_id", "perplexity_ratio")} == {None}


def test_a_saving_of_four_bits_is_told_with_what_it_costs() -> None:
    pairs = [(m, q) for m in ("m", "n") for q in ("fp16", "nf4", "bf16")]
    rows = [scored(f"{m}{q}", model=m, quantization=q, parameters=9 + (m == "n")) for m, q in pairs]
    rows[4] = bare(rows[4], run_id="s.nnf4", session_id="s")
    told = "Quality of nf4: m perplexity ×1.023 [1.018, 1.029] of fp16; of n not measured."
    for key in ("crossover", "dequantization"):
        (found,) = [it for it in findings(all_of(*rows).points, [key]) if "nf4" in it.subject]
        assert told in found.caveats
        assert [row[found.sheet.columns.index("quality")] for row in found.sheet.rows] == [
            "×1.023 [1.018, 1.029]",
            "not measured",
        ]
    (bf16,) = [it for it in findings(all_of(*rows).points, ["crossover"]) if "bf16" in it.subject]
    assert not any("quality" in it.lower() for it in bf16.caveats)
    (none,) = findings(all_of(*(bare(row, session_id="s") for row in rows[:2])).points, ["dequantization"])
    assert "nf4: quality not measured." in none.caveats


def test_advice_never_sets_figures_of_two_texts_side_by_side() -> None:
    pure = scored("1", 150.0, quantization="int8-pure")
    same, odd = (scored("2", quantization="int8", **more) for more in ({}, {"quality_text_sha256": "cd" * 32}))
    for other, told in ((same, "fp16; int8: perplexity"), (odd, "int8: not measured on the same text")):
        it = next(it for it in advise(all_of(pure, other).points, "m", "H100").lines if " against int8" in it.topic)
        assert told in it.risk


def test_random_weights_stand_on_the_front_by_their_divergence_which_is_labelled() -> None:
    random: dict[str, object] = {"weights": "random", "perplexity_sliding": None, **dict.fromkeys(OVER)}
    rows = scored("0", **random), scored("1", 150.0, quantization="nf4", **random)
    (found,) = findings(all_of(*rows).points, ["quality"])
    assert found.facts["random_weights"] and "random weights" in found.figure.y.label
    assert "a divergence is no accuracy" in found.sentence


def test_advice_never_praises_int8_pure_without_its_quality() -> None:
    base, pure = run("0"), run("1", 150.0, quantization="int8-pure")
    rated = scored("1", 150.0, quantization="int8-pure")
    for other, told in ((pure, "not measured here"), (rated, "Quality: perplexity ×1.023 [1.018, 1.029] of fp16.")):
        lines_of = advise(all_of(base, other).points, "m", "H100").lines
        assert told in next(it for it in lines_of if it.topic == "int8-pure against fp16").risk


def test_a_run_of_quality_alone_has_no_joules_and_is_left_out_of_nothing() -> None:
    row = replace(scored("1", quantization="nf4"), windows=0, energy_gross_j_per_1k_tokens=None, throughput_tok_s=None)
    assert quality.is_only(row)
    assert "J/1k" not in "\n".join(run_words(row)) and LINE in run_words(row)
    assert not gathered([], (), [row]).left_out


def test_tasks_come_with_lm_evals_own_standard_error() -> None:
    told = [{"task": "hellaswag", "metric": "acc,none", "value": 0.712, "stderr": 0.004, "samples": 1000}]
    (one,) = tasks(run("1", quality_tasks=json.dumps(told)))
    assert one.words == "hellaswag acc,none 0.712 ± 0.004 (standard error, 1,000 samples)"
    assert tasks(run("1", quality_tasks="[3, ")) == () and tasks(run("1", quality_tasks="3")) == ()


def test_lists_of_runs_have_a_column_of_quality_where_any_is_known() -> None:
    both = run_table([scored("1", quantization="nf4"), run("2")], "markdown").decode()
    assert "×1.023" in both and "not measured" in both
    assert "quality" not in run_table([run("2")], "markdown").decode()


def random_rows() -> tuple[RunRow, ...]:
    """An arm of each quantization, of random weights that were scored."""
    random: dict[str, object] = {"weights": "random", "perplexity_sliding": None, **dict.fromkeys(OVER)}
    names = "fp16", "int8-pure", "int8", "nf4"
    return tuple(scored(str(i), 150.0, quantization=q, parameters=9, **random) for i, q in enumerate(names))


def test_a_divergence_of_random_weights_never_stands_for_the_risk_of_threshold_zero() -> None:
    points = all_of(*random_rows()).points
    lines_of = [it for it in advise(points, "m", "H100").lines if it.pair and "int8-pure" in it.topic]
    told = [it.risk for it in lines_of]
    assert len(told) == 2 and all(RISK in it and f"{NO_ACCURACY}: KL 0.0121 nats" in it for it in told)
    found = [it for it in findings(points) if "int8-pure" in f"{it.subject} {it.sheet.rows}"]
    assert {"decomposition", "pareto", "quality"} <= {it.key for it in found}
    for it in found:
        assert RISK in it.caveats, it.key
        assert any(caveat.startswith(f"{NO_ACCURACY}, of int8-pure: m KL 0.0121") for caveat in it.caveats), it.key


def test_a_divergence_of_random_weights_is_no_measured_quality_of_any_saving() -> None:
    fp16, pure, _, nf4 = random_rows()
    (line,) = [it for it in advise(all_of(fp16, nf4).points, "m", "H100").lines if it.topic.startswith("nf4 ")]
    assert line.risk.startswith("Quality not measured here. A divergence")
    (found,) = findings(all_of(fp16, nf4).points, ["dequantization"])
    assert "nf4: quality not measured." in found.caveats
    known = Known(fp16), Known(pure)
    assert sentence(fp16, pure, known).startswith("Quality not measured: KL 0.0121 nats")
    (section,) = quality_section((fp16, pure), known, {})
    assert REPORT_NO_ACCURACY in section.paragraphs


def test_the_front_counts_whose_accuracy_is_known_and_leaves_figures_to_its_table() -> None:
    rows = scored("0"), scored("1", 150.0, quantization="nf4"), run("2", 160.0, quantization="int8-pure")
    (found,) = findings(all_of(*rows).points, ["pareto"])
    assert found.sentence.endswith("Accuracy: measured of 1 of 2 configurations beside fp16.")
    quality_of = {row[0]: dict(zip(found.sheet.columns, row, strict=True))["quality"] for row in found.sheet.rows}
    assert quality_of == {"fp16": "fp16", "nf4": "×1.023 [1.018, 1.029]", "int8-pure": "not measured"}
    (random,) = findings(all_of(*random_rows()).points, ["pareto"])
    assert "Accuracy: not measured; of 3 of 3 a divergence of random weights" in random.sentence
    assert "KL 0.0121" not in random.sentence and "KL 0.0121" in str(random.sheet.rows)


def test_a_comparison_without_a_verdict_says_that_quality_was_not_measured_and_names_the_risk() -> None:
    fp16, pure, _, nf4 = random_rows()
    for baseline, other in ((fp16, pure), (pure, fp16)):
        one = compare([baseline, replace(other, stability="UNSTABLE")], {})
        assert not one.contrasts[0].verdict.decided
        said = " ".join(text for kind, text in sentences(one) if kind == "quality")
        assert "not measured" in said and RISK in said
    assert RISK not in " ".join(text for _, text in sentences(compare([fp16, nf4], {})))
    rated = compare([scored("1", quantization="fp16"), scored("2", quantization="int8-pure")], {})
    assert RISK not in " ".join(text for _, text in sentences(rated))


def test_reports_and_tables_tell_a_ratio_of_perplexities_with_four_decimals() -> None:
    near = {"perplexity_sliding_ratio": 1.0004, "perplexity_sliding_ratio_low": 1.0002}
    fp16, pure = scored("1", quantization="fp16"), scored("2", quantization="int8-pure", **near)
    it = compare([fp16, pure], {})
    (told,) = [row for row in texts(ratio_sheet(it.contrasts)) if row[1].startswith("perplexity")]
    assert told[4] == "1.0004" and told[5] == "1.0002"
    (section,) = quality_section(it.runs, it.qualities, {})
    assert "1.0004" in texts(section.sheets[0])[1]
    assert "| 1.0004 |" in sheet_markdown(section.sheets[0])


def test_the_front_of_cost_says_in_its_gist_what_its_least_energy_costs() -> None:
    fp16, pure, _, _ = random_rows()
    bare_, rated = scored("1", quantization="fp16"), scored("2", 150.0, quantization="int8-pure")
    (unknown,) = findings(all_of(fp16, replace(pure, energy_gross_j_per_1k_tokens=9.0)).points, ["pareto"])
    (known_,) = findings(all_of(bare_, replace(rated, energy_gross_j_per_1k_tokens=9.0)).points, ["pareto"])
    assert unknown.gist.startswith("int8-pure b1 least energy, quality not measured; ")
    assert known_.gist.startswith("int8-pure b1 least energy, perplexity ×1.023 [1.018, 1.029]; ")


def test_a_sample_models_joules_are_no_evidence_of_another_model_nor_on_the_front_of_cost() -> None:
    whale: dict[str, object] = {"model": "sample:whale-1m", "weights": "checkpoint"}
    rows = [scored("1", quantization="fp16", **whale), scored("2", 150.0, quantization="int8-pure", **whale)]
    points = all_of(*rows).points
    assert all(line.pair is None for line in advise(points, "synthetic:mistral-7b", "H100").lines)
    assert advise(points, "sample:whale-1m", "H100").evidence
    assert {it.key for it in findings(points)} == {"quality"}

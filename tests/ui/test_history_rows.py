"""The History's pure parts: columns, order, filter and trends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from ecotui.core.rows import RunRow
from ecotui.store.finding import StoredRun
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import COLUMNS, layout, mark_of, marks_of
from ecotui.ui.widgets.history_detail import detail
from ecotui.ui.widgets.history_entry import Entry, Head
from ecotui.ui.widgets.history_rows import Loaded, Order, listed, load
from ecotui.ui.widgets.history_trend import trend

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)


def stored(number: int = 0, origin: str = "here", **facts: Any) -> StoredRun:
    known: dict[str, Any] = {
        "started_at": BEGIN + timedelta(hours=number),
        "outcome": "completed",
        "valid": True,
        "model": "synthetic:tiny",
        "quantization": "fp16",
        "batch_size": 8,
        "sensor": "nvml",
        "host": "lab-7",
        "gpu_name": "NVIDIA H100 80GB HBM3",
    }
    row = RunRow(run_id=f"s{number}.0", session_id=f"s{number}", simulated=False, **(known | facts))
    return StoredRun(row, origin, None)


def ids(loaded: Loaded, words: str = "", order: Order | None = None) -> list[str]:
    return [line.row.session_id for line in listed(loaded, words, order or Order()) if isinstance(line, Entry)]


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, "✔ valid"),
        ({"valid": False}, "▲ INVALID"),
        ({"stability": "UNSTABLE"}, "≈ UNSTABLE"),
        ({"valid": False, "stability": "UNSTABLE"}, "▲ INVALID ≈ UNSTABLE"),
        ({"outcome": "stopped", "stability": "UNSTABLE"}, "■ stopped ≈ UNSTABLE"),
        ({"stability": "stable"}, "✔ valid"),
        ({"outcome": "stopped"}, "■ stopped"),
        ({"outcome": "failed"}, "✖ failed"),
        ({"outcome": "unfinished"}, "◌ unfinished"),
        ({"valid": None}, "◌ no window"),
    ],
)
def test_how_a_run_ended_is_said_by_glyph_and_word(facts: dict[str, Any], shown: str) -> None:
    row = stored(**facts).row
    assert COLUMNS["state"].text(row) == shown and mark_of(row)[1] in shown
    short = COLUMNS["word"].text(row)
    assert len(short) <= 12 and all(glyph in short for glyph, _, _ in marks_of(row))
    assert mark_of(row)[1] in short or shown == "◌ no window", "one word for one end, at every width"


def test_a_narrow_line_has_every_mark_in_words_before_the_first_reason() -> None:
    facts = {
        "valid": False,
        "cause": "no reading for 900 ms, " * 9,
        "stability": "UNSTABLE",
        "stability_drift_pct": 1.37,
    }
    (entry,) = (line for line in listed(load([stored(**facts)], ()), "", Order()) if isinstance(line, Entry))
    assert detail(entry, 80)[1].plain.startswith("▲ INVALID  ≈ UNSTABLE: no reading for 900 ms")
    assert "up to 1.4 % of power drift may still come  NVML" in detail(entry, 300)[1].plain
    (failed,) = load([stored(outcome="failed", reason="CUDA out of memory.")], ()).entries
    assert detail(failed, 80)[1].plain.startswith("✖ failed: CUDA out of memory.")


def test_what_is_invalid_and_unstable_is_found_by_either_word() -> None:
    loaded = load([stored(1, valid=False, stability="UNSTABLE"), stored(2)], ())
    assert ids(loaded, "unstable") == ids(loaded, "invalid") == ["s1"]


def test_runs_are_listed_newest_first_with_this_machine_above_the_samples() -> None:
    lines = listed(load([stored(1), stored(3), stored(9, origin="sample"), stored(2)], ()), "", Order())
    assert [line.text if isinstance(line, Head) else line.row.session_id for line in lines] == [
        "this machine",
        "s3",
        "s2",
        "s1",
        "samples (recorded on NVIDIA H100 80GB HBM3)",
        "s9",
    ]


def test_every_word_of_a_filter_must_be_found_somewhere() -> None:
    loaded = load(
        [
            stored(1, quantization="int8", label="Second Night"),
            stored(2, quantization="int8-pure", host="attic"),
            stored(3, batch_size=80),
            stored(4, outcome="failed", valid=None),
        ],
        (),
    )
    assert ids(loaded, "int8") == ["s2", "s1"]
    assert ids(loaded, "INT8 night") == ["s1"]
    assert ids(loaded, "attic h100") == ["s2"]
    assert ids(loaded, "failed") == ["s4"]
    assert ids(loaded, "b8") == ["s4", "s2", "s1"]
    assert ids(loaded, "nothing-like-it") == []


def test_runs_without_a_figure_come_last_in_either_direction() -> None:
    rows = [stored(i, power_mean_w=w) for i, w in enumerate([300.0, None, 100.0])]
    loaded = load(rows, ())
    assert ids(loaded, order=Order("power")) == ["s0", "s2", "s1"]
    assert ids(loaded, order=Order("power", reverse=True)) == ["s2", "s0", "s1"]


def test_the_sort_key_goes_through_the_shown_columns_and_a_second_click_turns() -> None:
    order = Order().next(["moment", "model", "gross"])
    assert (order.key, order.falling) == ("model", False)
    assert order.next(["moment", "model", "gross"]).key == "gross"
    assert order.next(["moment", "model", "gross"]).next(["moment", "model", "gross"]).key == "when"
    assert Order().chosen("hour") == Order("when", reverse=True)
    assert Order().chosen("rows") == Order("batch")


def test_columns_never_need_more_than_the_width() -> None:
    longest = dict.fromkeys(COLUMNS, 9) | {"model": 200, "label": 60, "gpu": 28, "moment": 8, "hour": 11, "when": 16}
    assert all(layout(width, longest).width <= width for width in range(40, 221))


LONGEST = dict.fromkeys(COLUMNS, 6) | {
    "quality": 1,
    "quantization": 9,
    "quant": 9,
    "rows": 2,
    "word": 9,
    "sensor": 9,
    "model": 40,
    "moment": 8,
    "hour": 11,
    "when": 16,
}


@pytest.mark.parametrize("quant", [4, 9])
@pytest.mark.parametrize("word", [7, 9, 10])
def test_the_time_of_day_is_there_from_sixty_columns_on(quant: int, word: int) -> None:
    longest = LONGEST | {"quant": quant, "word": word}
    for width in range(56, 221):
        assert {"moment", "hour", "when"} & {column.key for column, _ in layout(width, longest).columns}, width


def test_eighty_columns_hold_what_matters_and_a_wide_terminal_everything() -> None:
    narrow = {column.key for column, _ in layout(76, LONGEST).columns}
    assert {"moment", "model", "quant", "rows", "throughput", "gross", "net", "word", "sensor"} == narrow
    wide = {column.key for column, _ in layout(194, LONGEST | {"when": 16, "label": 30}).columns}
    assert {"when", "power", "bare", "trend", "label", "host"} <= wide


def test_where_the_quality_of_any_run_is_known_it_stands_beside_its_joules() -> None:
    longest = LONGEST | {"quality": 17, "moment": 8, "quant": 9, "word": 10, "mark": 2, "sensor": 9, "model": 20}
    for width in (68, 76, 120, 200):
        keys = [column.key for column, _ in layout(width, longest).columns]
        assert "quality" in keys and "gross" in keys and ({"moment", "hour", "when"} & set(keys)), width
        assert width < 76 or {"state", "word", "mark"} & set(keys), f"whether it is to be trusted, at {width}"


@pytest.mark.parametrize("quality", [1, 16])
def test_the_power_of_the_windows_is_drawn_from_120_columns_on(quality: int) -> None:
    longest = LONGEST | {"quality": quality, "quant": 15, "quantization": 15, "state": 14, "word": 10, "model": 24}
    for width in range(112, 221):
        keys = {column.key for column, _ in layout(width, longest).columns}
        assert {"trend", "gross", "throughput", "rows", "word"} <= keys or {"trend", "power", "net", "state"} <= keys


def test_at_80_columns_the_batch_size_stands_beside_quality() -> None:
    longest = LONGEST | {"quality": 16, "moment": 8, "quant": 15, "rows": 2, "mark": 1, "sensor": 9, "model": 24}
    keys = [column.key for column, _ in layout(76, longest).columns]
    assert {"rows", "quality", "gross", "mark"} <= set(keys)


def test_the_heading_of_quality_names_every_form_that_its_cells_have() -> None:
    column = COLUMNS["quality"]
    row = stored(1, quality_path="prefill", perplexity_sliding=5.87, quality_window=2048, quality_stride=512).row
    told = {"perplexity_sliding_ratio": 1.02}, {"kl_nats": 0.01}, dict[str, float]()
    for form, facts in zip(("×", "KL", "ppl"), told, strict=True):
        assert column.text(replace(row, **facts)).startswith(form) and form in column.heads[1]


@pytest.mark.parametrize("text", ["plain", "日本語のモデル", "a" * 200, "名" * 90, ""])
@pytest.mark.parametrize("tail", [True, False])
def test_text_takes_exactly_its_cells(text: str, tail: bool) -> None:
    assert [cell_len(fitted(text, width, tail=tail)) for width in range(12)] == list(range(12))


def test_a_cut_name_keeps_the_part_after_its_last_slash() -> None:
    assert fitted("organisation/Mistral-7B", 14, tail=True) == "…Mistral-7B   "


def test_a_trend_shows_a_ramp_keeps_noise_small_and_leaves_holes() -> None:
    assert trend([100, 110, 120, 130, 140, 150, 160], 10) == "▁▂▃▄▅▆▇"
    assert trend([100, 100, 100], 10) == "▄▄▄"
    assert set(trend([100, 100.5, 99.5, 100], 10)) <= set("▃▄▅")
    assert trend([100, None, 200], 10) == "▁ ▇"
    assert trend([], 10) == ""
    assert trend([None, None], 10) == "  "
    assert trend([float("nan"), 0.0], 10) == " ▄"
    assert len(trend(list(range(1000)), 10)) == 10


def test_the_engine_is_found_by_its_name_and_not_by_a_boards() -> None:
    runs = [
        stored(1, engine="eager", gpu_name="NVIDIA Graphics Device"),
        stored(2, engine="graph"),
        stored(3, engine="eager", label="before the graph"),
        stored(4, engine=None),
    ]
    loaded = load(runs, ())
    assert ids(loaded, "graph") == ["s3", "s2"]
    assert ids(loaded, "eager") == ["s3", "s1"]
    assert ids(loaded, "graphics") == ["s1"]


def test_a_graph_stands_with_the_quantization_and_sorts_after_it() -> None:
    runs = [stored(1, quantization="nf4", engine="graph"), stored(2, quantization="nf4", engine="eager"), stored(3)]
    assert [COLUMNS[key].text(runs[0].row) for key in ("quantization", "quant")] == ["nf4 graph"] * 2
    assert COLUMNS["quant"].text(runs[1].row) == "nf4"
    assert ids(load(runs, ()), "", Order("quantization")) == ["s3", "s2", "s1"]


def test_a_run_without_a_quantization_still_has_a_dash() -> None:
    assert COLUMNS["quant"].text(stored(1, quantization=None, engine="eager").row) == "–"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("w>300", ["s2"]),
        ("w<=300", ["s1", "s0"]),
        ("b4..16", ["s1", "s0"]),
        ("b16..", ["s2"]),
        ("b=64", ["s2"]),
        ("-int8", ["s2", "s0"]),
        ("!int8 w<200", ["s0"]),
        ("j<100 tok>=1,000", ["s2"]),
        ("on>=2026-11-21 on<2026-11-22", ["s2", "s1", "s0"]),
        ("on>2026-11-21", []),
        ("w> b.. j<x -", []),  # b.. and x are words; of the rest nothing is whole yet
        ("w>", ["s2", "s1", "s0"]),
    ],
)
def test_the_filter_knows_ranges_and_words_that_must_be_missing(typed: str, found: list[str]) -> None:
    facts = [("fp16", 8, 150.0, 700.0, 300.0), ("int8", 8, 300.0, 500.0, 400.0), ("nf4", 64, 350.0, 90.0, 1500.0)]
    runs = [
        stored(
            n,
            quantization=quantization,
            batch_size=size,
            power_mean_w=watts,
            energy_gross_j_per_1k_tokens=joules,
            throughput_tok_s=rate,
        )
        for n, (quantization, size, watts, joules, rate) in enumerate(facts)
    ]
    assert ids(load(runs[::-1], ()), typed) == found

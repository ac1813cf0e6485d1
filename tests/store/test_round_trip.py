"""What goes into the store comes out: every column, every null, every curve."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import get_type_hints

import numpy as np
import pytest

from ecotui.core.rows import SCHEMA_VERSION, RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.traces import trace
from ecotui.log.reader import read_timeline
from ecotui.store.parquet import load, to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame, to_rows
from ecotui.store.store import Store
from tests.analysis.profiled import session
from tests.factory import fold, plan
from tests.store.conftest import SESSION

VALUES = {
    int: 2**62 + 1,
    float: 0.1 + 0.2,
    str: "Ω · 漢",
    bool: False,
    datetime: datetime(2026, 11, 21, 1, 2, 3, 456789, UTC),
}


def full(row, number=0):
    """A row with a value in every column, another in each."""
    hints, values = get_type_hints(row), {}
    for place, f in enumerate(fields(row)):
        kind = next(
            k
            for k in (bool, int, float, str, datetime)
            if k is hints[f.name] or k in getattr(hints[f.name], "__args__", ())
        )
        extra = {str: f" {place}", datetime: timedelta(microseconds=place), bool: 0}.get(kind, place)
        values[f.name] = VALUES[kind] + extra if kind is not bool else bool((place + number) % 2)
    return row(**{**values, "schema_version": SCHEMA_VERSION})


def bare(row):
    """A row with nothing but what it must have."""
    there = {"run_id": "s.1", "session_id": "s", "window": 1, "simulated": False}
    return row(
        **{f.name: there.get(f.name, SCHEMA_VERSION if f.name == "schema_version" else None) for f in fields(row)}
    )


@pytest.mark.parametrize(("row", "table"), [(RunRow, RUNS), (WindowRow, WINDOWS)])
def test_every_column_comes_back_with_its_type_and_null_stays_null(row, table, tmp_path):
    rows = [full(row), bare(row), full(row, 1)]
    (tmp_path / "x.parquet").write_bytes(to_bytes(to_frame(rows, table)))
    back = to_rows(load(tmp_path / "x.parquet", table), row)
    assert back == rows
    assert [type(getattr(back[0], f.name)) for f in fields(row)] == [
        type(getattr(rows[0], f.name)) for f in fields(row)
    ]
    assert back[0].started_at.utcoffset() == timedelta(0)


def test_a_value_that_is_no_number_is_stored_as_missing():
    row = replace(bare(RunRow), ttft_ms=float("nan"))
    assert to_rows(to_frame([row], RUNS), RunRow)[0].ttft_ms is None


def test_a_stored_session_equals_its_log(home, record):
    line = read_timeline(record())
    store = Store(home)
    runs, windows = summarize(line)
    assert [run.row for run in store.runs()] == runs
    assert store.windows(f"{SESSION}.0") == windows and len(windows) == 3
    assert store.runs()[0].log == home.session_log(SESSION) and store.runs()[0].origin == "here"
    assert store.problems == []


def test_the_curves_of_a_run_come_back(home, record):
    line = read_timeline(record())
    kept, made = Store(home).trace(f"{SESSION}.0"), trace(line, 0)
    for name in ("at_s", "power_w", "temperature_c", "rate_at_s", "tok_s"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(made, name))
        assert getattr(kept, name).flags.writeable
    assert kept.windows == made.windows and kept.run_id == made.run_id and len(kept.windows) == 3


def test_a_missing_sensor_is_nan_in_a_curve_and_null_in_its_file(home, record):
    line = read_timeline(record())
    line.readings._columns["temperature_c"][:] = type(line.readings._columns["temperature_c"])(
        "d", [float("nan")] * len(line.readings)
    )
    store = Store(home)
    store.append(line)
    kept = store.trace(f"{SESSION}.0")
    assert np.isnan(kept.temperature_c).all() and len(kept.temperature_c)
    assert store.runs()[0].row.temperature_max_c is None


def test_a_failed_session_without_windows_is_a_run_too(home, record):
    two = plan()
    protocol = replace(two.protocol, windows=0)
    record(the_plan=replace(two, protocol=protocol), outcome="failed")
    store = Store(home)
    (run,) = store.runs()
    assert (run.row.outcome, run.row.windows, run.row.energy_gross_j) == ("failed", 0, None)
    assert store.windows(run.row.run_id) == []
    assert store.trace(run.row.run_id).windows == ()


UNWATCHED_UNSCORED = ("watched", "quality", "perplexity", "kl_", "agreement")
"""Beginnings of columns that such a session leaves empty."""


def test_a_session_of_the_full_protocol_comes_back_column_for_column(home):
    line = fold(session())
    runs, windows = summarize(line)
    store = Store(home)
    store.append(line)
    assert [run.row for run in store.runs()] == runs
    missing = {f.name for f in fields(RunRow) if getattr(runs[0], f.name) is None}
    assert missing <= {
        "reason",
        "label",
        "cause",
        "remarks",
        "decomposition",
        "llm_int8_threshold",
        "outlier_recipe",
        "blocks",
        "stopped_by",
        "trend_p",  # three windows can show none
    } | {f.name for f in fields(RunRow) if f.name.endswith("_version") or f.name.startswith(UNWATCHED_UNSCORED)}
    run_id = f"{SESSION}.0"
    assert store.windows(run_id) == [w for w in windows if not w.split] and len(store.windows(run_id)) == 3
    assert store.split_windows(run_id) == [w for w in windows if w.split] and len(store.split_windows(run_id)) == 4


def test_storing_a_session_again_replaces_its_files(home, record):
    line = read_timeline(record())
    store = Store(home)
    before = sorted(p.name for p in home.store.rglob("*"))
    store.append(line)
    assert sorted(p.name for p in home.store.rglob("*")) == before
    assert len(store.runs()) == 1 and len(store.windows(f"{SESSION}.0")) == 3


def test_arms_keep_their_order_and_their_own_windows(home, record):
    it = plan()
    record(the_plan=replace(it, arms=(it.arms[0], replace(it.arms[0], quantization="int8"))), outcome="stopped")
    store = Store(home)
    assert [(r.row.run_id, r.row.quantization, r.row.windows) for r in store.runs()] == [
        (f"{SESSION}.0", "fp16", 3),
        (f"{SESSION}.1", "int8", 0),
    ]
    assert store.windows(f"{SESSION}.1") == []
    assert len(store.trace(f"{SESSION}.1").at_s)


def test_reading_needs_no_time_zone_files(home, record):
    record()
    code = (
        "from ecotui.store import Home; from ecotui.store.store import Store;"
        "print(Store(Home.open()).runs()[0].row.started_at)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("2026-11-18") and done.stdout.strip().endswith("+00:00")

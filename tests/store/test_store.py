"""The store among other machines, other versions, other processes and broken files."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys

import polars as pl
import pytest

from ecotui.core.errors import StoreError, UsageError
from ecotui.core.rows import SCHEMA_VERSION
from ecotui.log.reader import read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.factory import WALL, events, write_log
from tests.store.conftest import SESSION

OTHER = "20261122-130000-cafe"


def rewrite(path, change):
    """A stored file with its frame changed."""
    frame, out = change(pl.read_parquet(io.BytesIO(path.read_bytes()))), io.BytesIO()
    frame.write_parquet(out)
    path.write_bytes(out.getvalue())


def runs_file(home, session=SESSION):
    return home.store / "runs" / f"{session}.parquet"


def test_an_empty_home_holds_no_runs(home, tmp_path):
    assert Store(home).runs() == [] and Store(Home(tmp_path / "not-there")).runs() == []
    assert Store(home).adopt() == []


def test_folders_are_0700_and_files_0600_whatever_the_umask(home, record):
    before = os.umask(0)
    try:
        record()
    finally:
        os.umask(before)
    stored = list(home.store.rglob("*"))
    assert {stat.S_IMODE(p.stat().st_mode) for p in stored if p.is_dir()} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in stored if p.is_file()} == {0o600}
    assert sorted(str(p.relative_to(home.store)) for p in stored if p.is_file()) == [
        f"{table}/{SESSION}.parquet" for table in ("runs", "traces", "windows")
    ]


@pytest.mark.parametrize("content", [b"", b"not parquet", b"PAR1 but torn off here", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_broken_file_is_named_and_the_rest_is_loaded(content, home, record):
    record()
    bad = runs_file(home, "bad")
    bad.write_bytes(content)
    store = Store(home)
    assert [run.row.session_id for run in store.runs()] == [SESSION]
    (problem,) = store.problems
    assert str(bad) in problem and "passed over" in problem and "Move it away" in problem
    assert bad.read_bytes() == content
    bad.unlink()
    store.runs()
    assert store.problems == []


def test_a_torn_file_is_named(home, record):
    record()
    record(OTHER)
    path = runs_file(home, OTHER)
    path.write_bytes(path.read_bytes()[:-100])
    store = Store(home)
    assert [run.row.session_id for run in store.runs()] == [SESSION] and str(path) in store.problems[0]


def test_a_folder_that_cannot_be_listed_is_a_problem(home, record):
    (home.store / "runs").write_text("in the way")
    store = Store(home)
    assert store.runs() == [] and "runs cannot be read (Not a directory)" in store.problems[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop("run_id"), "lacks the column run_id"),
        (lambda f: f.with_columns(power_mean_w=pl.lit("many")), "holds String in the column power_mean_w"),
        (lambda f: f.with_columns(tokens=pl.lit(1.5)), "holds Float64 in the column tokens"),
        (lambda f: f.with_columns(session_id=pl.lit(None, dtype=pl.String)), "has rows without session_id"),
        (lambda f: f.select("run_id"), "lacks the column session_id"),
    ],
)
def test_wrong_columns_are_said_and_the_rest_is_loaded(change, said, home, record):
    record()
    record(OTHER)
    rewrite(runs_file(home, OTHER), change)
    store = Store(home)
    assert [run.row.session_id for run in store.runs()] == [SESSION]
    assert said in store.problems[0] and f"{OTHER}.parquet" in store.problems[0]


def test_a_file_of_another_minor_version_loads_with_nulls(home, record):
    record()
    record(OTHER)
    rewrite(runs_file(home, OTHER), lambda f: f.drop("ttft_ms", "host").with_columns(colour=pl.lit("blue")))
    store = Store(home)
    runs = {run.row.session_id: run.row for run in store.runs()}
    assert runs[OTHER].ttft_ms is None and runs[OTHER].host is None and runs[SESSION].ttft_ms is not None
    assert runs[OTHER].tokens == runs[SESSION].tokens and store.problems == []


FIRST_COLUMNS = {
    "runs": {"run_id", "session_id", "simulated", "schema_version", "started_at", "outcome", "model", "tokens"},
    "windows": {"run_id", "session_id", "window", "simulated", "schema_version", "t0_ns", "t1_ns", "tokens", "valid"},
}
"""Some of those that version 1 had."""


def test_files_of_the_first_version_are_read_with_null_in_the_columns_that_came_later(home, record):
    record()
    for table, columns in FIRST_COLUMNS.items():
        old = lambda f, keep=columns: f.select(sorted(keep)).with_columns(schema_version=pl.lit(1))  # noqa: E731
        rewrite(home.store / table / f"{SESSION}.parquet", old)
    store = Store(home)
    (run,), windows = store.runs(), store.windows(f"{SESSION}.0")
    assert (run.row.schema_version, run.row.tokens, run.row.stability, run.row.bound) == (1, 1200, None, None)
    assert [(w.window, w.split, w.energy_integral_source) for w in windows] == [(n, None, None) for n in (1, 2, 3)]
    assert store.split_windows(f"{SESSION}.0") == [] and store.problems == []


LATER = ["launches_per_step", "launch_us", "launch_share_pct", "gap_ms", "gap_max_ms"]


def test_files_from_before_the_launches_were_counted_have_null_there_and_lose_nothing(home, record):
    record()
    record(OTHER)
    rewrite(runs_file(home, OTHER), lambda f: f.drop(LATER))
    store = Store(home)
    old = next(run.row for run in store.runs() if run.row.session_id == OTHER)
    assert [getattr(old, name) for name in LATER] == [None] * 5
    assert (old.schema_version, old.tokens, old.engine) == (SCHEMA_VERSION, 1200, "eager") and store.problems == []


def test_a_narrower_number_is_widened(home, record):
    record()
    rewrite(
        runs_file(home), lambda f: f.with_columns(pl.col("tokens").cast(pl.Int32), pl.col("load_s").cast(pl.Float32))
    )
    store = Store(home)
    assert (store.runs()[0].row.tokens, store.runs()[0].row.load_s) == (1200, 1.0) and store.problems == []


def test_a_newer_major_version_is_refused_with_a_sentence(home, record):
    record()
    record(OTHER)
    rewrite(runs_file(home, OTHER), lambda f: f.with_columns(schema_version=pl.lit(SCHEMA_VERSION + 1)))
    store = Store(home)
    assert [run.row.session_id for run in store.runs()] == [SESSION]
    assert "was written by a newer ecotui (columns 3; this one reads 2)" in store.problems[0]
    assert "pip install --upgrade ecotui" in store.problems[0]


def test_stores_of_two_machines_merge_by_copying(home, record, tmp_path):
    record()
    there = Home(tmp_path / "there")
    record(OTHER, into=there)
    shutil.copytree(there.root, home.root, dirs_exist_ok=True)
    store = Store(home)
    assert {run.row.session_id for run in store.runs()} == {SESSION, OTHER}
    assert len(store.windows(f"{OTHER}.0")) == 3 and len(store.trace(f"{OTHER}.0").at_s)
    shutil.copytree(there.root, home.root, dirs_exist_ok=True)
    assert len(store.runs()) == 2 and store.problems == []


def test_two_processes_store_different_sessions_at_once(home, record):
    names = [f"s-{i:02}" for i in range(6)]
    for name in names:
        record(name, store=False)
    code = (
        "import sys; from pathlib import Path; from ecotui.log.reader import read_timeline;"
        "from ecotui.store.home import Home; from ecotui.store.store import Store; home = Home.open();"
        "[Store(home).append(read_timeline(home.session_log(n))) for _ in range(3) for n in sys.argv[1:]]"
    )
    # Both write the session in the middle, too: whichever renames last, the file is whole.
    children = [subprocess.Popen([sys.executable, "-c", code, *part]) for part in (names[:4], names[3:])]
    assert [child.wait(60) for child in children] == [0, 0]
    store = Store(home)
    assert {run.row.session_id for run in store.runs()} == set(names) and store.problems == []
    assert not list(home.store.rglob("*.tmp"))


def test_a_disk_that_takes_nothing_leaves_what_was_there(home, record, monkeypatch):
    line = read_timeline(record())
    before = runs_file(home).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ecotui.store.files.os.fsync", full)
    with pytest.raises(StoreError, match=r"cannot be written \(No space left on device\)\. Make room"):
        Store(home).append(line)
    assert runs_file(home).read_bytes() == before and not list(home.store.rglob("*.tmp"))


def test_samples_are_read_and_a_session_of_both_counts_once(home, record, tmp_path):
    samples = Home(tmp_path / "samples")
    record()
    record(into=samples, load_w=250.0)
    record(OTHER, into=samples)
    store = Store(home, samples.root)
    origins = {run.row.session_id: run.origin for run in store.runs()}
    assert origins == {SESSION: "here", OTHER: "sample"}
    assert store.windows(f"{SESSION}.0")[0].power_mean_w == pytest.approx(300.0, rel=1e-3)
    assert len(store.windows(f"{OTHER}.0")) == 3
    assert store.find("cafe").log == samples.session_log(OTHER)
    assert store.adopt() == [] and store.problems == []


def test_newest_comes_first(home, record):
    for days, name in enumerate(("b-1", "a-2", "c-3")):
        made = list(events(name))
        made[0] = type(made[0])(
            **{f: getattr(made[0], f) for f in made[0].__slots__} | {"wall_ns": WALL + days * 10**15}
        )
        log = home.session(name) / "log.jsonl"
        log.parent.mkdir()
        Store(home).append(read_timeline(write_log(log, iter(made))))
    assert [run.row.session_id for run in Store(home).runs()] == ["c-3", "a-2", "b-1"]


def test_windows_and_curves_come_from_the_log_where_their_files_are_gone_or_broken(home, record):
    record()
    store = Store(home)
    windows, curves = store.windows(f"{SESSION}.0"), store.trace(f"{SESSION}.0")
    (home.store / "windows" / f"{SESSION}.parquet").write_bytes(b"broken")
    (home.store / "traces" / f"{SESSION}.parquet").unlink()
    assert store.windows(f"{SESSION}.0") == windows
    assert store.trace(f"{SESSION}.0").power_w.tolist() == curves.power_w.tolist()
    assert len(store.problems) == 1 and "windows" in store.problems[0]


def test_what_is_in_neither_place_is_a_store_error(home, record):
    record().unlink()
    store = Store(home)
    for folder in ("windows", "traces"):
        (home.store / folder / f"{SESSION}.parquet").unlink()
    for ask in (store.windows, store.trace):
        with pytest.raises(StoreError, match="is gone: neither the store nor a log"):
            ask(f"{SESSION}.0")
        for never in ("../../etc/x.0", "", "nothing"):
            with pytest.raises(StoreError):
                ask(never)
    assert store.runs()[0].log is None


def test_the_curves_of_an_arm_that_is_not_in_the_session_are_a_store_error(home, record):
    record()
    with pytest.raises(StoreError, match=r"has no run .*beef\.7"):
        Store(home).trace(f"{SESSION}.7")


def test_a_session_id_that_is_a_path_is_not_stored(home, record):
    line = read_timeline(record(store=False))
    line.header = type(line.header)(**{f: getattr(line.header, f) for f in line.header.__slots__} | {"session": "../x"})
    with pytest.raises(UsageError, match=r"'\.\./x' is not the id of a session"):
        Store(home).append(line)
    assert list(home.store.rglob("*")) == []

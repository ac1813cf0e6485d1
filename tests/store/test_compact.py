"""Files put together while others read and record: nothing changes but the number of files."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import polars as pl
import pytest

from ecotui.core.rows import RunRow, WindowRow
from ecotui.store import compact as compacting
from ecotui.store import shelf
from ecotui.store.compact import compact
from ecotui.store.files import turn
from ecotui.store.home import Home
from ecotui.store.rebuild import rebuild
from ecotui.store.store import Store
from tests.store.conftest import Record

NAMES = ["s-1", "s-2", "s-3"]


@pytest.fixture
def three(home: Home, record: Record) -> Home:
    """Three stored sessions."""
    for name in NAMES:
        record(name)
    return home


def everything(home: Home) -> dict[str, tuple[RunRow, list[WindowRow], list[float]]]:
    """All that a store just opened answers, by run."""
    store = Store(home)
    found = {
        run.row.run_id: (run.row, store.windows(run.row.run_id), store.trace(run.row.run_id).power_w.tolist())
        for run in store.runs()
    }
    assert store.problems == []
    return found


def names(home: Home, table: str = "runs") -> list[str]:
    return sorted(path.name for path in (home.store / table).glob("*.parquet"))


def change(path: Path, column: pl.Expr) -> None:
    """A file of the store with other values, written as a recorder writes it."""
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(path.read_bytes())).with_columns(column).write_parquet(out)
    beside = path.with_suffix(".tmp")
    beside.write_bytes(out.getvalue())
    beside.rename(path)


def again(home: Home, record: Record, name: str) -> None:
    """The session measured anew, at 150 W, and stored in place of what was."""
    home.session_log(name).unlink()
    record(name, load_w=150.0)


def test_the_same_is_answered_from_one_file_and_nothing_is_adopted_again(three: Home) -> None:
    before = everything(three)
    listed = Store(three).window_frame().to_dicts()
    assert Store(three).compact() == 0 and compact(three.store, many=2) == 6
    for table in ("runs", "windows"):
        (name,) = names(three, table)
        assert name.startswith("compact.")
    assert len(names(three, "traces")) == 3
    assert everything(three) == before and Store(three).adopt() == []
    assert Store(three).window_frame().to_dicts() == listed
    assert Store(three).find("s-2").row.run_id == "s-2.0"
    assert compact(three.store, many=0) == 0


def test_a_store_that_is_open_sees_new_changed_and_compacted_files(three: Home, record: Record) -> None:
    store = Store(three)
    first = store.frame()
    assert store.frame() is first
    compact(three.store, many=0)
    assert store.runs() == Store(three).runs() and len(store.runs()) == 3
    record("s-4")
    again(three, record, "s-1")
    watts = {run.row.run_id: run.row.power_mean_w for run in store.runs()}
    assert len(watts) == 4 and watts["s-1.0"] == pytest.approx(150.0, rel=1e-3)
    assert store.windows("s-1.0")[0].power_mean_w == pytest.approx(150.0, rel=1e-3)
    assert store.window_frame(["s-1.0"], ["power_mean_w"])["power_mean_w"][0] == pytest.approx(150.0, rel=1e-3)


@pytest.mark.parametrize("crash_after", [0, 1, 2, 3])
def test_a_crash_between_any_two_steps_changes_no_answer(
    crash_after: int, three: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    compact(three.store, many=0)
    again(three, record, "s-2")  # newer than its rows in the compacted file
    record("s-4")
    before = everything(three)
    left = [crash_after]
    unlink = Path.unlink

    def dying(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", dying)
        with pytest.raises(KeyboardInterrupt):
            compact(three.store, many=0)
    assert everything(three) == before
    compact(three.store, many=0)
    assert everything(three) == before and not [name for name in names(three) if not name.startswith("compact.")]


def test_a_reader_whose_files_go_while_it_reads_lists_them_again(three: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(three)
    real, calls = shelf.load_all, []

    def late(paths: list[Path], table: object) -> object:
        calls.append(len(paths))
        if len(calls) == 1:
            compact(three.store, many=0)
        return real(paths, table)  # type: ignore[arg-type]

    monkeypatch.setattr(shelf, "load_all", late)
    assert {run.row.run_id for run in Store(three).runs()} == set(before)
    assert calls[:2] == [3, 0]


def test_a_session_stored_again_while_its_file_is_folded_keeps_its_newer_file(
    three: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = compacting.write_whole

    def slow(path: Path, data: bytes) -> None:
        real(path, data)
        if path.parent.name == "runs":
            again(three, record, "s-2")

    monkeypatch.setattr(compacting, "write_whole", slow)
    compact(three.store, many=0)
    assert "s-2.parquet" in names(three)
    watts = {run.row.run_id: run.row.power_mean_w for run in Store(three).runs()}
    assert watts["s-2.0"] == pytest.approx(150.0, rel=1e-3) and len(watts) == 3


def test_one_process_at_a_time_compacts(three: Home) -> None:
    with turn(three.store / "runs"):
        assert compact(three.store, many=0) == 0
    assert compact(three.store, many=0) == 6


def test_what_cannot_be_folded_without_loss_stays(three: Home, record: Record) -> None:
    (three.store / "runs" / "bad.parquet").write_bytes(b"broken")
    change(three.store / "runs" / "s-1.parquet", pl.lit("blue").alias("colour"))
    shutil.copyfile(three.store / "runs" / "s-2.parquet", three.store / "runs" / "copy-of-s-2.parquet")
    compact(three.store, many=0)
    assert [name for name in names(three) if not name.startswith("compact.")] == [
        "bad.parquet",
        "copy-of-s-2.parquet",
        "s-1.parquet",
    ]
    store = Store(three)
    assert len(store.runs()) == 3 and len(store.problems) == 1 and store.adopt() == []


def test_a_session_without_windows_is_still_known_to_have_none(home: Home, record: Record) -> None:
    record("s-1")
    record("s-2")
    path = home.store / "windows" / "s-2.parquet"
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(path.read_bytes())).clear().write_parquet(out)
    path.write_bytes(out.getvalue())
    compact(home.store, many=0)
    store = Store(home)
    assert store.adopt() == [] and store.windows("s-2.0") == [] and len(store.windows("s-1.0")) == 3


def test_compacted_stores_of_two_machines_merge_by_copying(three: Home, record: Record, tmp_path: Path) -> None:
    there = Home(tmp_path / "there")
    for name in ("s-3", "t-1"):
        record(name, into=there)
    both = everything(three) | everything(there)
    compact(three.store, many=0)
    compact(there.store, many=0)
    shutil.copytree(there.root, three.root, dirs_exist_ok=True)
    assert everything(three).keys() == both.keys()
    assert len(names(three)) == 2


def test_many_compacted_files_become_one(home: Home, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "FEW", 2)
    held = []
    for name in (*NAMES, "s-4"):
        record(name)
        compact(home.store, many=0)
        held.append(len(names(home)))
    assert held == [1, 2, 3, 1] and len(everything(home)) == 4


def test_rebuild_makes_a_compacted_store_anew_and_keeps_what_has_no_log(three: Home) -> None:
    before = everything(three)
    compact(three.store, many=0)
    shutil.rmtree(three.session("s-3"))
    done = rebuild(Store(three))
    assert (done.stored, done.kept, done.problems) == (["s-1", "s-2"], ["s-3"], [])
    assert everything(three) == before


def test_a_damaged_compacted_file_is_named_and_its_sessions_come_back_from_their_logs(three: Home) -> None:
    before = everything(three)
    compact(three.store, many=0)
    bad = three.store / "runs" / names(three)[0]
    bad.write_bytes(b"PAR1 torn")
    store = Store(three)
    assert store.runs() == [] and str(bad) in store.problems[0]
    assert store.adopt() == NAMES and len(store.runs()) == 3
    bad.rename(three.root / "away.parquet")
    assert everything(three) == before


def test_imported_sessions_stand_between_this_machine_and_samples_and_are_never_compacted(
    home: Home, record: Record, tmp_path: Path
) -> None:
    imported, samples = Home(home.root / "imported"), Home(tmp_path / "samples")
    record("s-1")
    for name in ("s-1", "s-2"):
        record(name, into=imported)
    for name in ("s-2", "s-3"):
        record(name, into=samples)
    store = Store(home, samples.root)
    assert {run.row.session_id: run.origin for run in store.runs()} == {
        "s-1": "here",
        "s-2": "imported",
        "s-3": "sample",
    }
    assert store.find("s-2").log == imported.session_log("s-2") and len(store.windows("s-2.0")) == 3
    compact(home.store, many=0)
    assert names(imported) == ["s-1.parquet", "s-2.parquet"] and names(samples) == ["s-2.parquet", "s-3.parquet"]


def test_a_page_has_only_the_columns_that_were_asked_for(three: Home) -> None:
    store = Store(three)
    whole, page = store.runs(), store.page(1, 2, ("model",))
    assert [run.row.run_id for run in page] == [run.row.run_id for run in whole[1:]]
    assert page[0].row.model == whole[1].row.model and page[0].row.power_mean_w is None
    assert store.get(["s-2.0", "gone.0"]) == {"s-2.0": next(run for run in whole if run.row.run_id == "s-2.0")}
    assert store.frame(["run_id", "origin"]).rows() == [(run.row.run_id, "here") for run in whole]
    assert store.page(origin="sample") == []

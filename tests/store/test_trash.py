"""Sessions go to the trash whole and come back whole, wherever a crash falls between."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import pytest

from ecotui.core.errors import UsageError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.log.writer import LogWriter
from ecotui.store import trash
from ecotui.store.compact import compact
from ecotui.store.home import Home
from ecotui.store.rebuild import rebuild
from ecotui.store.removing import carry_out, doomed, warnings
from ecotui.store.store import Store
from tests.factory import events
from tests.store.conftest import Record

NAMES = ["s-1", "s-2", "s-3"]


@pytest.fixture
def three(home: Home, record: Record) -> Home:
    """Three stored sessions."""
    for name in NAMES:
        record(name)
    return home


def everything(home: Home) -> dict[str, tuple[RunRow, list[WindowRow], list[float], bytes]]:
    """All that a store just opened answers, and the logs."""
    store = Store(home)
    store.adopt()
    return {
        run.row.run_id: (
            run.row,
            store.windows(run.row.run_id),
            store.trace(run.row.run_id).power_w.tolist(),
            run.log.read_bytes() if run.log else b"",
        )
        for run in store.runs()
    }


def removed(home: Home, *sessions: str) -> trash.Removal:
    store = Store(home)
    return carry_out(store, doomed(store, [f"{session}.0" for session in sessions]))


@pytest.mark.parametrize("compacted", [False, True])
def test_a_removed_session_is_gone_for_every_reader_and_undo_brings_back_all_of_it(
    three: Home, compacted: bool
) -> None:
    if compacted:
        compact(three.store, many=0)
    before, open_before = everything(three), Store(three)
    assert len(open_before.runs()) == 3
    made = removed(three, "s-1", "s-3")
    assert made.count == 2 and set(made.runs) == {"s-1", "s-3"}
    assert everything(three) == {"s-2.0": before["s-2.0"]}
    assert [run.row.run_id for run in open_before.runs()] == ["s-2.0"]
    assert rebuild(Store(three)).stored == ["s-2"] and Store(three).adopt() == []
    assert compact(three.store, many=0) >= 0 and everything(three).keys() == {"s-2.0"}
    assert trash.undo(three) == made
    assert everything(three) == before and not any(three.trash.iterdir())


def test_several_removals_come_back_the_last_first(three: Home) -> None:
    before = everything(three)
    for name in NAMES:
        removed(three, name)
    assert everything(three) == {} and [one.sessions for one in trash.removals(three)] == [("s-1",), ("s-2",), ("s-3",)]
    assert [trash.undo(three).sessions[0] for _ in NAMES] == ["s-3", "s-2", "s-1"]
    assert everything(three) == before
    with pytest.raises(UsageError, match="Nothing was removed"):
        trash.undo(three)


@contextmanager
def dying_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], bool]]:
    """The process ends before the step of that number that changes the disk; tells whether it did."""
    left, died = [steps], [False]

    def counted(name: str) -> None:
        real = getattr(Path, name)

        def go(path: Path, *args: object, **more: object) -> object:
            if not left[0]:
                died[0] = True
                raise KeyboardInterrupt
            left[0] -= 1
            return real(path, *args, **more)

        patched.setattr(Path, name, go)

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "unlink", "mkdir"):
            counted(name)
        yield lambda: died[0]


def crashed(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The act, ended before its first step, its second, and so on until it comes to its end."""
    for steps in range(100):
        with dying_after(steps, monkeypatch) as died, suppress(KeyboardInterrupt):
            act()
        yield
        if not died():
            return
    raise AssertionError("it never came to its end")


def test_a_removal_that_is_killed_anywhere_is_finished_or_never_began_and_loses_nothing(
    three: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    compact(three.store, many=0)
    record("s-4")
    before, seen = everything(three), set()
    for _ in crashed(lambda: removed(three, "s-1", "s-4"), monkeypatch):
        store = Store(three)
        store.adopt()  # whoever looks next finishes what was begun
        seen.add(tuple(sorted(run.row.run_id for run in store.page())))
        if trash.removals(three):
            trash.undo(three)
        assert everything(three) == before
    assert seen == {tuple(sorted(before)), ("s-2.0", "s-3.0")}


def test_an_undo_that_is_killed_anywhere_loses_nothing(three: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(three)
    removed(three, "s-1", "s-3")
    for _ in crashed(lambda: trash.undo(three), monkeypatch):
        if trash.removals(three):
            trash.undo(three)
        assert everything(three) == before
        removed(three, "s-1", "s-3")


def test_samples_and_what_is_recorded_stay_and_an_imported_run_goes(home: Home, record: Record, tmp_path: Path) -> None:
    samples, imported = Home(tmp_path / "samples"), Home(home.root / "imported")
    record("s-1", into=samples)
    record("s-2", into=imported)
    record("s-3")
    store = Store(home, samples.root)
    with pytest.raises(UsageError, match="sample"):
        doomed(store, ["s-1.0"])
    home.session("s-4").mkdir()
    with LogWriter(home.session_log("s-4")) as writer:
        for event in events("s-4", outcome=None):
            writer.write(event)
        with pytest.raises(UsageError, match="being recorded"):
            trash.remove(home, {"s-4": []})
    carry_out(store, doomed(store, ["s-2.0"]))
    assert {run.row.run_id for run in store.runs()} == {"s-1.0", "s-3.0"}
    trash.undo(home)
    assert imported.session_log("s-2").is_file() and store.get(["s-2.0"])["s-2.0"].origin == "imported"


def test_a_sweep_that_refers_to_a_session_is_named(three: Home) -> None:
    log = three.sweeps / "20261121-000000-aaaa" / "sweep.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text('{"kind":"group-started","session":"s-2"}\n')
    store = Store(three)
    assert list(warnings(doomed(store, ["s-1.0"]))) == []
    (said,) = warnings(doomed(store, ["s-2.0"]))
    assert "20261121-000000-aaaa" in said


def test_columns_of_a_newer_version_survive_removal_and_undo(three: Home) -> None:
    path = three.store / "runs" / "s-1.parquet"
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(path.read_bytes())).with_columns(pl.lit("blue").alias("colour")).write_parquet(out)
    path.write_bytes(out.getvalue())
    removed(three, "s-1")
    trash.undo(three)
    assert pl.read_parquet(path)["colour"].to_list() == ["blue"]


def test_an_emptied_trash_is_empty(three: Home) -> None:
    removed(three, "s-1")
    gone, size = trash.empty(three)
    assert [one.sessions for one in gone] == [("s-1",)] and size > 1000
    assert trash.removals(three) == [] and everything(three).keys() == {"s-2.0", "s-3.0"}

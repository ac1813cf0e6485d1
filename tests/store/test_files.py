"""Files of one session written together: all of them or none, and the runs never before what belongs to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.core.errors import StoreError
from ecotui.log.reader import read_timeline
from ecotui.store.files import write_together
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.store.conftest import SESSION, Record

TABLES = ("windows", "traces", "runs")
STEPS = 9
"""Three files and three folders are synced, and three files renamed."""
KILLED = """
import os, sys
from pathlib import Path
from ecotui.store import files

left = iter(range(int(sys.argv[1])))

def counted(real):
    return lambda *given: real(*given) if next(left, None) is not None else os._exit(9)

os.fsync, Path.replace = counted(os.fsync), counted(Path.replace)
files.write_together({Path(name): b"new" for name in sys.argv[2:]})
"""


def stored(home: Home) -> dict[str, bytes]:
    """What each table's file of the session holds."""
    return {name: (home.store / name / f"{SESSION}.parquet").read_bytes() for name in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_a_session_that_fails_at_one_table_is_stored_in_none(
    table: str, home: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record().unlink()
    before, real = stored(home), os.fsync
    line = read_timeline(record(load_w=150.0, store=False))

    def full(descriptor: int) -> None:
        here = {path.stat().st_ino for path in (home.store / table).glob(".*.tmp")}
        if os.fstat(descriptor).st_ino in here:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=rf"/{table}/{SESSION}\.parquet cannot be written \(No space left"):
        Store(home).append(line)
    assert stored(home) == before and not list(home.store.rglob("*.tmp"))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("stored_before", [True, False])
def test_a_session_of_which_one_table_cannot_be_put_in_its_place_is_stored_as_before(
    table: str, stored_before: bool, home: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stored_before:
        record().unlink()
    before = {path: path.read_bytes() for path in home.store.rglob("*") if path.is_file()}
    line = read_timeline(record(load_w=150.0, store=False))
    rename = Path.replace

    def refused(old: Path, new: Path) -> Path:
        if new.parent.name == table:
            raise OSError(5, "Input/output error")
        return rename(old, new)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(StoreError, match=rf"/{table}/{SESSION}\.parquet cannot be written \(Input"):
        Store(home).append(line)
    assert {path: path.read_bytes() for path in home.store.rglob("*") if path.is_file()} == before
    monkeypatch.setattr(Path, "replace", rename)
    Store(home).append(line)
    assert not list(home.store.rglob("*.tmp"))


def test_every_file_is_synced_before_one_is_renamed_and_every_folder_after(
    home: Home, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = read_timeline(record(store=False))
    done: list[int | str] = []
    sync, rename = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        sync(descriptor)
        done.append(os.fstat(descriptor).st_ino)

    def renamed(old: Path, new: Path) -> Path:
        done.append(new.parent.name)
        return rename(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    Store(home).append(line)
    inodes = {path.stat().st_ino: path.relative_to(home.store).parts for path in home.store.rglob("*")}
    told = [inodes[one] if isinstance(one, int) else one for one in done]
    files = {(name, f"{SESSION}.parquet") for name in TABLES}
    assert len(told) == STEPS and set(told[:3]) == files
    assert told[3:5] == ["windows", "traces"] and set(told[5:7]) == {("windows",), ("traces",)}
    assert told[7:] == ["runs", ("runs",)]


def test_killed_at_any_step_each_file_is_whole_and_new_runs_have_all_that_belongs_to_them(tmp_path: Path) -> None:
    paths = [tmp_path / name / "a.parquet" for name in TABLES]
    seen = []
    for step in range(STEPS + 1):
        write_together(dict.fromkeys(paths, b"old"))
        ended = subprocess.run([sys.executable, "-c", KILLED, str(step), *map(str, paths)], check=False)
        assert ended.returncode == (0 if step == STEPS else 9)
        seen.append([path.read_bytes().decode() for path in paths])
    first, second = ["new", "old", "old"], ["new", "new", "old"]
    assert seen == [["old"] * 3] * 4 + [first] + [second] * 3 + [["new"] * 3] * 2


def test_one_file_or_none_is_written_as_well(tmp_path: Path) -> None:
    write_together({})
    write_together({tmp_path / "x" / "a": b"alone"})
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]
    assert (tmp_path / "x" / "a").read_bytes() == b"alone"

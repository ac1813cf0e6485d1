"""The store made anew from the logs equals what was stored, and nothing is lost that no log can give back."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import astuple
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.core.rows import RunRow, WindowRow, row_dict
from ecotui.log.lock import is_running
from ecotui.log.writer import LogWriter
from ecotui.store.home import Home, default_samples
from ecotui.store.rebuild import rebuild
from ecotui.store.store import Store
from tests.factory import events, write_log

SAMPLES = default_samples() or Path()
SESSIONS = sorted(p.name for p in (SAMPLES / "sessions").iterdir())


def same(stored: object, again: object) -> bool:
    """Equal, floats to 1e-9."""
    if isinstance(stored, float) and isinstance(again, float):
        return math.isclose(stored, again, rel_tol=1e-9)
    return stored == again


def rows(store: Store) -> list[tuple[RunRow, list[WindowRow]]]:
    """All that the store has, in order of runs."""
    found = [(s.row, store.windows(s.row.run_id) + store.split_windows(s.row.run_id)) for s in store.runs()]
    return sorted(found, key=lambda it: it[0].run_id)


@pytest.mark.parametrize("session", SESSIONS)
def test_a_sample_shown_and_a_sample_rebuilt_equal_the_stored_one(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = SAMPLES / "sessions" / session / "log.jsonl.gz"
    target = tmp_path / "sessions" / session / "log.jsonl.gz"
    target.parent.mkdir(parents=True)
    shutil.copyfile(log, target)
    shipped = [it for it in rows(Store(Home(tmp_path), SAMPLES)) if it[0].session_id == session]

    assert rebuild(Store(Home(tmp_path))).stored == [session]
    again = rows(Store(Home(tmp_path)))
    assert len(again) == len(shipped) >= 1
    for (run, windows), (stored, held) in zip(again, shipped, strict=True):
        assert all(same(a, b) for a, b in zip(astuple(run), astuple(stored), strict=True))
        for a, b in zip(windows, held, strict=True):
            assert all(same(x, y) for x, y in zip(astuple(a), astuple(b), strict=True))

    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    broken_off = shipped[0][0].outcome == "unfinished"
    assert main(["show", str(log), "--json"]) == int(broken_off)
    shown = json.loads(capsys.readouterr().out)
    for told, (stored, _) in zip(shown["runs"], shipped, strict=True):
        assert all(same(told[name], value) for name, value in row_dict(stored).items())
    kept = {(w.run_id, w.window): row_dict(w) for _, held in shipped for w in held}
    assert len(shown["windows"]) == len(kept)
    for told in shown["windows"]:
        stored_window = kept[told["run_id"], told["window"]]
        assert all(same(told[name], value) for name, value in stored_window.items())


@pytest.fixture
def stored(tmp_path: Path) -> Home:
    """Two sessions with their logs, both stored."""
    home = Home(tmp_path)
    for session in ("20261121-120000-beef", "20261122-130000-cafe"):
        write_log(home.session_log(session), events(session))
    Store(home).adopt()
    return home


def test_a_store_that_is_gone_comes_back(stored: Home) -> None:
    before = rows(Store(stored))
    shutil.rmtree(stored.store)
    done = rebuild(Store(stored))
    assert len(done.stored) == 2 and not done.kept and not done.problems
    assert rows(Store(stored)) == before


def test_a_session_without_a_log_stays_as_it_is_stored(stored: Home) -> None:
    before = rows(Store(stored))
    shutil.rmtree(stored.session("20261121-120000-beef"))
    done = rebuild(Store(stored))
    assert (done.stored, done.kept) == (["20261122-130000-cafe"], ["20261121-120000-beef"])
    assert rows(Store(stored)) == before


def test_a_log_that_holds_less_than_the_store_replaces_nothing(stored: Home) -> None:
    before = rows(Store(stored))
    log = stored.session_log("20261121-120000-beef")
    whole = log.read_text().splitlines(keepends=True)
    second = [i for i, line in enumerate(whole) if line.startswith('{"kind":"window"')][1]
    log.write_text("".join(whole[:second]))
    done = rebuild(Store(stored))
    assert done.kept == ["20261121-120000-beef"]
    assert "1 of the 3 windows" in done.problems[0]
    assert rows(Store(stored)) == before


def test_a_damaged_log_is_named_and_its_stored_session_kept(stored: Home) -> None:
    before = rows(Store(stored))
    stored.session_log("20261121-120000-beef").write_text("no log\n{}\n")
    done = rebuild(Store(stored))
    assert done.kept == ["20261121-120000-beef"] and len(done.problems) == 1
    assert rows(Store(stored)) == before


def test_a_damaged_file_of_the_store_is_made_anew(stored: Home) -> None:
    before = rows(Store(stored))
    for path in stored.store.rglob("*beef.parquet"):
        path.write_text("this is no Parquet")
    assert len(rebuild(Store(stored)).stored) == 2
    assert rows(Store(stored)) == before


def test_a_session_that_is_being_recorded_is_left_alone(stored: Home) -> None:
    stored.session("20261123-140000-f00d").mkdir()
    with LogWriter(stored.session_log("20261123-140000-f00d")) as writer:
        for event in events("20261123-140000-f00d", outcome=None):
            writer.write(event)
        assert is_running(stored.session_log("20261123-140000-f00d"))
        assert rebuild(Store(stored)).recording == ["20261123-140000-f00d"]

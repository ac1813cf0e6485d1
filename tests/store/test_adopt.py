"""A recorder that died left its log; the next start stores what it holds, and nothing else."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

from ecotui.core.events import Window
from ecotui.core.reading import Reading, Tick
from ecotui.log.writer import LogWriter
from ecotui.store.rebuild import rebuild
from ecotui.store.recovered import recovered_words
from ecotui.store.store import Store
from tests.factory import at, broken_off, events, write_log
from tests.store.conftest import SESSION

HOLD = (
    "import sys; from pathlib import Path; from ecotui.log.writer import LogWriter; from tests.factory import events;"
    "w = LogWriter(Path(sys.argv[1])); [w.write(e) for e in events(outcome=None)];"
    "print('held', flush=True); sys.stdin.read()"
)


def test_a_torn_log_becomes_an_unfinished_run(home, record):
    log = record(store=False, outcome=None)
    log.write_bytes(log.read_bytes()[:-7])
    store = Store(home)
    assert store.adopt() == [SESSION] and store.problems == []
    (run,) = store.runs()
    assert (run.row.outcome, run.row.reason, run.row.windows) == ("unfinished", "the log has no end", 3)
    assert store.adopt() == []


def test_a_log_that_is_being_written_is_left_alone_until_its_recorder_is_gone(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None and child.stdout.readline() == b"held\n"
        store = Store(home)
        assert store.adopt() == [] and store.runs() == [] and store.problems == []
    finally:
        child.kill()
        child.communicate()
    assert store.adopt() == [SESSION]


def test_a_lock_in_this_process_counts_too(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    with LogWriter(log) as writer:
        for event in events():
            writer.write(event)
        assert Store(home).adopt() == []
    assert Store(home).adopt() == [SESSION]


def test_a_session_that_was_cut_off_before_its_first_window_is_an_unfinished_run(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    with LogWriter(log) as writer:
        for event in events(outcome=None):
            if not isinstance(event, Window):
                writer.write(event)
    store = Store(home)
    assert store.adopt() == [SESSION] and store.problems == []
    (run,) = store.runs()
    assert (run.row.outcome, run.row.reason, run.row.windows) == ("unfinished", "the log has no end", 0)
    assert recovered_words(store, [SESSION])[0].startswith(f"Recovered session {SESSION}: no windows of ")
    assert Store(home).adopt() == []


def test_a_session_that_was_cut_off_behind_its_first_line_is_left_alone(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    with LogWriter(log) as writer:
        writer.write(next(iter(events(outcome=None))))
    store = Store(home)
    assert store.adopt() == [] and store.problems == []


def test_a_session_that_failed_before_its_first_window_is_stored(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    with LogWriter(log) as writer:
        for event in events(outcome="failed"):
            if not isinstance(event, Window):
                writer.write(event)
    assert Store(home).adopt() == [SESSION]
    assert Store(home).runs()[0].row.outcome == "failed"


@pytest.mark.parametrize("content", ["hello\n", '{"k": "header"}\n', "{}\n\x00"])
def test_a_log_that_cannot_be_read_is_a_problem_and_the_rest_is_stored(content, home, record):
    record(store=False)
    bad = home.session("bad-1") / "log.jsonl"
    bad.parent.mkdir()
    bad.write_text(content)
    store = Store(home)
    assert store.adopt() == [SESSION]
    (problem,) = store.problems
    assert str(bad) in problem and bad.read_text() == content
    store.runs()
    assert store.problems == [problem]


def test_a_damaged_line_in_the_middle_is_a_problem(home, record):
    log = record(store=False)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:20], b"{broken\n", *lines[20:]]))
    store = Store(home)
    assert store.adopt() == [] and "Line 21" in store.problems[0] and str(log) in store.problems[0]


def test_a_window_of_an_arm_that_the_plan_does_not_have_is_a_problem(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    with LogWriter(log) as writer:
        for event in events():
            if isinstance(event, Window):
                event = Window(7, *[getattr(event, f) for f in event.__slots__][1:])  # noqa: PLW2901
            writer.write(event)
    store = Store(home)
    assert store.adopt() == [] and str(log) in store.problems[0] and "do not fit together" in store.problems[0]


def test_an_empty_log_is_one_that_was_just_made(home):
    log = home.session(SESSION) / "log.jsonl"
    log.parent.mkdir()
    log.write_bytes(b"")
    (home.sessions / "not.an.id").mkdir()
    (home.sessions / "stray.txt").write_text("x")
    store = Store(home)
    assert store.adopt() == [] and store.problems == []


@pytest.mark.parametrize("table", ["runs", "windows", "traces"])
def test_a_damaged_file_that_is_moved_away_is_rebuilt_from_the_log(table, home, record):
    log = record()
    before = Store(home)
    run, windows, curves = before.runs(), before.windows(f"{SESSION}.0"), before.trace(f"{SESSION}.0")
    files = {p: p.stat().st_ino for p in home.store.rglob("*.parquet")}
    bad = home.store / table / f"{SESSION}.parquet"
    bad.write_bytes(b"broken")
    bad.rename(home.root / "moved-away.parquet")
    assert Store(home).adopt() == [SESSION] and Store(home).adopt() == []
    kept = [p for p, inode in files.items() if p.stat().st_ino == inode]
    assert len(kept) == (0 if table == "runs" else 2), "only what is gone is written again"
    log.unlink()  # so that nothing can come from there any more
    after = Store(home)
    assert [r.row for r in after.runs()] == [r.row for r in run] and after.windows(f"{SESSION}.0") == windows
    assert after.trace(f"{SESSION}.0").power_w.tolist() == curves.power_w.tolist() and after.problems == []


def test_a_cut_packed_log_becomes_an_unfinished_run(home, record):
    log = record(store=False)
    packed = gzip.compress(log.read_bytes())
    log.with_name("log.jsonl.gz").write_bytes(packed[: 9 * len(packed) // 10])
    log.unlink()
    store = Store(home)
    assert store.adopt() == [SESSION] and store.problems == []
    assert store.runs()[0].row.outcome == "unfinished"


def test_a_log_in_another_sessions_folder_is_a_problem(home, record):
    log = record(store=False)
    log.parent.rename(home.session("renamed"))
    store = Store(home)
    assert store.adopt() == [] and store.runs() == []
    assert f"is the log of session {SESSION} in the folder of another" in store.problems[0]


def test_what_the_recorder_said_last_is_the_reason_where_the_log_could_not_be_written(home, record):
    log = record(store=False, outcome=None)
    log.with_name("recorder.log").write_text("note\necotui: The session log cannot be written (File too large).\n")
    Store(home).adopt()
    (run,) = Store(home).runs()
    assert run.row.outcome == "unfinished"
    assert run.row.reason == "the log has no end: The session log cannot be written (File too large)."


def test_a_log_that_was_cut_in_its_first_line_has_nothing_to_lose(home, record):
    log = record(store=False)
    log.write_bytes(log.read_bytes()[:100])
    store = Store(home)
    assert store.adopt() == [] and store.problems == []


def test_what_a_killed_writer_left_half_written_is_taken_away_and_a_compaction_under_way_is_not(home, record):
    record(store=False)
    folder = home.store / "windows"
    folder.mkdir()
    (folder / f".{SESSION}.parquet.abcd.tmp").write_bytes(b"PAR1")
    (folder / ".compact.1234.parquet.efgh.tmp").write_bytes(b"PAR1")
    assert Store(home).adopt() == [SESSION]
    assert [path.name for path in folder.glob(".*")] == [".compact.1234.parquet.efgh.tmp"]


def test_what_was_recovered_is_told_a_session_each_and_of_many_in_one_sentence(home, record):
    record(store=False, outcome=None)
    store = Store(home)
    (words,) = recovered_words(store, store.adopt())
    assert (
        words.startswith(f"Recovered session {SESSION}: 3 windows of ") and "unfinished (the log has no end)" in words
    )
    assert recovered_words(store, [SESSION] * 4) == ["Recovered 4 sessions with 12 windows; they are stored now."]


@pytest.mark.parametrize(("after_s", "valid"), [(0.25, True), (0.0, False)])
def test_a_window_that_was_over_when_the_recorder_was_killed_is_stored(after_s, valid, home):
    made = broken_off(after_s)
    if not valid:
        made = [e for e in made if not (isinstance(e, Reading | Tick) and e.at_ns > at(7.72))]
    write_log(home.session(SESSION) / "log.jsonl", iter(made))
    store = Store(home)
    assert store.adopt() == [SESSION] and store.problems == []
    (run,) = store.runs()
    assert (run.row.outcome, run.row.windows) == ("unfinished", 3)
    last = store.windows(run.row.run_id)[-1]
    assert (last.window, last.valid) == (3, valid)
    assert valid or "the recorder ended, and its readings end 0.5 s before" in (last.cause or "")
    assert rebuild(Store(home)).stored == [SESSION] and Store(home).windows(run.row.run_id)[-1] == last

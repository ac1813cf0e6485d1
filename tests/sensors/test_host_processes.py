"""What /proc tells of a process."""

from __future__ import annotations

import os
from pathlib import Path

from ecotui.sensors.host_processes import children_of, facts_of, recorder_of, role_of, uptime_s


def made(proc: Path, pid: int, name: str, words: bytes) -> None:
    """A process as the kernel shows it: 3 s user, 1 s system, started 50 s after the host, 10 pages."""
    folder = proc / str(pid)
    (folder / "task" / str(pid)).mkdir(parents=True)
    tick = os.sysconf("SC_CLK_TCK")
    fields = f"S 4 0 0 0 0 0 0 0 0 0 {3 * tick} {tick} 0 0 20 0 1 0 {50 * tick} 0 10 0"
    (folder / "stat").write_text(f"{pid} ({name}) {fields}\n")
    (folder / "cmdline").write_bytes(words)
    (folder / "task" / str(pid) / "children").write_text("12 13 ")


def test_a_process_is_read_whatever_its_name(tmp_path: Path) -> None:
    made(tmp_path, 11, "odd) name (x", b"/usr/bin/python3\0-m\0serve\x1b[2J\0")
    facts = facts_of(11, tmp_path)
    assert facts is not None
    assert (facts.cpu_s, facts.started_s, facts.parent) == (4.0, 50.0, 4)
    assert facts.rss_b == 10 * os.sysconf("SC_PAGE_SIZE")
    assert facts.command == "python3 -m serve\N{REPLACEMENT CHARACTER}[2J"
    assert children_of(11, tmp_path) == (12, 13)


def test_a_process_without_words_is_called_by_its_name(tmp_path: Path) -> None:
    made(tmp_path, 11, "kworker", b"")
    assert (facts := facts_of(11, tmp_path)) is not None and facts.command == "[kworker]"


def test_a_process_that_is_not_seen_from_here_is_none(tmp_path: Path) -> None:
    assert facts_of(11, tmp_path) is None
    assert children_of(11, tmp_path) == ()
    assert uptime_s(tmp_path) is None


def test_the_recorder_of_a_session_is_found_by_its_words(tmp_path: Path) -> None:
    made(tmp_path, 11, "python", b"python\0-m\0ecotui\0replay\0some-id\0")
    made(tmp_path, 12, "python", b"python\0-m\0ecotui\0record\0some-id\0--worker\0scripted\0")
    assert recorder_of("some-id", tmp_path) == 12
    assert recorder_of("another", tmp_path) is None


def test_ecotuis_own_are_told_from_others() -> None:
    assert role_of("python -m ecotui record 2026-x") == "recorder"
    assert role_of("python -m ecotui.worker.scripted") == "worker"
    assert role_of("python train.py --record ecotui") == ""


def test_this_very_process_is_there() -> None:
    assert (facts := facts_of(os.getpid())) is not None and facts.rss_b > 0

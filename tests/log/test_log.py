"""The log as a file: whole, growing, torn, damaged, newer, and who holds it."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.core.errors import LogError
from ecotui.core.events import End, Notice
from ecotui.log import Follower, LogWriter, is_running, read_events, read_timeline
from ecotui.log.reader import is_torn
from tests.factory import events, write_log


def test_what_is_written_is_read(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    assert list(read_events(log)) == list(events())


def test_a_gzipped_log_is_the_same_log(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert list(read_events(packed)) == list(read_events(log))


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_bytes(log.read_bytes()[:-7])
    assert is_torn(log)
    assert list(read_events(log)) == list(events())[:-1]


def test_every_cut_of_a_log_can_be_read(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "log.jsonl").read_bytes()
    header = whole.index(b"\n") + 1
    cut = tmp_path / "cut.jsonl"
    for length in range(header, len(whole), 997):
        cut.write_bytes(whole[:length])
        assert read_timeline(cut).header is not None


def test_unknown_kinds_are_passed_over(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0], '{"kind":"weather","at_ns":1}', *lines[1:]]) + "\n")
    assert list(read_events(log)) == list(events())


@pytest.mark.parametrize("minor", ["1.1", "1.99"])
def test_a_newer_minor_version_is_read(minor: str, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_text(log.read_text().replace('"version":"1.0"', f'"version":"{minor}"', 1))
    assert len(read_timeline(log).windows) == 3


@pytest.mark.parametrize("version", ["2.0", "x", "10.3"])
def test_a_newer_major_version_or_none_is_refused(version: str, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_text(log.read_text().replace('"version":"1.0"', f'"version":"{version}"', 1))
    with pytest.raises(LogError):
        read_timeline(log)


def test_an_event_of_an_arm_that_was_not_planned_is_the_files_fault(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_text(log.read_text().replace('"kind":"steps","arm":0', '"kind":"steps","arm":7', 1))
    with pytest.raises(LogError, match="does not fit its plan"):
        read_timeline(log)


def test_a_follower_sees_what_a_reader_sees_in_pieces_of_any_size(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.jsonl").read_bytes()
    growing = tmp_path / "growing.jsonl"
    follower = Follower(growing)
    assert follower.poll() == 0, "a log that is not there yet has no events"
    taken = 0
    with growing.open("ab", buffering=0) as stream:
        for at in range(0, len(whole), 611):
            stream.write(whole[at : at + 611])
            taken += follower.poll()
    assert taken == len(list(events()))
    assert follower.timeline.windows == read_timeline(tmp_path / "whole.jsonl").windows
    assert not follower.running


def test_a_log_is_never_overwritten(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    with pytest.raises(LogError, match="File exists"):
        LogWriter(log)


def test_the_lock_lasts_as_long_as_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with LogWriter(path) as writer:
        writer.write(Notice(1, "here"))
        assert is_running(path)
    assert not is_running(path)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    code = f"import sys; from ecotui.log import LogWriter; w = LogWriter(__import__('pathlib').Path({str(path)!r}));"
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "print('held', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert is_running(path)
    holder.kill()
    holder.communicate()
    assert not is_running(path)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "log.jsonl")
    writer.close()
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(LogError, match="No space left"):
        writer._stream = full
        writer.write(End(1, "completed"))

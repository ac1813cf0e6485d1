"""The log as a file: whole, growing, torn, damaged, newer, and who holds it."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.core.errors import LogError
from ecotui.core.events import (
    End,
    Event,
    Examined,
    Forecast,
    Gate,
    Notice,
    Outliers,
    Over,
    Resident,
    Trace,
    Vitals,
    Window,
)
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


def test_every_cut_of_a_packed_log_gives_the_whole_lines_before_it(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "log.jsonl").read_bytes()
    packed, kinds = gzip.compress(whole), list(events())
    cut = tmp_path / "cut.jsonl.gz"
    counts = []
    for length in range(len(packed) // 3, len(packed), 97):
        cut.write_bytes(packed[:length])
        assert is_torn(cut)
        found = list(read_events(cut))
        assert found == kinds[: len(found)]
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] > 3 * counts[0] > 0


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_a_log_cut_in_its_first_line_says_to_copy_it_again(name: str, tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.jsonl").read_bytes()
    cut = tmp_path / name
    cut.write_bytes((gzip.compress(whole) if name.endswith(".gz") else whole)[:100])
    with pytest.raises(LogError, match=r"breaks off before its first line ends\. If it was copied, copy it again"):
        read_timeline(cut)


@pytest.mark.parametrize("name", ["plain.jsonl.gz", "packed.jsonl"])
def test_a_log_is_told_from_a_packed_one_by_its_bytes_not_by_its_name(name: str, tmp_path: Path) -> None:
    whole = write_log(tmp_path / "log.jsonl").read_bytes()
    log = tmp_path / name
    log.write_bytes(gzip.compress(whole) if name == "packed.jsonl" else whole)
    assert list(read_events(log)) == list(events())


def test_a_log_can_come_through_a_pipe(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    with subprocess.Popen(["cat", str(log)], stdout=subprocess.PIPE) as cat:  # noqa: S607 - any cat will do
        assert cat.stdout is not None
        assert list(read_events(Path(f"/dev/fd/{cat.stdout.fileno()}"))) == list(events())


def test_a_packed_log_that_is_damaged_inside_is_named(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(write_log(tmp_path / "whole.jsonl").read_bytes()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(packed)
    with pytest.raises(LogError, match=r"log\.jsonl\.gz"):
        read_timeline(log)


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"cannot be read \(Is a directory\)"):
        read_timeline(tmp_path)


def test_unknown_kinds_are_passed_over(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0], '{"kind":"weather","at_ns":1}', *lines[1:]]) + "\n")
    assert list(read_events(log)) == list(events())


@pytest.mark.parametrize("minor", ["1.1", "1.2", "1.3", "1.4", "1.5", "1.99"])
def test_a_newer_minor_version_is_read(minor: str, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_text(log.read_text().replace('"version":"1.5"', f'"version":"{minor}"', 1))
    assert len(read_timeline(log).windows) == 3


@pytest.mark.parametrize("version", ["2.0", "x", "10.3"])
def test_a_newer_major_version_or_none_is_refused(version: str, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    log.write_text(log.read_text().replace('"version":"1.5"', f'"version":"{version}"', 1))
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


MEASURED: list[Event] = [
    Vitals(10, 5, None, [7, 9], ["9 python"]),
    Forecast(20, 0, 1, 2, 3, 4, 10, None, "shape"),
    Resident(30, 0, 1.0, 1, 2, {}, "random", "cuda", {}, Outliers(7, 4.5, 6.0, 0.0), 2, 3),
    Gate(40, 0, "unstable", 60.0, 0.5, 1.2, waiting_for="drift"),
    Trace(50, 30, [20, 20], [1000, 0, 2000]),
    Over(75, 0, 3, 60, 70, 5, 1, 16, 16, None, 16),
    Window(0, 3, 60, 70, 5, 1, 16, 16, None, 16),
    Examined(80, 0, 4, None, None, None),
]


def test_every_event_of_a_full_measurement_comes_back_as_it_was_written(tmp_path: Path) -> None:
    header = next(events())
    log = write_log(tmp_path / "log.jsonl", iter([header, *MEASURED]))
    assert list(read_events(log)) == [header, *MEASURED]


def test_a_live_reader_sees_ring_gate_and_split_windows_as_a_later_one_does(tmp_path: Path) -> None:
    follower, header = Follower(tmp_path / "log.jsonl"), next(events())
    with LogWriter(follower.path) as writer:
        for event in (header, *MEASURED):
            writer.write(event)
            assert follower.poll() == 1
    later = read_timeline(follower.path)
    for line in (follower.timeline, later):
        assert line.samples.at_ns.tolist() == [30, 50, 70]
        assert line.samples.column("power_w").tolist()[::2] == [1.0, 2.0]
        assert (gate := line.gate(0)) is not None
        assert gate.state == "unstable"
        assert line.windows_of(0) == []
        assert [w.new_tokens for w in line.split_windows_of(0)] == [16]
        assert line.vitals == [MEASURED[0]]

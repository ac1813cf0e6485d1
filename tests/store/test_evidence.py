"""What only the log has of a run is read from it without the rest of it."""

import gzip
from dataclasses import replace

import pytest

from ecotui.core.errors import LogError
from ecotui.core.events import Resident
from ecotui.log.reader import open_log, read_events
from ecotui.store import evidence
from ecotui.store.evidence import profiled, residents
from tests.analysis.profiled import FACTS, LONG, captured
from tests.factory import write_log
from tests.ui.paired import EAGER, PURE, paired_events, paired_plan


class Looks:
    """Which logs were opened."""

    def __init__(self):
        self.logs = []

    def __call__(self, path):
        self.logs.append(path)
        return open_log(path)


@pytest.fixture
def log(tmp_path):
    return write_log(tmp_path / "log.jsonl", iter(captured()))


def test_loader_and_profile_of_an_arm_are_found(log):
    resident, examined = profiled(log, 0)
    assert resident is not None and resident.facts == FACTS
    assert examined is not None and examined.kernel_names[1] == LONG and examined.launches == 1


def test_another_arm_has_neither(log):
    assert profiled(log, 1) == (None, None)


def test_a_packed_log_reads_the_same_and_a_cut_one_up_to_the_cut(log, tmp_path):
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert profiled(packed, 0) == profiled(log, 0)
    packed.write_bytes(packed.read_bytes()[:-2000])
    resident, _ = profiled(packed, 0)
    assert resident is not None


def test_a_torn_last_line_is_left_out(log):
    whole = log.read_bytes()
    log.write_bytes(whole[: whole.index(b'"kernel_names"')])
    resident, examined = profiled(log, 0)
    assert resident is not None and examined is None


def test_a_log_that_is_gone_or_damaged_is_a_sentence(log, tmp_path):
    with pytest.raises(LogError, match="There is no log"):
        profiled(tmp_path / "none.jsonl", 0)
    log.write_bytes(log.read_bytes().replace(b'"kernel_ms":', b'"kernel_ms":x', 1))
    with pytest.raises(LogError, match="damaged"):
        profiled(log, 0)


def test_every_arm_as_it_was_loaded_last_is_found_in_one_look(tmp_path, monkeypatch):
    each = list(paired_events(paired_plan(EAGER, PURE)))
    first = next(event for event in each if isinstance(event, Resident))
    log = write_log(tmp_path / "log.jsonl", iter([*each, replace(first, load_s=7.0)]))
    told = {event.arm: event for event in read_events(log) if isinstance(event, Resident)}
    monkeypatch.setattr(evidence, "open_log", looks := Looks())
    assert residents(log) == told
    assert set(told) == {0, 1} and told[0].load_s == 7.0
    assert looks.logs == [log]


@pytest.mark.parametrize("piece_b", [7, 100, 4096])
def test_lines_that_lie_across_two_pieces_are_whole(log, monkeypatch, piece_b):
    whole = profiled(log, 0)
    monkeypatch.setattr(evidence, "PIECE_B", piece_b)
    assert profiled(log, 0) == whole


def test_a_word_inside_a_line_makes_it_no_line_of_that_kind(log):
    begin, rest = log.read_bytes().split(b"\n", 1)
    kind = b'{"kind":"unheard-of","words":"' + b"x" * 60 + b'"resident":x\n'
    log.write_bytes(begin + b"\n" + kind + rest)
    assert profiled(log, 0)[0] is not None


def test_a_damaged_line_is_named_by_its_number(log):
    lines = log.read_bytes().split(b"\n")
    number = next(i for i, line in enumerate(lines, 1) if b'"examined"' in line[:48])
    log.write_bytes(b"\n".join(line.replace(b'"kernel_ms":', b'"kernel_ms":x') for line in lines))
    with pytest.raises(LogError, match=f"Line {number} of"):
        profiled(log, 0)

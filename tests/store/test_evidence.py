"""What only the log has of a run is read from it without the rest of it."""

import gzip

import pytest

from ecotui.core.errors import LogError
from ecotui.store.evidence import profiled
from tests.analysis.profiled import FACTS, LONG, captured
from tests.factory import write_log


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

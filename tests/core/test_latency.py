"""TTFT, TPOT and ITL by their definitions."""

import numpy as np
import pytest

from ecotui.core.latency import latency

MS = 1_000_000


def call(*steps_ms: float) -> np.ndarray:
    return np.cumsum([7 * MS, *(round(s * MS) for s in steps_ms)])


def test_the_figures_are_those_of_the_definitions() -> None:
    times = latency([call(50, 10, 12, 14), call(70, 20, 20, 20)], rows=4)
    assert times.ttft_ms == pytest.approx(60)
    assert times.tpot_ms == pytest.approx((12 + 20) / 2)
    assert times.itl_p50_ms == pytest.approx(17)
    assert times.itl_p99_ms == pytest.approx(20)
    # 3 tokens a row after the first in 36 ms and 60 ms, 4 in 86 ms and 130 ms.
    assert times.decode_tok_s == pytest.approx((12 + 12) / (0.036 + 0.060))
    assert times.e2e_tok_s == pytest.approx((16 + 16) / (0.086 + 0.130))


def test_ttft_and_the_steps_after_it_are_the_whole_call() -> None:
    one = call(50, 10, 12, 14, 9.5)
    times = latency([one])
    assert times.ttft_ms is not None and times.tpot_ms is not None and times.e2e_tok_s is not None
    assert times.ttft_ms + 4 * times.tpot_ms == pytest.approx((one[-1] - one[0]) / MS)
    assert 5000 / times.e2e_tok_s == pytest.approx((one[-1] - one[0]) / MS)


def test_rates_are_those_of_the_times_however_the_pace_wanders() -> None:
    """Thus TTFT and the steps after it are the time a token takes end to end, of many calls as of one (R10)."""
    steps = 63
    times = latency([call(50, *[10] * steps), call(90, *[40] * steps), call(60, *[15] * steps)], rows=8)
    assert times.ttft_ms is not None and times.tpot_ms is not None
    assert times.decode_tok_s == pytest.approx(8000 / times.tpot_ms)
    assert times.e2e_tok_s == pytest.approx(8000 * (steps + 1) / (times.ttft_ms + steps * times.tpot_ms))


def test_without_a_whole_call_nothing_is_known() -> None:
    nothing = latency([call(), call(5)])
    assert {getattr(nothing, name) for name in type(nothing).__slots__} == {None}

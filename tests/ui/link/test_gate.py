"""How much may be sent: a budget holds, a slow link is not filled, a lost answer stops nothing."""

from __future__ import annotations

from ecotui.ui.link.gate import LEAST, LOST_S, SILENT_BPS, TARGET_S, Gate


def _sent(gate: Gate, seconds: float, piece: int = 150, step_s: float = 0.01) -> int:
    """Bytes that go through when there is always something to send and nobody answers."""
    total = 0
    for i in range(round(seconds / step_s)):
        while gate.room(i * step_s) > 0:
            gate.sent(piece, i * step_s, asked=False)
            total += piece
    return total


def test_a_budget_is_held() -> None:
    sent = _sent(Gate(16_000), 10)
    assert 0.98 * 160_000 <= sent <= 160_000 + 1000


def test_a_terminal_that_answers_nothing_gets_few_frames_and_every_answer_to_a_key() -> None:
    gate = Gate()
    assert _sent(gate, 10) <= SILENT_BPS * 10 + 1000
    assert gate.room(10.0) < LEAST and gate.room(10.0, urgent=True) == float("inf")


def test_a_slow_link_is_kept_so_empty_that_a_key_does_not_wait() -> None:
    gate, rate, now, free_s = Gate(), 8000, 0.0, 0.0
    arriving: list[float] = []
    waited: list[float] = []
    while now < 20:
        while arriving and arriving[0] <= now:
            gate.heard(arriving.pop(0))
        if (not gate.answers and not arriving) or (gate.answers and gate.room(now) >= LEAST / 2):
            size = LEAST if gate.answers else 4
            free_s = max(free_s, now) + size / rate
            arriving.append(free_s + 0.010)
            gate.sent(size, now, asked=True)
            waited.append(free_s - now)
        now += 0.001
    assert max(waited[len(waited) // 2 :]) <= 2 * LEAST / rate + TARGET_S
    assert gate.capacity_bps is not None and 0.6 * rate < gate.capacity_bps < 1.6 * rate


def test_a_free_link_takes_whole_screens() -> None:
    gate = Gate()
    gate.sent(4, 0.0, asked=True)
    gate.heard(0.001)
    for i in range(1, 40):
        gate.sent(int(gate.room(i * 0.1)), i * 0.1, asked=True)
        gate.heard(i * 0.1 + 0.002)
    assert gate.room(5.0) > 100_000


def test_an_answer_that_never_comes_is_given_up() -> None:
    gate = Gate()
    gate.sent(4, 0.0, asked=True)
    gate.heard(0.01)
    gate.sent(1_000_000, 1.0, asked=True)
    assert gate.room(1.1) < 0
    assert gate.room(1.1 + LOST_S) > 0

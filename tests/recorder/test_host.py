"""The boards of a host, put together from the driver, logs, locks and /proc."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecotui.core.clock import NS
from ecotui.recorder.host import SILENT_NS, BoardView, Host
from ecotui.recorder.live import Live, opened
from ecotui.recorder.users import Users
from ecotui.sensors.details import User
from ecotui.sensors.host_processes import Facts
from ecotui.store.home import Home
from tests import factory
from tests.recorder.under_way import SESSION, under_way
from tests.sensors.fake_nvml import Hands
from tests.sensors.host_boards import MadeBoard, info, opener

Make = Callable[..., Host]
PEOPLE = {
    20: Facts("anna", 1_000, 2.0, 90.0, 1, f"python -m ecotui record {SESSION}"),
    21: Facts("anna", 2_000, 4.0, 95.0, 20, "python -m ecotui.worker"),
    22: Facts("bob", 3_000, 6.0, 10.0, 1, "vllm serve"),
}


@pytest.fixture
def clock() -> Hands:
    """At the last reading of the factory's session."""
    last = max(e.at_ns for e in factory.events(outcome=None) if hasattr(e, "power_w"))
    return Hands(last)


@pytest.fixture
def host_of(tmp_path: Path, clock: Hands) -> Iterator[Make]:
    """A host that has looked at each board once at least."""
    made: list[Host] = []
    users = Users(PEOPLE.get, lambda: 100.0, {20: (21,)}.get, {SESSION: 20}.get)  # type: ignore[arg-type]

    def start(*boards: MadeBoard) -> Host:
        home = Home(tmp_path)
        made.append(Host([opener(b) for b in boards], home, users=users, period_s=0.01, clock=clock))
        made[-1].lookout.resume()
        for board in boards:
            for _ in range(2):
                board.looked.clear()
                assert board.looked.wait(10)
        return made[-1]

    yield start
    for host in made:
        host.close()


def only(host: Host) -> BoardView:
    (view,) = host.turn()
    return view


def test_a_free_board_is_read_itself(host_of: Make, clock: Hands) -> None:
    view = only(host_of(MadeBoard(1, clock.now_ns)))
    assert view.source == "board" and view.log is None and view.holder is None
    assert view.reading is not None and view.reading.power_w == 150.0
    assert view.powers == (150.0,)


def test_a_recorded_board_is_read_from_its_log_and_its_sensors_are_left_alone(
    host_of: Make, tmp_path: Path, clock: Hands
) -> None:
    board = MadeBoard(0)
    with under_way(tmp_path, info(0)) as log:
        host = host_of(board)
        host.turn()
        view = only(host)
        asked = board.asked
        for _ in range(3):
            board.looked.clear()
            assert board.looked.wait(10)
        assert board.asked <= asked + 1, "one look may have been under way"
        assert (view.source, view.log) == ("log", log)
        assert view.reading is not None and view.reading.power_w == 120.0
        assert view.label == "synthetic:tiny fp16 b4 · measuring"
        clock.now_ns += SILENT_NS
        assert only(host).source == "board", "a log that has gone silent spares nothing"
    assert only(host).log is None


def test_processes_are_the_drivers_and_the_sessions_own(host_of: Make, tmp_path: Path, clock: Hands) -> None:
    board = MadeBoard(0, users=(User(22, "vllm", 5_000, 40.0), User(77, "hidden", 6_000)))
    with under_way(tmp_path, info(0)):
        host = host_of(board)
        host.turn()
        clock.now_ns += NS
        rows = {p.pid: p for p in only(host).processes}
    assert (rows[22].user, rows[22].board_b, rows[22].host_b, rows[22].time_s) == ("bob", 5_000, 3_000, 90.0)
    assert (rows[22].cpu_pct, rows[22].sm_pct, rows[22].role) == (0.0, 40.0, "")
    assert (rows[77].command, rows[77].user, rows[77].host_b) == ("hidden", "", None)
    assert (rows[20].role, rows[21].role, rows[21].board_b) == ("recorder", "worker", None)


def test_a_board_that_does_not_answer_is_known_by_its_silence(host_of: Make, clock: Hands) -> None:
    board = MadeBoard(0)
    host = host_of(board)
    assert only(host).silent_s == 0.0
    board.free.clear()
    for _ in range(2):  # the second call hangs for sure
        board.entered.clear()
        if not board.entered.wait(0.1):
            break
    clock.now_ns += 12 * NS
    assert only(host).silent_s == 12.0
    board.free.set()


def test_the_newest_reading_of_a_log_is_found_from_its_end_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecotui.recorder.live.TAIL_B", 3_000)
    with under_way(tmp_path, info(0)) as log:
        live = Live(log)
        live.poll()
        assert live.reading is not None
        before = live.reading.at_ns
        line = b'{"kind":"reading","at_ns":%d,"power_w":9.0}\n' % (before + NS)
        with log.open("ab") as more:
            more.write(line[:20])
        live.poll()
        assert live.reading.at_ns == before
        with log.open("ab") as more:
            more.write(line[20:] + b"{damaged\n")
        live.poll()
        assert live.reading.power_w == 9.0


def test_what_is_no_log_yet_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b'{"kind":"hea')
    assert opened(tmp_path / "log.jsonl") is None
    assert opened(tmp_path / "none") is None

"""What each board's last selftest found, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ecotui.core.errors import BoardError, EcotuiError
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check, OutOfTimeError, within
from ecotui.recorder.selftest_files import stored
from ecotui.sensors.board import list_boards
from ecotui.store.home import Home

DRIVER_S = 20.0
UNKNOWN = "An older version made this test and did not tell what it could not check."


def selftests() -> Iterator[Check]:
    """The stored test of every board; boards that are here and have none."""
    try:
        tables = stored(Home.open(create=False))
    except EcotuiError:
        return
    here = _uuids()
    for table in tables:
        yield _stored(table, here)
    for uuid in here.keys() - {t["board"].get("uuid") for t in tables}:
        index = here[uuid][0]
        yield Check(f"selftest {index}", ABSENT, "never run", f"Two minutes: `ecotui selftest --gpu {index}`.")


def _stored(table: Mapping[str, Any], here: Mapping[str, tuple[int, str | None]]) -> Check:
    board, simulated = table["board"], bool(table.get("simulated"))
    uuid = board.get("uuid")
    changed = uuid in here and here[uuid][1] != board.get("driver")
    text = told(table) + (f" · the driver is {here[uuid][1]} now" if changed else "")
    failed = table["verdict"] == "fail" and not predates(table)
    careful = failed or predates(table) or table["verdict"] == "warn"
    state = BAD if failed and not simulated else WARN if careful else GOOD  # of a simulated one nothing here is broken
    options = "--sensor simulated" if simulated else f"--gpu {here[uuid][0]}" if uuid in here else ""
    again = f"Run it again: `ecotui selftest {options}`." if options else ""
    name = "sim" if simulated else board.get("index")
    advice = again if failed or changed or predates(table) else ""
    few = "" if advice else told(table, short=True)
    return Check(f"selftest {name}", state, text, advice, few)


def _uuids() -> dict[str, tuple[int, str | None]]:
    """Index and driver of every board that is here, by its identity."""
    try:
        return {info.uuid: (info.index, info.driver) for info in within(DRIVER_S, lambda: list_boards("nvml"))}
    except (BoardError, OutOfTimeError):
        return {}


def told(table: Mapping[str, Any], now: datetime | None = None, *, short: bool = False) -> str:
    """A stored test in one line: verdict, date, age, board, driver; `short` without the last two, in a sentence."""
    at = datetime.fromtimestamp(table["wall_ns"] / 1e9, UTC)
    days = ((now or datetime.now(UTC)) - at).days
    age = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    board = table["board"]
    mark = "SIMULATED · " if table.get("simulated") else ""
    verdict, words = ("unknown", UNKNOWN) if predates(table) else (table["verdict"], table["words"])
    on = f"{board['name']} · " if board.get("name") else ""
    if short:
        return f"{mark}{verdict} · {at:%Y-%m-%d} ({age}) · {words.partition('. ')[0].rstrip('.')}"
    return f"{mark}{verdict} · {at:%Y-%m-%d} ({age}) · {on}driver {board.get('driver') or '–'} · {words}"


def predates(table: Mapping[str, Any]) -> bool:
    """Whether the table is of a version that took what it could not check for a bar that was kept."""
    return not any(check.get("name") == "energy counter" for check in table.get("checks", ()))

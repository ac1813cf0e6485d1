"""`ecotui boards`: every GPU of this host at one moment, for people or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from ecotui.core.errors import BoardError
from ecotui.core.reading import reason_words
from ecotui.core.units import clean, gigabytes, number, watts
from ecotui.recorder.holders import Holder, hidden
from ecotui.recorder.host import BoardView, Host
from ecotui.recorder.users import Process
from ecotui.sensors.lookout import openers
from ecotui.store.home import Home

FIRST_S = 10.0
"""So long a board may take to answer for the first time; a driver starts within this on hosts with many."""
SPAN_S = 0.5
"""Between the two looks that a process's share of a processor comes from."""


def boards(chosen: argparse.Namespace) -> int:
    """Tell what every board does; 1 where one does not answer."""
    views = look(Host(openers(chosen.sensor == "simulated"), Home.open(create=False)))
    if chosen.json:
        sys.stdout.write(json.dumps({"boards": [to_dict(view) for view in views]}) + "\n")
    else:
        _print(views)
    return 1 if any(view.trouble or view.info is None for view in views) else 0


def look(host: Host, wait: Callable[[float], None] = time.sleep) -> Sequence[BoardView]:
    """Two looks, once every board has answered or had its time."""
    with closing(host):
        host.lookout.resume()
        deadline = time.monotonic() + FIRST_S
        while any(not (it.at_ns or it.trouble) for it in host.lookout.looks) and time.monotonic() < deadline:
            wait(0.02)
        host.turn()
        wait(SPAN_S)
        return host.turn()


def to_dict(view: BoardView) -> dict[str, Any]:
    """One board as plain values; what is not known is null."""
    info, reading, details = view.info, view.reading, view.details
    sensors = {} if reading is None else {f: getattr(reading, f) for f in reading.__slots__ if f != "energy_j"}
    return {
        "gpu": view.number,
        "name": info.name if info else None,
        "uuid": info.uuid if info else None,
        "simulated": info is not None and info.sensor == "simulated",
        "driver": info.driver if info else None,
        "cuda": info.cuda if info else None,
        "memory_total_b": info.memory_total_b if info else None,
        "power_limit_w": details.power_limit_w or (info.power_limit_w if info else None),
        "sensors_from": view.source,
        "reading": sensors or None,
        "clock_events": list(reason_words(reading.clock_event_reasons)) if reading else None,
        "fan_pct": details.fan_pct,
        "ecc": details.ecc,
        "ecc_errors": details.ecc_errors,
        "mig": details.mig,
        "pstate": details.pstate,
        "persistence": details.persistence,
        "compute_mode": details.compute_mode,
        "processes": [asdict(process) for process in view.processes],
        "recorded_by": None if view.holder is None else _holder(view.holder),
        "session": view.log.parent.name if view.log else None,
        "log": str(view.log) if view.log else None,
        "measured": view.label or None,
        "look_ms": view.cost_ms,
        "problem": _problem(view) or None,
    }


def _holder(holder: Holder) -> dict[str, Any]:
    return {"pid": holder.pid, "user": holder.user, "since": holder.since, "what": holder.what or None}


def _problem(view: BoardView) -> str:
    return view.trouble or (
        "" if view.info else BoardError(f"GPU {view.gpu} does not answer.", "See `nvidia-smi`.").what
    )


def _print(views: Sequence[BoardView]) -> None:
    from ecotui.cli.tables import cell, console

    out = console()
    for place, view in enumerate(views):
        for line in [*([""] if place else []), *_lines(view)]:
            out.print(cell(line), soft_wrap=True)


def _lines(view: BoardView) -> list[str]:
    info, it, details = view.info, view.reading, view.details
    name = clean(info.name, 60) if info else "does not answer"
    facts = f" · {clean(info.uuid, 60)} · driver {clean(info.driver or '–', 20)}" if info else ""
    lines = [f"GPU {view.number}  {name}{facts}"]
    if problem := _problem(view):
        lines.append(f"  {problem}")
    if it is not None and info is not None:
        limit = details.power_limit_w or info.power_limit_w
        lines.append(
            f"  {watts(it.power_w)} of {watts(limit)} · {number(it.temperature_c, 0)} °C · "
            f"SM {number(it.sm_clock_mhz, 0)} MHz · busy {number(it.utilization_pct, 0)} % · "
            f"{gigabytes(it.memory_used_b)} of {gigabytes(info.memory_total_b)} · "
            f"clock events: {', '.join(reason_words(it.clock_event_reasons)) or 'none'}"
        )
        lines.append(
            f"  fan {_or(details.fan_pct, ' %')} · ECC {_onoff(details.ecc)} · MIG {_onoff(details.mig)} · "
            f"state {'–' if details.pstate is None else f'P{details.pstate}'} · "
            f"persistence {_onoff(details.persistence)} · compute mode {details.compute_mode or '–'}"
        )
    if view.holder is not None:
        lines.append(f"  recorded by {view.holder.words}{'' if view.log else f'. {hidden(view.holder)}'}")
    if view.log is not None:
        lines.append(f"  {view.label}: watch it with `ecotui watch {view.log.parent.name}`")
    return [*lines, *(_process(process) for process in view.processes)]


def _process(process: Process) -> str:
    role = f"[{process.role}] " if process.role else ""
    return (
        f"  {process.pid:>8}  {process.user or '–':<10} {gigabytes(process.board_b):>9} GPU  "
        f"{number(process.sm_pct, 0):>4} % SM  {gigabytes(process.host_b):>9} host  "
        f"{number(process.cpu_pct, 0):>4} % CPU  {role}{process.command}"
    )


def _or(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.0f}{unit}"


def _onoff(value: bool | None) -> str:
    return "–" if value is None else "on" if value else "off"

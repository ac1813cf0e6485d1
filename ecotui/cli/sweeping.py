"""`ecotui sweep`: a plan's points measured one group after the other, gone on with wherever it was interrupted."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from dataclasses import replace
from signal import Signals
from typing import Any

from ecotui.cli.checking_quality import check_quality
from ecotui.cli.parts import check_model
from ecotui.cli.sweeping_follow import Sessions, follow
from ecotui.cli.sweeping_said import begun_line, complete_line, left_line, stopped_line, stops_line
from ecotui.cli.words_quality import quality_of
from ecotui.core.arm import Arm
from ecotui.core.errors import EcotuiError, UsageError
from ecotui.core.sweep import AXES, SweepPlan
from ecotui.core.sweep_file import find_plan, read_plan
from ecotui.core.sweep_state import FAILED, SweepState
from ecotui.recorder.main import EXIT
from ecotui.recorder.sweep import (
    LOG,
    Sweeping,
    complete,
    ended_s,
    find_sweep,
    is_driven,
    read_record,
    read_state,
    sample_sweeps,
    start_sweep,
    stop_sweep,
    sweep_folder,
    sweeps,
    unfinished,
)
from ecotui.recorder.sweep_boards import refuse_boards
from ecotui.store.home import Home, home_of_sweep

PROTOCOL = {
    "blocks": "blocks",
    "until": "until_pct",
    "order": "order",
    "warmups": "warmups",
    "window_seconds": "window_s",
    "idle_seconds": "idle_s",
    "gate_seconds": "gate_s",
    "gate_timeout": "gate_timeout_s",
}
"""Options of the command line, and the protocol's fields that they mean."""
MOST_MINUTES = 60 * 24 * 365


def sweep(chosen: argparse.Namespace) -> int:
    """Measure, list, report, stop or merely look at a sweep."""
    if chosen.list:
        return _list(chosen)
    if chosen.report is not None:
        home = Home.open()
        return report(home, find_sweep(home, chosen.report, samples=True), chosen.json)
    if chosen.stop is not None:
        return _stop(Home.open(), chosen.stop)
    check_minutes(chosen.minutes)
    plan = plan_of(chosen)
    if chosen.dry_run:
        from ecotui.cli.sweeping_dry import dry_run
        from ecotui.recorder.host_memory import room_b

        host_b = room_b(plan.device, chosen.worker)
        return dry_run(plan, as_json=chosen.json, host_b=host_b)
    return _measure(chosen, plan)


def plan_of(chosen: argparse.Namespace) -> SweepPlan:
    """The plan that was typed: a file's, a shipped one's or a sweep's own.

    Raises:
        UsageError: it cannot be meant.
    """
    typed = _typed(chosen)
    if chosen.resume is not None:
        if chosen.plan is not None or typed:
            raise UsageError("--resume goes on with a sweep as it was planned.", "Leave the plan and its options out.")
        home = Home.open()
        plan = read_record(home, find_sweep(home, chosen.resume)).plan
    elif chosen.plan is None:
        raise UsageError("Which plan?", "Name a TOML file, or one of the shipped: see `ecotui sweep --help`.")
    else:
        plan = read_plan(find_plan(chosen.plan), typed)
    if chosen.gpus is not None:
        plan = replace(plan, gpus=chosen.gpus or _all_boards(plan.sensor)).checked()
    _check_models(plan, chosen)
    _check_quality(plan, chosen)
    return plan


def _check_models(plan: SweepPlan, chosen: argparse.Namespace) -> None:
    """Refuse models that cannot be meant, with the option or with the file and key that name them."""
    where = "--models" if chosen.models else f"{find_plan(chosen.plan)}: models" if chosen.plan else "models"
    for model in plan.models:
        try:
            check_model(Arm(model, trust_remote_code=plan.trust_remote_code))
        except UsageError as error:
            raise UsageError(f"{where}: {error.what}", error.advice) from error


def _check_quality(plan: SweepPlan, chosen: argparse.Namespace) -> None:
    """Refuse what cannot be scored, with the file that names it where that was no option."""
    try:
        check_quality(plan.quality, [Arm(model) for model in plan.models])
    except UsageError as error:
        where = f"{find_plan(chosen.plan)}: quality: " if chosen.plan and not chosen.quality else ""
        raise UsageError(f"{where}{error.what}", error.advice) from error


def _typed(chosen: argparse.Namespace) -> dict[str, Any]:
    names = (*AXES, "sensor", "device", "label")
    out = {name: value for name in names if (value := getattr(chosen, name)) is not None}
    if chosen.device == "cpu":
        out.setdefault("sensor", "simulated")
    if chosen.sensor == "simulated":
        out.setdefault("device", "cpu")
    protocol = {field: value for name, field in PROTOCOL.items() if (value := getattr(chosen, name)) is not None}
    if chosen.no_gate:
        protocol["gate_s"] = 0.0
    if (quality := quality_of(chosen)) is not None or chosen.no_quality:
        out["quality"] = None if chosen.no_quality else quality
    return out | ({"protocol": protocol} if protocol else {})


def _all_boards(sensor: str) -> tuple[int, ...]:
    from ecotui.sensors.board import list_boards

    return tuple(board.index for board in list_boards(sensor))


def _measure(chosen: argparse.Namespace, plan: SweepPlan) -> int:
    home = Home.open()
    resume = find_sweep(home, chosen.resume) if chosen.resume else None
    if (over := _complete(home, plan, chosen, resume)) is not None:
        return _over(home, over, chosen)
    goes_on = resume or (None if chosen.new else _unfinished(home, plan, chosen))
    refuse_boards(home, plan, plan.gpus, goes_on)
    if all(p.reason for g in plan.groups() for p in g.points):
        raise UsageError("There is nothing to measure: every point is left out.", "Look at the plan's [[skip]] tables.")
    broken_off = read_state(home, goes_on).broken_off if goes_on else ()
    begun = start_sweep(
        home,
        plan,
        gpus=plan.gpus,
        new=chosen.new,
        resume=resume,
        retry_failed=chosen.retry_failed,
        minutes=chosen.minutes,
        worker=chosen.worker,
    )
    sys.stderr.write(f"{begun_line(begun, read_state(home, begun.sweep), broken_off)}\n")
    if chosen.detach:
        return _detached(begun, as_json=chosen.json)
    state = follow(home, begun)
    if isinstance(state, Signals):
        return _let_go(begun.sweep, state)
    broke = begun.process is not None and begun.process.returncode not in EXIT.values()
    if broke or not state.outcome:
        raise EcotuiError(
            f"The driver of the sweep ended before the sweep did. {_complaint(begun)}".strip(),
            f"`ecotui sweep --resume {begun.sweep}` goes on at its first missing point.",
        )
    if state.missing and state.outcome == "stopped":
        sys.stderr.write(f"{stopped_line(state)}\n")
    return report(home, begun.sweep, chosen.json)


def check_minutes(minutes: float | None) -> None:
    """Refuse a time that no sweep can have.

    Raises:
        UsageError: it is none.
    """
    if minutes is not None and not 0 < minutes <= MOST_MINUTES:
        raise UsageError(f"--minutes must be above 0 and at most {MOST_MINUTES}, not {minutes:g}.")


def _unfinished(home: Home, plan: SweepPlan, chosen: argparse.Namespace) -> str | None:
    return unfinished(home, plan, ended=chosen.retry_failed)


def _complete(home: Home, plan: SweepPlan, chosen: argparse.Namespace, resume: str | None) -> str | None:
    """The sweep that leaves nothing to be measured; None where something is, or where another is to begin."""
    if resume is not None:
        state = read_state(home, resume)
        to_do = state.missing or is_driven(home, resume) or (chosen.retry_failed and state.retryable)
        return None if to_do else resume
    if chosen.new or _unfinished(home, plan, chosen) is not None:
        return None
    return complete(home, plan)


def _over(home: Home, sweep_id: str, chosen: argparse.Namespace) -> int:
    """Say that a sweep is complete, and report it."""
    line = complete_line(read_state(home, sweep_id), ended_s(read_record(home, sweep_id)))
    sys.stderr.write(f"{line}\n")
    if chosen.detach:
        log = sweep_folder(home, sweep_id) / LOG
        return _detached(Sweeping(sweep_id, log, None, True), as_json=chosen.json)
    return report(home, sweep_id, chosen.json)


def _let_go(sweep_id: str, number: Signals) -> int:
    with contextlib.suppress(OSError):  # the terminal may be gone
        sys.stderr.write(f"{left_line(sweep_id)}\n")
        sys.stderr.flush()
    return 128 + number


def _detached(begun: Sweeping, *, as_json: bool) -> int:
    if as_json:
        _print({"sweep": begun.sweep, "log": str(begun.log), "resumed": begun.resumed})
    else:
        sys.stdout.write(f"{begun.sweep}\n")
    return 0


def _complaint(begun: Sweeping) -> str:
    try:
        lines = (begun.log.parent / "driver.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def report(home: Home, sweep_id: str, as_json: bool) -> int:
    """Print what a sweep has measured; returns its exit code."""
    from ecotui.analysis.sweep_report import sweep_document, sweep_json
    from ecotui.store.store import Store

    Store(home).adopt()
    state = read_state(home_of_sweep(home, sweep_id), sweep_id)
    if as_json:
        told = sweep_json(home, sweep_id)
        _print(told | {"exit_code": exit_code(state)})
    else:
        from ecotui.cli.sweep_text import print_document

        print_document(sweep_document(home, sweep_id))
    return exit_code(state)


def exit_code(state: SweepState) -> int:
    """0 where every point is done or skipped, 130 where it was stopped, else 1; 0 of one that still goes on."""
    if state.missing:
        return 130 if state.outcome == "stopped" else 1 if state.outcome == "failed" else 0
    return 1 if state.counts[FAILED] else 0


def _list(chosen: argparse.Namespace) -> int:
    home, left_s = Home.open(), dict[str, float]()
    found, samples, faults = [], list[SweepState](), 0
    for sweep_id in (*sweeps(home), *sample_sweeps()):
        place = home_of_sweep(home, sweep_id)
        try:
            state = read_state(place, sweep_id)
            if place != home:
                samples.append(state)
                continue
            left_s[state.sweep] = Sessions(home).left_s(state)
            found.append((state, is_driven(home, sweep_id)))
        except EcotuiError as error:
            sys.stderr.write(f"ecotui: {error}\n")
            faults = 1
    if chosen.json:
        here = [_listed(state, "here", driven) for state, driven in found]
        _print({"sweeps": [*here, *(_listed(state, "sample", False) for state in samples)]})
    else:
        from ecotui.cli.sweep_text import print_list

        print_list(found, left_s, samples)
    return faults


def _listed(state: SweepState, origin: str, driven: bool) -> dict[str, Any]:
    return {"sweep": state.sweep, "plan": state.plan.name, "origin": origin, "driven": driven, **state.counts}


def _stop(home: Home, text: str) -> int:
    sweep_id = find_sweep(home, text)
    if not is_driven(home, sweep_id):
        raise UsageError(f"The sweep {sweep_id} is not going on.", "`ecotui sweep --list` says which are.")
    state = read_state(home, sweep_id)
    stop_sweep(home, sweep_id)
    sys.stderr.write(f"{stops_line(state)}\n")
    return 0


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")

"""`ecotui doctor`: what works here, what does not, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import ecotui
from ecotui.cli.selftest import predates, told
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.reading import Reading, reason_words
from ecotui.core.units import clean, gigabytes, watts
from ecotui.recorder.environment import environment
from ecotui.recorder.selftest_files import stored
from ecotui.sensors.board import list_boards, open_board
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples

GOOD, ABSENT, WARN, BAD = "ok", "absent", "warning", "broken"
LIBRARIES = """
import importlib, json, sys
out = {}
for name in ("torch", "transformers", "accelerate", "bitsandbytes"):
    try:
        module = importlib.import_module(name)
        out[name] = getattr(module, "__version__", "?")
    except BaseException as error:
        out[name + "_error"] = f"{type(error).__name__}: {error}"[:300]
if "torch" in out:
    import torch
    out["torch_cuda"] = torch.version.cuda
    out["cuda_available"] = torch.cuda.is_available()
    out["devices"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print("\\n" + json.dumps(out))
"""
"""Runs in a process of its own: torch is never imported into this one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One point, its state in a word, what was seen, and what mends it."""

    name: str
    state: str
    """ "ok", "absent" (not here, and nothing is wrong with that), "warning" (works, with care) or "broken"."""
    text: str
    advice: str = ""


def doctor(chosen: argparse.Namespace) -> int:
    """Check everything; 1 where something is broken."""
    checks = list(_checks())
    if chosen.json:
        sys.stdout.write(json.dumps({"ecotui": ecotui.__version__, "checks": [asdict(c) for c in checks]}) + "\n")
    else:
        from ecotui.cli.tables import cell, console

        out = console()
        for check in checks:
            glyph = {GOOD: "✔", ABSENT: "·", WARN: "▲", BAD: "✖"}[check.state]
            out.print(cell(f"{glyph} {check.name:<14} {check.state:<7} {clean(check.text)}"))
            if check.advice:
                out.print(cell(f"{'':<25}→ {clean(check.advice)}"))
    return 1 if any(c.state == BAD for c in checks) else 0


def _checks() -> Iterator[Check]:
    facts = environment()
    yield Check("host", GOOD, f"{facts.get('host')} · {facts.get('cpu', '?')} · {facts.get('cpu_cores')} cores")
    yield Check("python", GOOD, f"{facts['python']} · ecotui {ecotui.__version__}")
    yield from _home()
    boards = list(_boards())
    yield from boards
    yield from _selftests()
    yield from _libraries(any(c.name.startswith("gpu") and c.state == GOOD for c in boards))
    yield _terminal()


def _home() -> Iterator[Check]:
    try:
        home = Home.open()
        free = shutil.disk_usage(home.root).free
        yield Check("home", GOOD, f"{home.root} · {gigabytes(free)} free · errors go to {home.error_log.name}")
        store = Store(home, default_samples())
        runs = store.runs()
    except EcotuiError as error:
        yield Check("home", BAD, error.what, error.advice)
        return
    here = sum(r.origin == "here" for r in runs)
    yield Check("store", GOOD, f"{here} runs of this machine, {len(runs) - here} samples")
    for problem in store.problems:
        yield Check("store", BAD, problem)


def _boards() -> Iterator[Check]:
    try:
        boards = list_boards("nvml")
    except BoardError as error:
        absent = shutil.which("nvidia-smi") is None and "pip" not in error.advice
        yield Check("nvml", ABSENT if absent else BAD, error.what, error.advice)
        return
    yield Check(
        "nvml", GOOD, f"driver {boards[0].driver or '–'} · CUDA {boards[0].cuda or '–'}" if boards else "no board"
    )
    for info in boards:
        try:
            board = open_board("nvml", info.index)
            reading, energy = board.read(), board.energy_j()
            board.close()
        except BoardError as error:
            yield Check(f"gpu {info.index}", BAD, error.what, error.advice)
            continue
        yield _sensors(f"gpu {info.index}", info.name, reading, energy)


def _selftests() -> Iterator[Check]:
    try:
        tables = stored(Home.open())
    except EcotuiError:
        return
    here = _uuids()
    for table in tables:
        board = table["board"]
        uuid = board.get("uuid")
        advice = f"Run `ecotui selftest --gpu {here[uuid][0]}` again." if uuid in here else ""
        changed = uuid in here and here[uuid][1] != board.get("driver")
        text = told(table) + (f" · the driver is {here[uuid][1]} now" if changed else "")
        real = not table.get("simulated")
        state = {"fail": BAD, "warn": WARN}.get(table["verdict"], GOOD) if real else GOOD
        old = predates(table)
        name = "sim" if table.get("simulated") else board.get("index")
        yield Check(f"selftest {name}", state, text, advice if state == BAD or changed or old else "")
    for uuid in here.keys() - {t["board"].get("uuid") for t in tables}:
        index = here[uuid][0]
        yield Check(f"selftest {index}", ABSENT, "never run", f"`ecotui selftest --gpu {index}` takes two minutes.")


def _uuids() -> dict[str, tuple[int, str | None]]:
    """Index and driver of every board that is here, by its identity."""
    try:
        return {info.uuid: (info.index, info.driver) for info in list_boards("nvml")}
    except BoardError:
        return {}


def _sensors(name: str, title: str, reading: Reading, energy: float | None) -> Check:
    missing = [f for f in reading.__slots__ if f not in ("at_ns", "energy_j") and getattr(reading, f) is None]
    missing += ["energy_j"] if energy is None else []
    words = ", ".join(reason_words(reading.clock_event_reasons)) or "none"
    text = f"{title} · {watts(reading.power_w)} · clock events: {words}"
    if reading.power_w is None and energy is None:
        return Check(name, BAD, f"{text} · neither power nor energy answers", "Update the NVIDIA driver.")
    return Check(
        name, GOOD, text + (f" · not on this board: {', '.join(missing)}" if missing else " · all sensors answer")
    )


def _libraries(gpu: bool) -> Iterator[Check]:
    try:
        done = subprocess.run(
            [sys.executable, "-c", LIBRARIES], capture_output=True, text=True, timeout=180, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        yield Check("libraries", BAD, "torch and its companions could not be imported", "Reinstall: pip install -e .")
        return
    for name in ("torch", "transformers", "accelerate", "bitsandbytes"):
        if name in found:
            yield Check(name, GOOD, str(found[name]))
        else:
            yield Check(name, BAD, str(found.get(f"{name}_error")), f"pip install --force-reinstall {name}")
    if found.get("cuda_available"):
        yield Check("cuda", GOOD, f"torch's CUDA {found['torch_cuda']} · {', '.join(found['devices'])}")
    elif gpu:
        yield Check("cuda", BAD, "torch does not see the GPU", "Install a torch build for your CUDA: pytorch.org.")
    else:
        yield Check("cuda", ABSENT, "torch sees no GPU; the embedded default runs on the CPU")


def _terminal() -> Check:
    size = shutil.get_terminal_size((0, 0))
    if not sys.stdout.isatty():
        return Check("terminal", ABSENT, "stdout is not a terminal")
    small = size.columns < 60 or size.lines < 18
    return Check(
        "terminal",
        BAD if small else GOOD,
        f"{size.columns} × {size.lines}",
        "Enlarge it to 60 × 18 at least." if small else "",
    )

"""What is begun in a trial: a session, the command line, the application, a sweep; all short, all simulated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.core.sweep import SweepPlan
from ecotui.recorder.board_lock import SIMULATED
from ecotui.recorder.launch import launch, new_session_id
from ecotui.recorder.sweep import start_sweep
from ecotui.sensors.faults import VARIABLE
from ecotui.store.home import Home

QUICK = Protocol(idle_s=0.2, warmups=1, windows=10, window_s=0.2)
PLAN = Plan((Arm("synthetic:tiny", new_tokens=10, batch_size=2),), QUICK, "simulated", 0, "cpu", "of a trial")
SWEEP = SweepPlan(
    "of-a-trial",
    ("synthetic:tiny",),
    ("fp16",),
    batch_sizes=(1, 2),
    new_tokens=(10,),
    protocol=replace(QUICK, windows=2, blocks=1),
    sensor="simulated",
    device="cpu",
)
WORDS = (
    *("run", "--sensor", "simulated", "--worker", "scripted", "--new-tokens", "10", "--no-gate"),
    *("--idle-seconds", "0.2", "--warmups", "1", "--window-seconds", "0.2", "--windows", "10"),
)
"""The same session from the command line."""
IMPATIENT = (
    "import json, sys; from ecotui.core.plan import Plan; from ecotui.recorder.main import record;"
    "from ecotui.sensors.board import open_board; from ecotui.store.home import Home;"
    "from ecotui.recorder import silence; silence.BOARD_S = 1.5;"
    "record(Home.open(), sys.argv[2], Plan.from_dict(json.load(sys.stdin)),"
    " lambda p: open_board(p.sensor, p.gpu), worker=sys.argv[3], hang_s=0.8)"
)
"""A recorder that waits less for a worker or a board that hangs; its words are those of the real one."""
MARKS = 24
"""Phases that a session enters, and windows that its log gets."""
APP_S, WORKER_S, DRIVER_S = 3.0, 4.0, 8.0
"""Moments of those whose progress is not asked for are drawn from so many seconds."""


def script(**faults: object) -> None:
    """How workers behave that are started from now on."""
    os.environ["ECOTUI_SCRIPT"] = json.dumps({"step_s": 0.004, "load_s": 0.1} | faults)


def board(**faults: object) -> None:
    """How boards behave that are opened from now on."""
    os.environ[VARIABLE] = json.dumps(faults)
    os.environ.pop(SIMULATED, None)


def session(home: Home) -> None:
    """A recorder as the application starts it."""
    launch(home, PLAN, "scripted")


def one_board(home: Home) -> None:
    """The simulated board is one that only one recorder may hold, from now on and in this home's trial alone."""
    os.environ[SIMULATED] = home.root.name


def impatient_session(home: Home) -> None:
    """A recorder that takes a worker for hung before long."""
    name = new_session_id()
    home.session(name).mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, "record", name, "scripted"],
        stdin=subprocess.PIPE,
        stderr=(home.session(name) / "recorder.log").open("wb"),
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(json.dumps(PLAN.to_dict()).encode())


def sweep(home: Home, resume: str | None = None) -> str:
    """A sweep of two sessions, as the command line starts it; its id."""
    return start_sweep(home, SWEEP, resume=resume, worker="scripted").sweep

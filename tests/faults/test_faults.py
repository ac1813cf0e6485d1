"""Twenty of the two hundred: each kills a process, or takes its disk, terminal or memory, in mid-session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.__main__ import trials
from tests.faults.kinds import KINDS

SEED = "339"
"""Each process is struck in several ways, a full disk, a hung worker and a closed terminal are among them, and what
takes longest, sweeps and the application, comes only twice each."""


def test_whatever_is_struck_completed_windows_are_stored_and_nobody_is_left_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--times", "20", "--seed", SEED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seed_gives_the_same_trials_and_two_hundred_hold_every_kind() -> None:
    assert trials(200, 1) == trials(200, 1) != trials(200, 2)
    assert {it.kind for it in trials(200, 1)} == set(KINDS)


def test_the_seed_of_the_test_strikes_every_process_and_fills_the_disk() -> None:
    struck = {it.kind.split()[0] for it in trials(20, int(SEED))}
    assert struck >= {"recorder", "worker", "command,", "application", "driver", "disk", "board", "recorders"}

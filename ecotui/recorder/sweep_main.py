"""`python -m ecotui.recorder.sweep_main SWEEP`: the driver's own process, which an operator never types."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from collections.abc import Sequence

from ecotui.core.errors import EcotuiError
from ecotui.recorder.main import EXIT
from ecotui.recorder.sweep import LOG, sweep_folder
from ecotui.recorder.sweep_drive import Driver
from ecotui.recorder.sweep_log import SweepBusyError, SweepLog
from ecotui.recorder.worker import WORKERS
from ecotui.store.home import Home

BROKE = 3
"""Exit code of a driver that could not write how its sweep ended."""


def main(words: Sequence[str] | None = None) -> int:
    """Drive a sweep to its end; returns the exit code of its outcome."""
    chosen = _parser().parse_args(words)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        home = Home.open()
        with SweepLog(sweep_folder(home, chosen.sweep) / LOG) as log:
            gpus = [int(gpu) for gpu in chosen.gpus.split(",") if gpu]
            driver = Driver(home, log, gpus, chosen.worker, time.time() + 60 * chosen.minutes)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: driver.ask_to_stop())
            return EXIT[driver.run(chosen.retry_failed)]
    except SweepBusyError:  # which is left to whoever drives it
        return 0
    except EcotuiError as error:
        sys.stderr.write(f"{error}\n")
        return BROKE


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="ecotui.recorder.sweep_main")
    made.add_argument("sweep")
    made.add_argument("--gpus", default="")
    made.add_argument("--minutes", type=float, default=math.inf)
    made.add_argument("--worker", choices=tuple(WORKERS), default="transformers")
    made.add_argument("--retry-failed", action="store_true")
    return made


if __name__ == "__main__":
    sys.exit(main())

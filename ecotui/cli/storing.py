"""`ecotui store rebuild`: the store made anew from the logs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from ecotui.core.units import clean
from ecotui.store.home import Home
from ecotui.store.rebuild import rebuild
from ecotui.store.store import Store


def rebuilding(chosen: argparse.Namespace) -> int:
    """Store every session again from its log; 1 where a log could not be used."""
    done = rebuild(Store(Home.open()))
    if chosen.json:
        sys.stdout.write(json.dumps(asdict(done)) + "\n")
    else:
        parts = [f"{_sessions(len(done.stored))} made anew from their logs"]
        parts += [f"{len(done.kept)} kept as stored, without a whole log"] if done.kept else []
        parts += [f"{len(done.recording)} left alone, still being recorded"] if done.recording else []
        sys.stdout.write(f"{', '.join(parts)}.\n")
    for problem in done.problems:
        sys.stderr.write(f"ecotui: {clean(problem, 1000)}\n")
    return 1 if done.problems else 0


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"

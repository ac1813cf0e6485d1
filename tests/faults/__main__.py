"""`python -m tests.faults --times 200 --seed 1`: strikes sessions at random, and looks at what is left of them."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecotui.recorder.board_lock import PLACE
from ecotui.store.home import Home
from tests.faults import sessions
from tests.faults.kinds import KINDS, Struck
from tests.faults.scene import become_reaper, driver, leave_nobody, recorder, until
from tests.faults.small_disk import NoDiskError, unmount

JOBS = 6
"""Trials at a time: each waits most of its life."""


@dataclass(frozen=True)
class Trial:
    """One of many."""

    number: int
    seed: int
    kind: str


@dataclass(frozen=True)
class Verdict:
    """What came of it."""

    trial: Trial
    outcome: str
    problems: tuple[str, ...]
    took_s: float


def trials(times: int, seed: int, only: str = "") -> list[Trial]:
    """Each kind once, then each by its share, in an order of chance; the same for the same seed."""
    kinds, chance = {name: share for name, (share, _) in KINDS.items() if only in name}, random.Random(seed)  # noqa: S311
    once, more = list(kinds), [name for name, share in kinds.items() for _ in range(share - 1)]
    chance.shuffle(once)
    chance.shuffle(more)
    ladder = [*once, *more]
    return [Trial(number, seed, ladder[number % len(ladder)]) for number in range(times)]


def play(trial: Trial) -> Verdict:
    """One trial, in a home of its own that is gone afterwards, unless something was found."""
    began, root = time.monotonic(), Path(tempfile.mkdtemp(prefix="ecotui-fault-"))
    os.environ |= {"ECOTUI_HOME": str(root), "HF_HUB_OFFLINE": "1"}
    become_reaper()
    sessions.script()
    sessions.board()
    outcome, found = "not played", list[str]()
    try:
        home = Home.open()
        chance = random.Random(f"{trial.seed} {trial.number}")  # noqa: S311 - no secret
        outcome, found = _look(home, KINDS[trial.kind][1](home, chance))
    except NoDiskError:
        leave_nobody()
    except Exception:
        found = [traceback.format_exc(), *leave_nobody()]
    if found:
        found.append(f"its home is {root}")
    else:
        unmount(root)
        shutil.rmtree(root)
        for lock in PLACE.glob(f"ecotui-*-{root.name}.lock"):
            lock.unlink()
    return Verdict(trial, outcome, tuple(found), time.monotonic() - began)


def _look(home: Home, what: Struck) -> tuple[str, list[str]]:
    until(lambda: not (recorder() or driver()), "the end of what records")
    orphans = [f"left behind: {name}" for name in leave_nobody()]
    from tests.faults.checks import outcome, problems

    found = [*orphans, *problems(home, what)]
    return outcome(home), found


def main(words: Sequence[str] | None = None) -> int:
    """Play them all; 1 where anything was found."""
    chosen = _parser().parse_args(words)
    every = trials(chosen.times, chosen.seed, chosen.only)
    every = [it for it in every if chosen.number in (None, it.number)]
    counts, bad, began = Counter[tuple[str, str]](), list[Verdict](), time.monotonic()
    with multiprocessing.get_context("fork").Pool(chosen.jobs) as pool:
        for verdict in pool.imap_unordered(play, every):
            counts[verdict.trial.kind, verdict.outcome] += 1
            if verdict.problems:
                bad.append(verdict)
                _say(verdict)
            elif chosen.verbose:
                sys.stdout.write(
                    f"{verdict.trial.number:4} {verdict.trial.kind:34} {verdict.outcome:12} {verdict.took_s:5.1f} s\n"
                )
    for (kind, outcome), count in sorted(counts.items()):
        sys.stdout.write(f"{kind:34} {outcome:12} {count:4}\n")
    sys.stdout.write(f"{len(every)} trials in {time.monotonic() - began:.0f} s, {len(bad)} with something found\n")
    return 1 if bad else 0


def _say(verdict: Verdict) -> None:
    it = verdict.trial
    sys.stdout.write(f"trial {it.number} of seed {it.seed}, {it.kind}: {verdict.outcome}\n")
    sys.stdout.writelines(f"    {line}\n" for problem in verdict.problems for line in problem.splitlines())
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    made.add_argument("--times", type=int, default=20)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--jobs", type=int, default=JOBS)
    made.add_argument("--only", default="", help="kinds whose name holds this")
    made.add_argument("--number", type=int, help="only the trial of this number")
    made.add_argument("--verbose", action="store_true")
    return made


if __name__ == "__main__":
    sys.exit(main())

"""Does measuring change what is measured? One worker, generating under three conditions in ABBA order.

python -m benchmarks.observer [--model synthetic:tinyllama-1.1b] [--engine eager] [--blocks 8] [--seconds 4]

- two reads: nothing but the board's counter, read once before and once after a window;
- recorder: beside it a process that samples and writes the log as a recorder does;
- application: the same, and the application at 200×50 watching that log.

Energy is the difference of the two reads in every condition, so that no estimator takes part in the comparison.
The watchers live through the whole benchmark and stand still (SIGSTOP) but for their own windows: windows can be short
then, and a host whose speed wanders weighs on all conditions alike.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.table import paired, show
from benchmarks.terminal import Terminal
from ecotui.core.arm import Arm
from ecotui.core.clock import Tie, now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.events import Header, Phase, Resident, Steps
from ecotui.core.messages import Command, Examined, Failed, Load, Measure, Measured, Ready, Reply, WarmedUp, WarmUp
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import Reading, Ring, Slow, Tick
from ecotui.core.wire import decode, encode, kinds
from ecotui.log.format import VERSION
from ecotui.log.writer import LogWriter
from ecotui.recorder.environment import environment
from ecotui.recorder.session import ring_event
from ecotui.recorder.worker import WorkerProcess, command_line
from ecotui.sensors.board import open_board
from ecotui.sensors.sampler import Sampler
from ecotui.store.home import Home

CONDITIONS = ("two reads", "recorder", "application")
BARS_PCT = (0.5, 1.0)
"""Most that throughput and energy may differ from the two reads."""
SETTLE_S = 3.0
"""For the application's first frames."""
TURN_S = 0.5
"""Between two windows."""


def observe(sensor: str, plan: Plan) -> None:
    """The recorder's part: samples the board and logs it, and the worker's steps that come on stdin."""
    board = open_board(sensor, 0)
    folder = Home.open().session("observer")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tie, lock = Tie.now(), threading.Lock()
    with LogWriter(folder / "log.jsonl") as writer:
        header = Header(VERSION, "observer", tie.monotonic_ns, tie.wall_ns, plan.to_dict(), board.info, environment())
        writer.write(header)
        writer.write(Phase(now_ns(), "measuring", 0, 1, plan.protocol.window_s))

        def sink(item: Reading | Tick | Ring | Slow | Exception) -> None:
            if isinstance(item, Reading | Tick | Ring):
                with lock:
                    writer.write(ring_event(item) if isinstance(item, Ring) else item)

        with Sampler(board, sink=sink, sparse=sensor != "simulated"):
            for line in sys.stdin:
                event = decode(line, kinds(Steps))
                if event is not None:
                    with lock:
                        writer.write(event)
    board.close()


@dataclass(frozen=True)
class Watch:
    """Processes that watch while they are let go, and stand still otherwise."""

    recorder: subprocess.Popen[bytes]
    processes: tuple[int, ...]

    def go(self) -> None:
        """Let them run."""
        for pid in self.processes:
            os.kill(pid, signal.SIGCONT)

    def halt(self) -> None:
        """Stop them where they are: they neither sample nor draw."""
        for pid in self.processes:
            os.kill(pid, signal.SIGSTOP)


def end(recorder: subprocess.Popen[bytes]) -> None:
    """Close a recorder's stdin, and wait for it."""
    recorder.communicate()


class Bench:
    """The worker, and who watches it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.arm = Arm(
            options.model, batch_size=options.batch_size, new_tokens=options.new_tokens, engine=options.engine
        )
        self.device = "cpu" if options.sensor == "simulated" else "cuda"
        self.plan = Plan((self.arm,), Protocol(windows=1, window_s=options.seconds), options.sensor, 0, self.device)
        self.board = open_board(options.sensor, 0)
        self.replies: asyncio.Queue[Reply | None] = asyncio.Queue()
        self.watcher: subprocess.Popen[bytes] | None = None

    def hear(self, reply: Reply | None) -> None:
        """Everything the worker says; its steps go on to whoever logs them."""
        if reply is not None:
            self.board.observe(reply)
        if isinstance(reply, Steps) and self.watcher is not None and self.watcher.stdin is not None:
            with contextlib.suppress(OSError):
                self.watcher.stdin.write((encode(reply) + "\n").encode())
                self.watcher.stdin.flush()
        if reply is None or isinstance(reply, Ready | Resident | WarmedUp | Measured | Examined | Failed):
            self.replies.put_nowait(reply)

    async def ask(self, worker: WorkerProcess, command: Command) -> Reply:
        """Send a command and wait for its answer."""
        worker.send(command)
        reply = await self.replies.get()
        if reply is None or isinstance(reply, Failed):
            raise SystemExit(f"the worker failed: {reply}")
        return reply

    async def window(self, worker: WorkerProcess) -> tuple[float, float]:
        """Tokens a second, and joules a thousand tokens between two reads of the counter."""
        before = self.board.energy_j()
        reply = await self.ask(worker, Measure(1, self.options.seconds))
        after = self.board.energy_j()
        assert isinstance(reply, Measured)
        seconds = (reply.t1_ns - reply.t0_ns) / 1e9
        joules = math.nan if before is None or after is None else after - before
        return reply.tokens / seconds, 1000 * joules / reply.tokens

    def watch(self, stack: contextlib.ExitStack, app: bool) -> Watch:
        """A recorder of its own home, and the application on its log; stopped until it is its turn."""
        home = stack.enter_context(tempfile.TemporaryDirectory())
        words = ["--observe", json.dumps(self.plan.to_dict()), "--sensor", self.options.sensor]
        command = [sys.executable, "-m", "benchmarks.observer", *words]
        recorder = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"ECOTUI_HOME": home})
        stack.callback(end, recorder)
        log = Path(home) / "sessions" / "observer" / "log.jsonl"
        while not log.exists():
            time.sleep(0.05)
        processes = [recorder.pid]
        if app:
            command = [sys.executable, "-m", "ecotui", "--sensor", self.options.sensor]
            terminal = stack.enter_context(Terminal(command, 200, 50, {"ECOTUI_HOME": home}))
            threading.Thread(target=_swallow, args=(terminal,), daemon=True).start()
            time.sleep(SETTLE_S)
            processes.append(terminal.process.pid)
        made = Watch(recorder, tuple(processes))
        stack.callback(made.go)
        made.halt()
        return made

    @contextlib.contextmanager
    def watched_by(self, watch: Watch | None) -> Iterator[None]:
        """While a window runs, one watcher goes on and the others stand still."""
        self.watcher = watch.recorder if watch else None
        if watch:
            watch.go()
        time.sleep(TURN_S)
        try:
            yield
        finally:
            self.watcher = None
            if watch:
                watch.halt()

    async def run(self) -> dict[str, list[list[tuple[float, float]]]]:
        """Windows of every condition, block by block."""
        found: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in CONDITIONS}
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            worker = await WorkerProcess.start(command_line("transformers"), Path(folder) / "worker.log", self.hear)
            await self.replies.get()
            await self.ask(worker, Load(self.arm, 0, self.device, 0, self.plan.protocol.seed))
            for _ in range(self.options.warmups):
                await self.ask(worker, WarmUp())
            watches = [None, self.watch(stack, app=False), self.watch(stack, app=True)]
            watchers = dict(zip(CONDITIONS, watches, strict=True))
            for block in range(self.options.blocks):
                for rows in found.values():
                    rows.append([])
                for name in (*CONDITIONS, *reversed(CONDITIONS)):
                    with self.watched_by(watchers[name]):
                        found[name][block].append(await self.window(worker))
            await worker.close()
        return found


def _swallow(terminal: Terminal) -> None:
    with contextlib.suppress(OSError, ValueError):
        while not terminal.ended:
            terminal.read(1.0)


def difference_pct(ours: list[list[tuple[float, float]]], peer: list[list[tuple[float, float]]], i: int) -> str:
    """Ours against the peer's, of throughput or energy."""
    return paired(*([[w[i] for w in block] for block in side] for side in (ours, peer)))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.observer")
    parser.add_argument("--model", default="synthetic:tinyllama-1.1b")
    parser.add_argument("--engine", default="eager")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--warmups", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--sensor", default="nvml")
    parser.add_argument("--observe", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.observe:
        observe(options.sensor, replace(Plan.from_dict(json.loads(options.observe))))
        return
    try:
        bench = Bench(options)
    except EcotuiError as error:
        raise SystemExit(str(error)) from error
    found = asyncio.run(bench.run())
    peer = found["two reads"]
    rows = []
    for name in CONDITIONS:
        flat = [w for block in found[name] for w in block]
        means = [sum(w[i] for w in flat) / len(flat) for i in (0, 1)]
        shown = [difference_pct(found[name], peer, i) if name != "two reads" else "" for i in (0, 1)]
        rows.append((name, f"{means[0]:.1f}", shown[0], f"{means[1]:.1f}", shown[1]))
    title = (
        f"{bench.board.info.name}, {bench.arm.label}, {options.blocks} blocks of {2 * len(CONDITIONS)} windows "
        f"of {options.seconds:g} s; bars {BARS_PCT[0]} % and {BARS_PCT[1]} %"
    )
    show(title, ("watched by", "tok/s", "against two reads", "J/1k", "against two reads"), rows)


if __name__ == "__main__":
    main()

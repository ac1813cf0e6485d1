"""What our loops cost, and what the engine is worth: four loops over one model in one process, in ABBA order.

python -m benchmarks.engines [--model synthetic:mistral-7b] [--quant fp16] [--batch-size 1] [--blocks 5] [--seconds 4]
                             [--new-tokens 64] [--pair both] [--at-most SECONDS] [--csv FILE]

- graph: the graph engine's call, with a stamp for every token;
- bare replays: the same prefill and the same captured graph in a for-loop, and one wait at its end;
- eager: the eager engine's call;
- bare generate(): transformers' own call without a streamer.

--pair graph or --pair eager runs the loops of one engine alone; --pair steps lets a call of the eager engine and a bare
generate() take turns, a decoding step each (--blocks: pairs of calls), for a host whose pace wanders: by the clock, and
by the CPU time of the thread that launches, of which other programs take nothing away. The tables have besides what our
own code takes of the host a token, stamps and their encoding, by the clock around it (the copy of the tokens that
generate() makes for any streamer is not in it).

Without a card everything runs on the CPU, where the graph engine's step is not captured.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from scipy import stats

from benchmarks.table import log_ratio, paired, percent, show
from ecotui.worker import quiet

quiet.before_imports()

import torch  # noqa: E402
from transformers import StoppingCriteriaList  # noqa: E402

from benchmarks.lockstep import Spent, Turns, in_turns, typical_log_ratio  # noqa: E402
from ecotui.core.arm import Arm  # noqa: E402
from ecotui.core.events import Steps  # noqa: E402
from ecotui.core.messages import Load  # noqa: E402
from ecotui.core.roofline import achieved, peak_of, step_bytes  # noqa: E402
from ecotui.core.wire import encode  # noqa: E402
from ecotui.worker.eager import EagerLoop  # noqa: E402
from ecotui.worker.graph import GraphLoop  # noqa: E402
from ecotui.worker.loaded import LoadedArm  # noqa: E402
from ecotui.worker.stamps import Stamps  # noqa: E402
from ecotui.worker.torch_engine import TorchEngine  # noqa: E402

quiet.after_imports()

Windows = dict[str, list[list[float]]]
"""Tokens a second by condition, block and window."""
PEERS = {"graph": "bare replays", "eager": "bare generate()"}
BARS = "bars: graph within 1 % of bare replays, eager within 0.5 % of generate(), graph 3.5 × eager, 45 % of the peak"


class Timed(Stamps):
    """Stamps that know how long they took, written to nobody."""

    def __init__(self, heard: list[Steps], arm: int) -> None:
        self.own_ns = 0
        self._heard = heard
        super().__init__(self._encoded, arm, 0)

    def stamp(self, at_ns: int) -> None:
        """As a session stamps."""
        began = time.perf_counter_ns()
        super().stamp(at_ns)
        self.own_ns += time.perf_counter_ns() - began

    def _encoded(self, steps: Steps) -> None:
        self._heard.append(steps)
        encode(steps)


class Bench:
    """Both engines over the same weights."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.cuda = torch.cuda.is_available()
        device = "cuda" if self.cuda else "cpu"
        arm = Arm(options.model, options.quant, options.batch_size, options.prompt_tokens, options.new_tokens)
        self.engine = TorchEngine()
        self.eager = self.engine.load(Load(arm, 0, device, 0, options.seed))
        self.graph = self.engine.load(Load(replace(arm, engine="graph"), 1, device, 0, options.seed, keep=True))
        self.steps_ms: dict[str, list[float]] = {"graph": [], "eager": []}
        """Mean decoding step of every call."""
        self.own_us: dict[str, list[float]] = {"graph": [], "eager": []}
        """Our own code's time a token, of every call."""

    def conditions(self) -> dict[str, Callable[[], object]]:
        """One call of each loop."""
        graph, eager, tokens = self.graph.loop, self.eager.loop, self.options.new_tokens
        assert isinstance(graph, GraphLoop) and isinstance(eager, EagerLoop)
        found: dict[str, Callable[[], object]] = {
            "graph": lambda: self.ours("graph", self.graph),
            "bare replays": lambda: graph.bare(tokens),
            "eager": lambda: self.ours("eager", self.eager),
            "bare generate()": lambda: eager.generate(None, tokens),
        }
        wanted = self.options.pair
        return {name: call for name, call in found.items() if wanted == "both" or name in (wanted, PEERS[wanted])}

    def ours(self, name: str, loaded: LoadedArm, call: Callable[[Stamps], object] | None = None) -> None:
        """A call as in a session, its stamps sent to nobody. call: another than the arm's own."""
        heard: list[Steps] = []
        stamps = Timed(heard, loaded.resident.arm)
        (call or loaded.generate)(stamps)
        stamps.end()
        times = [at for batch in heard for at in accumulate(batch.delta_ns, initial=batch.base_ns)]
        self.steps_ms[name].append((times[-1] - times[1]) / 1e6 / (self.options.new_tokens - 1))
        self.own_us[name].append(stamps.own_ns / 1e3 / self.options.new_tokens)

    def window(self, call: Callable[[], object]) -> float:
        """Tokens a second."""
        calls = 0
        self.engine.synchronize()
        began = time.perf_counter()
        while True:
            call()
            calls += 1
            if time.perf_counter() - began >= self.options.seconds:
                break
        self.engine.synchronize()
        tokens = calls * self.options.batch_size * self.options.new_tokens
        return tokens / (time.perf_counter() - began)

    def in_turns(self) -> list[tuple[Spent, Spent]]:
        """The steps of our call and of the bare one, by pair of calls."""
        loop, tokens = self.eager.loop, self.options.new_tokens
        assert isinstance(loop, EagerLoop)
        found: list[tuple[Spent, Spent]] = []

        def ours(turns: Turns) -> None:
            criteria = StoppingCriteriaList([turns])
            self.ours("eager", self.eager, lambda stamps: loop.generate(stamps, tokens, stopping_criteria=criteria))

        def bare(turns: Turns) -> None:
            loop.generate(None, tokens, stopping_criteria=StoppingCriteriaList([turns]))

        if not self.cuda:
            torch.set_num_threads(1)  # they would share the core
        cores, began = sorted(os.sched_getaffinity(0)), time.monotonic()
        for number in range(-1, self.options.blocks):  # the first warms up
            if time.monotonic() - began > self.options.at_most:
                break
            core = cores[number // 2 % len(cores)]
            one, two = in_turns(*((ours, bare) if number % 2 else (bare, ours)), self.engine.synchronize, core)
            if number >= 0:
                found.append((one, two) if number % 2 else (two, one))
        return found

    def run(self) -> Windows:
        """Every condition twice a block, the second time in reverse."""
        conditions = self.conditions()
        found: Windows = {name: [] for name in conditions}
        for _ in range(2):
            for call in conditions.values():
                call()
        for held in (*self.steps_ms.values(), *self.own_us.values()):
            held.clear()
        for block in range(self.options.blocks):
            for rows in found.values():
                rows.append([])
            for name in (*conditions, *reversed(conditions)):
                found[name][block].append(self.window(conditions[name]))
        return found

    def share(self, name: str) -> str:
        """Share of the peak memory bandwidth that a mean step reaches."""
        loaded = self.graph if name == "graph" else self.eager
        peak = peak_of(torch.cuda.get_device_name()) if self.cuda else None
        if peak is None:
            return "not known"
        step_ms = statistics.fmean(self.steps_ms[name])
        read_b = step_bytes(loaded.arm, loaded.resident)
        reached = achieved(read_b, None, step_ms, peak.bandwidth_gb_s, None)
        return f"{reached.bandwidth_share_pct:.1f} %" if reached.bandwidth_share_pct is not None else "not known"


def times(ours: list[list[float]], peer: list[list[float]]) -> str:
    """The ratio with its interval."""
    mean, half = log_ratio(ours, peer)
    if half is None:
        return f"{math.exp(mean):.2f} ×"
    return f"{math.exp(mean):.2f} × [{math.exp(mean - half):.2f}, {math.exp(mean + half):.2f}]"


def as_csv(found: Windows) -> str:
    """Every window, for whoever wants to reckon otherwise."""
    rows = (
        (name, block, at, speed)
        for name in found
        for block, them in enumerate(found[name])
        for at, speed in enumerate(them)
    )
    return (
        "\n".join(("loop,block,window,tokens_per_s", *(f"{n},{b},{w},{speed:.6f}" for n, b, w, speed in rows))) + "\n"
    )


def row(bench: Bench, found: Windows, name: str) -> tuple[str, ...]:
    """A loop's line of the table."""
    blocks = found[name]
    mean = f"{statistics.fmean(w for block in blocks for w in block):.1f}"
    ratio = times(blocks, found["eager"]) if name != "eager" and "eager" in found else ""
    if name not in PEERS:
        return name, mean, "", ratio, "", "", ""
    step = f"{statistics.fmean(bench.steps_ms[name]):.3f}"
    own = f"{statistics.fmean(bench.own_us[name]):.1f}"
    return name, mean, paired(blocks, found[PEERS[name]]), ratio, step, own, bench.share(name)


def show_steps(bench: Bench) -> None:
    """Our eager loop against a bare generate(), step by step."""
    calls = bench.in_turns()
    if bench.options.csv:
        bench.options.csv.write_text(steps_as_csv(calls))
    bare = Spent(*([ns for _, theirs in calls for ns in theirs[which]] for which in range(2)))
    told = [per_step([typical_log_ratio(ours[which], theirs[which]) for ours, theirs in calls]) for which in range(2)]
    spent = (f"{statistics.median(ns) / 1e6:.3f}" for ns in bare)
    row = (f"{len(bare.wall_ns)}", *told, *spent, f"{statistics.fmean(bench.own_us['eager']):.1f}")
    title = f"{bench.eager.resident.device}, {bench.eager.arm.label}: a step of eager against one of a bare generate()"
    heads = ("pairs of steps", "time", "CPU time of its thread", "bare step, ms", "CPU, ms", "own code, µs")
    show(title, heads, [row])


def steps_as_csv(calls: list[tuple[Spent, Spent]]) -> str:
    """Every pair of steps, for whoever wants to reckon otherwise."""
    rows = (
        f"{call},{step},{','.join(map(str, times))}"
        for call, (ours, bare) in enumerate(calls)
        for step, times in enumerate(zip(*ours, *bare, strict=False))
    )
    return "\n".join(("call,step,ours_wall_ns,ours_cpu_ns,bare_wall_ns,bare_cpu_ns", *rows)) + "\n"


def per_step(logs: list[float]) -> str:
    """The mean of the calls' logarithms with its 95 % interval, in percent."""
    half = float(stats.t.ppf(0.975, len(logs) - 1) * stats.tstd(logs) / math.sqrt(len(logs))) if len(logs) > 1 else None
    return percent(statistics.fmean(logs), half)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.engines")
    parser.add_argument("--model", default="synthetic:mistral-7b" if torch.cuda.is_available() else "synthetic:tiny")
    parser.add_argument("--quant", default="fp16")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--prompt-tokens", type=int, default=16)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pair", choices=("both", *PEERS, "steps"), default="both")
    parser.add_argument("--at-most", type=float, default=math.inf, help="steps: seconds for pairs to begin in")
    parser.add_argument("--csv", type=Path, help="every window's tokens a second, or every step, as measured")
    options = parser.parse_args()
    bench = Bench(options)
    if options.pair == "steps":
        show_steps(bench)
        return
    found = bench.run()
    if options.csv:
        options.csv.write_text(as_csv(found))
    rows = [row(bench, found, name) for name in found]
    heads = ("loop", "tok/s", "against its bare loop", "against eager", "step, ms", "own code, µs", "of peak bandwidth")
    where = bench.graph.resident.device
    title = (
        f"{where}, {bench.eager.arm.label}, {options.new_tokens} new tokens a call, {options.blocks} blocks of "
        f"{2 * len(found)} windows of {options.seconds:g} s; captured: {bench.graph.resident.facts['captured']}\n{BARS}"
    )
    show(title, heads, rows)


if __name__ == "__main__":
    main()

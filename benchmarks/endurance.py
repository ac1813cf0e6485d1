"""A day's session at ten looks a second, played at speed: memory of recorder and screen, opening its log, one redraw.

python -m benchmarks.endurance [HOURS]

Made events of a simulated board go through the real `LogWriter`, as a recorder writes them, and are folded as it folds
them; the log is then read by the real follower, player and Monitor, each in a process of its own. The peer is the first
hour of the same session.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.usage import usage
from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Header, Phase, Resident, Steps, Trace, Vitals, Window
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.wire import encode
from ecotui.log.format import VERSION
from ecotui.log.lock import hold

if TYPE_CHECKING:
    from ecotui.ui.player import Player

SESSION = "20261121-120000-1d47"
WINDOW_S, BEGIN_S = 10, 11
"""Length of a window, and where the first begins."""
REDRAWS, TOGETHER = 60, 8
"""How often the screen is drawn, and how many events come in between: a quarter of a second."""
STEP_NS = 16_000_000
START = 1_000 * NS
BARS = {"memory": "≤ 200 MB", "open": "≤ 2 s", "redraw": "≤ 10 ms", "event": "≤ 100 ms"}


def the_plan(hours: float) -> Plan:
    """One arm whose windows fill the time."""
    windows = max(int(hours * 3600 / WINDOW_S), 1)
    protocol = Protocol(idle_s=2.0, warmups=1, windows=windows, window_s=float(WINDOW_S))
    return Plan((Arm("synthetic:tiny", batch_size=4, new_tokens=125),), protocol, sensor="simulated", device="cpu")


def made(hours: float) -> Iterator[Event]:
    """A header, idle phases, and windows of five calls of 125 tokens, 16 ms a step, until the time is up; no end."""
    plan = the_plan(hours)
    info = BoardInfo("Simulated board", "SIM-0", 0, "simulated", 700.0, 80_000_000_000)
    yield Header(VERSION, SESSION, START, 1_795_000_000 * NS, plan.to_dict(), info, {"host": "made"})
    for at_s, name in ((0, "bare"), (3, "loading"), (5, "context"), (8, "warm-up")):
        yield Phase(START + at_s * NS, name, 0)
        yield from chain.from_iterable(second(at_s + i) for i in range(3 if name != "loading" else 2))
        if name == "loading":
            yield Resident(START + 5 * NS, 0, 1.0, 5_000_000, 10_000_000, {"Linear": 29}, "random", "cpu")
    for number in range(1, plan.protocol.windows + 1):
        yield from window(number)


def window(number: int) -> Iterator[Event]:
    """Ten seconds of load, and what they came to."""
    begin_s = BEGIN_S + (number - 1) * WINDOW_S
    t0, call_ns = START + begin_s * NS, 125 * STEP_NS
    yield Phase(t0, "measuring", 0, number, float(WINDOW_S))
    for i in range(WINDOW_S):
        yield from second(begin_s + i, load=True)
        if i % 2:
            call = (number - 1) * 5 + i // 2
            yield Steps(0, call, 0, t0 + (i // 2) * call_ns, [STEP_NS + (k % 7) * 1000 - 3000 for k in range(125)])
    yield Window(0, number, t0, t0 + 5 * call_ns, (number - 1) * 5, 5, 2500, 2500)


def second(at_s: int, load: bool = False) -> Iterator[Event]:
    """Ten readings and ticks, fifty samples of the ring, one slow look."""
    base, level = START + at_s * NS, 300.0 if load else 90.0
    for i in range(1, 11):
        watts = level + (at_s * 7 + i * 13) % 11
        at = base + i * NS // 10
        yield Reading(at, watts, watts, None, 50.0 + at_s % 5, 1755.0, 90.0, 2_000_000_000, 0)
        yield Tick(at + NS // 100, 5000.0 + 300.0 * (at_s + i / 10), 2_000_000)
    yield Trace(base + NS, base + NS // 50, [NS // 50] * 49, [int(1000 * level)] * 50)
    yield Vitals(base + NS, at_s, 0, [4242], [])


def rss_mb() -> float:
    """Resident memory of this process, MB of 1e6."""
    return psutil.Process().memory_info().rss / 1e6


def record(log: Path, hours: float) -> dict[str, Any]:
    """Write the log as the recorder does; its memory an hour of the session in, and at the end."""
    import ecotui.recorder.main  # noqa: F401 - what a recorder has in memory beside the session
    from ecotui.core.rows import row_dict
    from ecotui.core.summary import window_row
    from ecotui.core.timeline import Timeline
    from ecotui.log.writer import LogWriter

    line, seen, slowest = Timeline(), dict[str, float](), [0.0, 0.0]
    with LogWriter(log) as writer:
        for event in made(hours):
            began, cpu = time.perf_counter(), time.process_time()
            if isinstance(event, Window):
                event = replace(event, figures=row_dict(window_row(line, event)))  # noqa: PLW2901
            writer.write(event)
            line.apply(event)
            writer.note(line)
            slowest = [max(slowest[0], time.perf_counter() - began), max(slowest[1], time.process_time() - cpu)]
            if isinstance(event, Window) and event.window in (360, 360 * 2, 360 * 6, 360 * 12):
                seen[f"{event.window // 360} h"] = rss_mb()
    return {
        "memory": seen | {"end": rss_mb()},
        "log_mb": log.stat().st_size / 1e6,
        "slowest_ms": [1000 * s for s in slowest],
    }


def store(log: Path, hours: float) -> dict[str, Any]:
    """What the recorder does last: read its log back and make the rows."""
    from ecotui.core.summary import summarize
    from ecotui.log.reader import read_timeline

    began = time.perf_counter()
    _, windows = summarize(read_timeline(log))
    return {"seconds": time.perf_counter() - began, "windows": len(windows), "memory": {"end": peak_mb()}}


def peak_mb() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def screen(log: Path, hours: float) -> dict[str, Any]:
    """Open the log in the Monitor, as a replay that is moved to near its end; time redraws while it goes on."""
    return asyncio.run(_screen(log, None))


def live(log: Path, hours: float) -> dict[str, Any]:
    """The same as one that is being recorded."""
    return asyncio.run(_screen(log, more(log, hours)))


async def _screen(log: Path, comes: Callable[[], None] | None) -> dict[str, Any]:
    from ecotui.cli.application import _parts
    from ecotui.store.home import Home
    from ecotui.ui.app import EcotuiApp

    app = EcotuiApp(_parts(Home(log.parents[2]), the_plan(1.0), ""))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause(3.0)  # imports that a start leaves for later are part of its memory
        began, cpu, sources = time.perf_counter(), time.process_time(), app.monitor.sources
        if comes is not None:
            sources.follow(log)
            app.monitor.pull(True)
        else:
            app.monitor.show_replay(log)
        opened = time.perf_counter() - began, time.process_time() - cpu
        comes = comes or back(sources.player)
        app.monitor.pull(True)
        await pilot.pause(0.5)
        times: list[tuple[float, float]] = []
        last_ns = sources.timeline.last_ns
        for _ in range(REDRAWS):
            comes()
            began, cpu = time.perf_counter(), time.process_time()
            app.monitor.pull(True)
            times.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu)))
            await pilot.pause(0.02)
        assert sources.timeline.windows and sources.timeline.last_ns > last_ns
        redraw = [statistics.median(column) for column in zip(*times, strict=True)]
        return {
            "open_s": opened,
            "redraw_ms": redraw,
            "slowest_ms": max(cpu for _, cpu in times),
            "memory": {"end": rss_mb()},
        }


def more(log: Path, hours: float) -> Callable[[], None]:
    """What a recorder writes in a quarter of a second, at each call; it holds the log's lock meanwhile."""
    stream = log.open("ab", buffering=0)
    hold(stream)
    events = chain.from_iterable(window(number) for number in count(the_plan(hours).protocol.windows + 1))

    def write() -> None:
        stream.write("".join(encode(event) + "\n" for event in islice(events, TOGETHER)).encode())

    return write


def back(player: Player | None) -> Callable[[], None]:
    """A replay near its end goes on by a quarter of a second, at each call."""
    assert player is not None
    player.seek(player.length_s - REDRAWS)
    player.playing = False
    return lambda: player.skip(0.25)


def finish(log: Path, hours: float) -> dict[str, Any]:
    """The log's last line."""
    from ecotui.log.follow import Follower

    follower = Follower(log)
    follower.poll()
    with log.open("ab") as stream:
        stream.write(encode(End(follower.timeline.last_ns, "completed")).encode() + b"\n")
    return {}


def child(what: str, log: Path, hours: float) -> dict[str, Any]:
    """One part in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.endurance", what, str(log), str(hours)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(hours: float) -> None:
    """Measure the peer and the day, and print the table."""
    from benchmarks.table import show  # with scipy.stats, which is no part of what is measured

    rows = []
    for length in (1.0, hours):
        with tempfile.TemporaryDirectory() as home:
            log = Path(home) / "sessions" / SESSION / "log.jsonl"
            log.parent.mkdir(parents=True)
            wrote = child("record", log, length)
            told = " · ".join(f"{at} {mb:.0f}" for at, mb in wrote["memory"].items())
            name = f"{length:g} h, {wrote['log_mb']:.0f} MB"
            rows.append((name, "recorder: MB in memory", told, BARS["memory"]))
            slowest = "{:.0f} ({:.0f})".format(*wrote["slowest_ms"])
            rows.append((name, "recorder: slowest event, ms", slowest, BARS["event"]))
            for part, words in (("live", "screen, live"), ("screen", "screen, replay")):
                seen = child(part, log, length)
                if part == "live":
                    child("finish", log, length)
                rows.append(
                    (name, f"{words}: opening, s", f"{seen['open_s'][0]:.2f} ({seen['open_s'][1]:.2f})", BARS["open"])
                )
                rows.append(
                    (
                        name,
                        f"{words}: redraw, ms",
                        f"{seen['redraw_ms'][0]:.1f} ({seen['redraw_ms'][1]:.1f}, slowest {seen['slowest_ms']:.0f})",
                        BARS["redraw"],
                    )
                )
                rows.append((name, f"{words}: MB in memory", f"{seen['memory']['end']:.0f}", BARS["memory"]))
            back = child("store", log, length)
            rows.append((name, "rows of the store from the log, s", f"{back['seconds']:.1f}", ""))
            rows.append((name, "rows of the store: most MB", f"{back['memory']['end']:.0f}", BARS["memory"]))
    show(
        f"A session of {hours:g} h at 10 Hz; in brackets the processor's time alone",
        ("session", "what", "found", "bar"),
        rows,
    )


PARTS = {"record": record, "live": live, "finish": finish, "screen": screen, "store": store}

if __name__ == "__main__":
    usage(__doc__)
    if sys.argv[1:] and sys.argv[1] in PARTS:
        print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]))))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0)

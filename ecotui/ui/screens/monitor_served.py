"""What the Monitor says of a watched server: its traffic, its joules a token, and what is not known of them."""

from __future__ import annotations

from dataclasses import replace

from ecotui.core.clock import NS
from ecotui.core.events import Watched
from ecotui.core.scrapes import REQUESTS_SPAN_NS, STEPS_SPAN_NS
from ecotui.core.servers import NO_VERDICT, server_words
from ecotui.core.tally import Tally
from ecotui.core.timeline import Timeline
from ecotui.core.units import ABSENT, clean, duration, number, percent, significant
from ecotui.ui.screens.monitor_checks import remarks, sources
from ecotui.ui.screens.monitor_figures import FIGURE_WIDTH, GUTTER, in_columns
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.theme import THROUGHPUT
from ecotui.ui.widgets.canvas import Ink, Row, wrap

SILENT_S = 3.0
"""A server that has not answered for so long, three looks at least, is said to be silent."""


def watched_of(scene: Scene) -> Watched | None:
    """The server that is watched; None of every other session."""
    return scene.line.header.watched if scene.line.header else None


def live_joules(line: Timeline, watched: Watched) -> float | None:
    """Joules a generated token over the last seconds, by the readings; None while no token is counted."""
    from ecotui.core.window import integral_energy

    scrapes = line.scrapes
    first = scrapes.first_of(_span_ns(watched)) if len(scrapes) else None
    if first is None:
        return None
    t0, t1 = scrapes.at_ns[first], scrapes.at_ns[-1]
    tokens = scrapes.generated[-1] - scrapes.generated[first]
    energy = integral_energy(*line.readings.since("power_w", t0), t0, t1)
    return energy.joules / tokens if energy and tokens > 0 else None


def _span_ns(watched: Watched) -> int:
    return REQUESTS_SPAN_NS if watched.counts == "requests" else STEPS_SPAN_NS


def rate_title(scene: Scene) -> Row:
    """Tokens a second and joules a token of the last seconds, and the requests of now."""
    line, watched = scene.line, watched_of(scene)
    head = Ink("Throughput", THROUGHPUT, True)
    if watched is None or line.scrapes.last is None:
        return [head, Ink("  no answer yet", "muted")]
    made, read = (line.scrapes.rate_tok_s(kind, per_request=watched.counts == "requests") for kind in KINDS)
    text = f"  {number(made):>8} tok/s out · {number(read):>7} in · {_token(live_joules(line, watched))} over"
    return [head, Ink(f"{text} {_span_ns(watched) // NS} s")]


KINDS = ("generated", "prompt")


def _token(joules: float | None) -> str:
    return f"{significant(joules, 3)} J/token"


def _per_token(joules_per_1k: float | None) -> str:
    return significant(None if joules_per_1k is None else joules_per_1k / 1000, 3)


def silent_s(scene: Scene) -> float | None:
    """For how long the server has not answered; None where it does, or the session is over."""
    watched, last = watched_of(scene), scene.line.scrapes.last
    if watched is None or scene.over or scene.mode != "live":
        return None
    silent = (scene.now_ns - (last.at_ns if last else scene.line.start_ns)) / NS
    return silent if silent > max(SILENT_S, 3 * watched.every_s) else None


def requests_words(scene: Scene) -> str:
    """Requests in work and waiting, as the newest answer has them."""
    last = scene.line.scrapes.last
    running, waiting = (last.running, last.waiting) if last else (None, None)
    return f"{number(running, 0)} running · {number(waiting, 0)} waiting"


def progress_row(scene: Scene, head: tuple[str, str]) -> Row:
    """What is watched and for how long, in one row; `head` is the session's phase in words, and its role."""
    words, role = head
    silent = silent_s(scene)
    said = Ink(f"no answer for {duration(silent)}", "bad", True) if silent else Ink(requests_words(scene))
    length = duration((scene.now_ns - scene.line.start_ns) / NS)
    return [Ink(f"{words}  ", role, bold=True), said, Ink(f" · {_windows(scene)} · {length}", "muted")]


def phase_words(scene: Scene) -> str:
    """That a server is watched, by name; empty of every other session."""
    watched = watched_of(scene)
    return f"watching {server_words(watched)}" if watched else ""


def _windows(scene: Scene) -> str:
    count = scene.windows.count
    return f"{count} window" if count == 1 else f"{count} windows"


def session_rows(scene: Scene, width: int) -> list[Row]:
    """Who is watched, whether it answers, and what has to be known of it."""
    watched, run = watched_of(scene), scene.run
    assert watched is not None, "of a watched session alone"
    engines = f", {watched.series} engines summed" if watched.series > 1 else ""
    silent = silent_s(scene)
    bad, count = scene.windows.invalid, scene.windows.count
    rows = [
        *_fact("server", f"{server_words(watched)}{engines}", width),
        *_fact("model", clean(", ".join(watched.models) or "without a name", 120), width),
        *_fact("at", watched.address, width),
        *_fact("requests", requests_words(scene), width),
        *_fact("windows", f"{count} of {watched.window_s:g} s{f', {bad} INVALID' if bad else ''}", width),
        *_fact("for", duration((scene.now_ns - scene.line.start_ns) / NS), width),
    ]
    if silent is not None:
        rows.append([Ink("✘ ", "bad"), Ink(f"no answer for {duration(silent)}", "bad", True)])
    if run is not None:
        rows += [(), sources(run)]
    for remark in (run.remarks or "").split("; ") if run is not None and run.remarks else ():
        rows += wrap(f"· {clean(remark, 200)}", width, "warn")
    plain = run if run is None else replace(run, remarks=None)
    return [*rows, *remarks(replace(scene, run=plain), width)]


def _fact(name: str, text: str, width: int) -> list[Row]:
    told = wrap(clean(text), max(width - 10, 2))
    return [[Ink(f"{name if i == 0 else '':<10}", "muted"), *row] for i, row in enumerate(told)]


def result_rows(scene: Scene, width: int) -> list[Row]:
    """Energy a token so far and of the last window, and what stands beside it."""
    return [*in_columns(_figures(scene), max(width, FIGURE_WIDTH - GUTTER), 4), *wrap(NO_VERDICT, width, "muted")]


def _figures(scene: Scene) -> list[tuple[str, str, str]]:
    """Name, value, unit; the dash where no token was counted, never a division by none."""
    run, last = scene.run, scene.windows.last
    edges = run.energy_edge_error_pct if run else None
    return [
        ("gross", _per_token(run.energy_gross_j_per_1k_tokens if run else None), "J/tok"),
        ("last window", _per_token(last.energy_gross_j_per_1k_tokens if last else None), "J/tok"),
        ("net of bare", _per_token(run.energy_net_bare_j_per_1k_tokens if run else None), "J/tok"),
        ("power", number(run.power_mean_w if run else None), "W"),
        ("out", significant(run.throughput_tok_s if run else None), "tok/s"),
        ("in", significant(_prompt_rate(scene.windows)), "tok/s"),
        ("tokens out", number(run.tokens if run else None, 0), ""),
        ("tokens in", number(run.watched_prompt_tokens if run else None, 0), ""),
        ("running", number(run.watched_running if run else None), ""),
        ("waiting", number(run.watched_waiting if run else None), ""),
        ("edges", ABSENT if edges is None else f"± {percent(edges, 2)}", ""),
        ("temperature", number(run.temperature_max_c if run else None, 0), "°C"),
    ]


def _prompt_rate(windows: Tally) -> float | None:
    return windows.prompts / windows.prompt_s if windows.prompt_s else None


def number_rows(scene: Scene) -> list[Row]:
    """The narrow screen's two rows: the moment, and the joules so far."""
    watched, last, run = watched_of(scene), scene.line.last, scene.run
    assert watched is not None, "of a watched session alone"
    rate = scene.line.scrapes.rate_tok_s(per_request=watched.counts == "requests")
    moment = [
        (f"{number(last.power_w if last else None):>7} W", "power"),
        (f"{number(rate):>9} tok/s", "throughput"),
        (f"{_token(live_joules(scene.line, watched)):>15}", "text"),
    ]
    told = [
        ("J/token gross", _per_token(run.energy_gross_j_per_1k_tokens if run else None)),
        ("net of bare", _per_token(run.energy_net_bare_j_per_1k_tokens if run else None)),
    ]
    second = [ink for name, value in told for ink in (Ink(f"{name} ", "muted"), Ink(f"{value:>6}   ", bold=True))]
    return [[Ink(f"{text}   ", role, bold=True) for text, role in moment], second]

"""What the Monitor's panes say: from a scene to rows of letters."""

from __future__ import annotations

from ecotui.core.progress import progress
from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, duration, gigabytes, number, percent, significant
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.widgets.canvas import Ink, Row, wrap

PHASES = {
    "starting": "starting the recorder",
    "bare": "idle, before the worker",
    "loading": "loading the model",
    "context": "idle, weights resident",
    "warm-up": "warming up",
    "measuring": "measuring",
    "cooling": "cooling down",
    "ended": "ended",
}
STOPPING = "stopping, keeping what was measured"
DIED = "The recorder ended without a word; what was measured is in the log."
NEXT = "h history · c compare · r run again · w watch the board"


def bar(share: float, width: int) -> Row:
    """A progress bar."""
    full = round(min(max(share, 0.0), 1.0) * width)
    return [Ink("▇" * full, "bar"), Ink("▇" * (width - full), "grid")]


def phase_words(scene: Scene) -> tuple[str, str]:
    """What goes on, in words, and its role."""
    line = scene.line
    if scene.mode == "watch":
        return ("no board", "warn") if scene.trouble else ("no session; watching the board", "muted")
    if scene.died:
        return "the recorder is gone", "bad"
    if line.end is not None:
        role = {"completed": "good", "stopped": "warn"}.get(line.end.outcome, "bad")
        return clean(line.end.outcome, 20), role
    if scene.stopping:
        return STOPPING, "warn"
    name = progress(line, scene.now_ns).phase
    return PHASES.get(name, clean(name, 30)), "text"


def progress_row(scene: Scene, width: int) -> Row:
    """Phase, window, bar and what is left, in one row."""
    words, role = phase_words(scene)
    tight = width < 76
    out = [Ink(f"{words}  " if tight else f"{words:<24}", role, bold=True)]
    if scene.line.spans and scene.line.end is None and not scene.died:
        it = progress(scene.line, scene.now_ns)
        window = f"window {it.window:>2} of {it.windows}  " if it.window else ""
        left = "  left " if tight else "  left about "
        out += [Ink(window), *bar(it.fraction, max(min(width - 66, 24), 6)), Ink(left, "muted")]
        out.append(Ink(f"{duration(round(it.remaining_s)):<12}"))
    elif scene.line.end is not None or scene.died:
        out.append(Ink(f"{len(scene.line.windows)} windows measured", "muted"))
    return out


def session_rows(scene: Scene, width: int, brief: bool = False) -> list[Row]:
    """Where the session stands, whether it can be trusted, and what went wrong; `brief` leaves the first out."""
    if scene.mode == "watch":
        return _board_rows(scene)
    checks = [*_checks(scene), *_remarks(scene, width)]
    return checks if brief else [*_standing(scene, width), (), *checks]


def _standing(scene: Scene, width: int) -> list[Row]:
    words, role = phase_words(scene)
    rows: list[Row] = [[Ink("phase     ", "muted"), *row] for row in wrap(words, width - 10, role)]
    rows[1:] = [[Ink(" " * 10), *row[1:]] for row in rows[1:]]
    it = progress(scene.line, scene.now_ns)
    if scene.line.spans and scene.line.end is None and not scene.died:
        rows.append([Ink("          "), *bar(it.fraction, width - 10)])
        if it.window:
            rows.append([Ink("window    ", "muted"), Ink(str(it.window), bold=True), Ink(f" of {it.windows}")])
        rows.append([Ink("left      ", "muted"), Ink(f"about {duration(round(it.remaining_s))}")])
    elif scene.line.spans:
        rows.append([Ink("windows   ", "muted"), Ink(f"{len(scene.line.windows)} of {it.windows}")])
    return rows


def _board_rows(scene: Scene) -> list[Row]:
    last, board = scene.line.last, scene.line.board
    if board is None or last is None:
        return []
    used = f"{gigabytes(last.memory_used_b)} of {gigabytes(board.memory_total_b)}"
    facts = [
        ("memory", used),
        ("busy", percent(last.utilization_pct, 0)),
        ("sensor", board.sensor),
        ("driver", clean(board.driver or ABSENT, 24)),
    ]
    return [[Ink(f"{name:<10}", "muted"), Ink(text)] for name, text in facts]


def _check(ok: bool | None, name: str, text: str, bad: str = "bad") -> Row:
    glyph, role = {True: ("✔", "good"), False: ("✘" if bad == "bad" else "▲", bad), None: ("·", "muted")}[ok]
    return [
        Ink(glyph, role),
        Ink(f" {name:<9}"),
        Ink(text if ok is not None else ABSENT, "text" if ok else "muted" if ok is None else bad),
    ]


def _checks(scene: Scene) -> list[Row]:
    run, windows = scene.run, scene.windows
    if run is None:
        return [_check(None, name, "") for name in ("throttle", "readings", "tokens", "source", "CV")]
    from ecotui.core.summary import GAP_LIMIT_MS

    bits = run.clock_event_reasons
    words = ", ".join(w for w in reason_words(bits) if w != "idle")
    gap = max((w.reading_gap_max_ms or 0.0 for w in windows), default=0.0)
    short = [w for w in windows if w.tokens != w.tokens_expected]
    both = [(w.energy_counter_j, w.energy_integral_j) for w in windows if w.energy_counter_j and w.energy_integral_j]
    ratio = sum(a for a, _ in both) / sum(b for _, b in both) if both else None
    source = f"counter/integral {ratio:.3f}" if ratio else clean(run.energy_source or ABSENT, 20)
    rows = [
        _check(
            None if bits is None else not words,
            "throttle",
            words or "none",
            "bad" if (bits or 0) & INVALIDATING else "warn",
        ),
        _check(gap <= GAP_LIMIT_MS, "readings", f"longest gap {gap:.0f} ms"),
        _check(not short, "tokens", "exact" if not short else f"{len(short)} windows short"),
        _check(run.energy_source != "mixed", "source", source, "warn"),
        _check(
            True if run.throughput_cv_pct is not None else None,
            "CV",
            f"tok/s {percent(run.throughput_cv_pct)}  W {percent(run.power_cv_pct)}",
        ),
    ]
    if run.windows_invalid:
        rows.append(_check(False, "windows", f"{run.windows_invalid} of {run.windows} INVALID"))
    return rows


def _remarks(scene: Scene, width: int) -> list[Row]:
    """Weights, causes of invalid windows, notices, and where the log lies."""
    line, rows = scene.line, list[Row]()
    resident = line.residents.get(scene.arm)
    if resident is not None:
        random = resident.weights == "random"
        text = "random" if random else clean(resident.weights, 12)
        glyph = Ink("▲", "warn") if random else Ink("✔", "good")
        rows.append([glyph, Ink(" weights  "), Ink(f"{text}, {gigabytes(resident.weights_b)}")])
    if line.fault is not None:
        rows += wrap(clean(line.fault.what, 200), width, "bad")
    if scene.run is not None and scene.run.cause:
        rows += wrap(clean(scene.run.cause, 120), width, "bad")
    for notice in line.notices[-3:]:
        rows += wrap(f"· {clean(notice.text, 160)}", width, "warn" if notice.level == "warning" else "muted")
    if scene.log is not None:
        parts = scene.log.parts[-2:]
        fits = len("/".join(parts)) <= width - len("log …/")
        rows += [(), [Ink(f"log …/{clean('/'.join(parts if fits else parts[:1]), width - 6)}", "muted")]]
    return rows


def figures(scene: Scene) -> list[tuple[str, str, str]]:
    """Every figure of the arm so far: name, value, unit. Net energies say net of what."""
    run = scene.run or RunRow(run_id="", session_id="", simulated=False)
    hot = f"{number(run.temperature_start_c, 0)}–{number(run.temperature_max_c, 0)}" if scene.run else ABSENT
    edges = ABSENT if run.energy_edge_error_pct is None else f"± {run.energy_edge_error_pct:.2f}"
    return [
        ("gross J/1k", significant(run.energy_gross_j_per_1k_tokens), ""),
        ("net of context", significant(run.energy_net_context_j_per_1k_tokens), ""),
        ("net of bare", significant(run.energy_net_bare_j_per_1k_tokens), ""),
        ("power", number(run.power_mean_w), "W"),
        ("edges", edges, "%"),
        ("throughput", significant(run.throughput_tok_s), "tok/s"),
        ("request", significant(run.energy_gross_j_per_request), "J"),
        ("TTFT", number(run.ttft_ms), "ms"),
        ("TPOT", number(run.tpot_ms), "ms"),
        ("ITL p50", number(run.itl_p50_ms), "ms"),
        ("ITL p99", number(run.itl_p99_ms), "ms"),
        ("temperature", hot, "°C"),
        ("SM clock", number(run.sm_clock_mean_mhz, 0), "MHz"),
        ("GPU busy", number(run.utilization_mean_pct, 0), "%"),
        ("memory", number(None if run.memory_used_peak_b is None else run.memory_used_peak_b / 1e9), "GB"),
    ]


FIGURE_WIDTH = 26
GUTTER = 3
"""Cells of a figure with the gap after it (name, longest value, unit), and that gap."""


def figure_rows(scene: Scene, width: int) -> list[Row]:
    """The figures in columns of one width, so that no number moves when another grows."""
    columns = min((width + GUTTER) // FIGURE_WIDTH, 5)
    if columns < 1:
        return []
    room = (width + GUTTER) // columns - GUTTER
    rows: list[Row] = []
    cells = figures(scene)
    for i in range(0, len(cells), columns):
        row: list[Ink] = []
        for k, (name, value, unit) in enumerate(cells[i : i + columns], i):
            shown = f" {unit}" if unit else ""
            blank = " " * max(room - len(name) - len(value) - len(shown), 1)
            gap = " " * GUTTER if k % columns < columns - 1 else ""
            row += [Ink(name + blank, "muted"), Ink(value, bold=k < 3), Ink(shown + gap, "muted")]
        rows.append(row)
    return rows


def result_title(scene: Scene) -> Row:
    """What the lower pane holds."""
    if scene.mode == "watch":
        return [Ink("Begin")]
    words = "Result so far"
    if scene.line.end is not None:
        words = {"completed": "Result", "stopped": "Result, stopped early"}.get(scene.line.end.outcome, "Failed")
    elif scene.died:
        words = "Ended without a word"
    arm = scene.line.arm(scene.arm).label if scene.line.plan else ""
    return [Ink(words), Ink(f"  {clean(arm, 120)}", "muted")] if arm else [Ink(words)]


def result_rows(scene: Scene, width: int) -> list[Row]:
    """The figures, or what failed and what to do, or how to begin."""
    if scene.mode == "watch":
        return begin_rows(scene, width)
    line, rows = scene.line, list[Row]()
    if line.fault is not None:
        rows += wrap(clean(line.fault.what), width, "bad")
        rows += wrap(clean(line.fault.advice), width)
        if line.fault.detail:
            rows += [[Ink("details in ", "muted"), Ink(clean(line.fault.detail, width), "muted")]]
    elif line.end is not None and line.end.outcome == "failed":
        rows += wrap(clean(line.end.reason or "The session failed."), width, "bad")
    elif scene.died:
        rows += wrap(DIED, width, "bad")
    if scene.run is not None or not rows:
        rows += figure_rows(scene, width)
    if scene.mode == "live" and (line.end is not None or scene.died):
        rows.append([Ink(NEXT, "muted")])
    return rows


def begin_rows(scene: Scene, width: int) -> list[Row]:
    """The first look: why there is no board, if there is none, and three ways on."""
    rows: list[Row] = []
    if scene.trouble:
        rows += [*wrap(clean(scene.trouble, 240), width, "warn"), ()]
    label = clean(scene.plan.arms[0].label, 80) if scene.plan else ""
    how = ", simulated watts" if scene.plan and scene.plan.simulated else ""
    for key, text in (
        ("d", f"run the embedded default: {label}{how}"),
        ("h", "look at the recorded samples and earlier runs"),
        ("?", "read how it measures"),
    ):
        rows.append([Ink(f"{key}  ", "power", True), Ink(text)])
    return rows


def number_rows(scene: Scene, width: int) -> list[Row]:
    """The narrow screen's two rows: the moment, and the result so far."""
    gap = " " if width < 66 else "  "
    last, series, run = scene.line.last, scene.line.throughput, scene.run
    rate = float(series.column("tok_s")[-1]) if len(series) else None
    moment = [
        (f"{number(last.power_w if last else None):>7} W", "power"),
        (f"{number(rate):>9} tok/s", "throughput"),
        (f"{number(last.temperature_c if last else None, 0):>4} °C", "temperature"),
        (f"{number(last.sm_clock_mhz if last else None, 0):>6} MHz", "text"),
    ]
    energies = [
        ("gross", run.energy_gross_j_per_1k_tokens if run else None),
        ("net of context", run.energy_net_context_j_per_1k_tokens if run else None),
        ("net of bare", run.energy_net_bare_j_per_1k_tokens if run else None),
    ]
    second: list[Ink] = [Ink("J/1k", "muted")]
    for name, value in energies:
        second += [Ink(f"{gap}{name}{gap}", "muted"), Ink(f"{significant(value):>5}", bold=True)]
    return [[Ink(f"{text}   ", role, bold=True) for text, role in moment], second]

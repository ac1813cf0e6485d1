"""What the Monitor's panes say: from a scene to rows of letters."""

from __future__ import annotations

from ecotui.analysis import quality
from ecotui.core.against import words_of
from ecotui.core.clock import NS
from ecotui.core.progress import progress
from ecotui.core.units import ABSENT, clean, counted, duration, gigabytes, number, percent, significant
from ecotui.ui.keys import keyed
from ecotui.ui.screens import monitor_gate as gates
from ecotui.ui.screens import monitor_quality as rated
from ecotui.ui.screens import monitor_served as served
from ecotui.ui.screens.monitor_arms import arm_rows, gross_row
from ecotui.ui.screens.monitor_checks import checks, remarks, remarks_words
from ecotui.ui.screens.monitor_figures import bound_rows, figure_rows
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_standing import bar, paired_row, turn_rows, whole
from ecotui.ui.screens.monitor_turns import blocks_words, common_words, paired, turning
from ecotui.ui.screens.monitor_written import written_rows
from ecotui.ui.widgets.canvas import Ink, Row, cells, wrap

PHASES = {
    "starting": "starting the recorder",
    "bare": "idle, before the worker",
    "loading": "loading the model",
    "context": "idle, weights resident",
    "warm-up": "warming up",
    "stabilizing": "stabilizing",
    "measuring": "measuring",
    "splitting": "prefill from decode",
    "cooling": "cooling down",
    "context-after": "idle, weights resident",
    "scoring": "scoring quality",
    "examining": "profiling a few steps",
    "ended": "ended",
    "turning": "turning",
}
TURNING = "turning"
"""To another arm, with a few discarded calls between two windows; the log has no phase of that name."""
STOPPING = "stopping"
KEPT = "what was measured is kept"
CUT = "the log ends here: it breaks off"
DIED = "The recorder ended without a word; what was measured is in the log."
NEXT = (
    "{app.history|h} history · {app.compare|c} compare · {monitor.run|r} run again · {monitor.board|w} watch the board"
)


def phase_words(scene: Scene) -> tuple[str, str]:
    """What goes on, in words, and its role."""
    line = scene.line
    if scene.mode == "watch":
        return ("no board", "warn") if scene.trouble else ("no session; watching the board", "muted")
    if scene.died:
        return "unfinished", "bad"
    if line.end is not None:
        role = {"completed": "good", "stopped": "warn"}.get(line.end.outcome, "bad")
        return clean(line.end.outcome, 20), role
    if scene.cut:
        return CUT, "warn"
    if scene.stopping:
        return STOPPING, "warn"
    name = TURNING if turning(line) else progress(line, scene.now_ns).phase
    return served.phase_words(scene) or PHASES.get(name, clean(name, 30)), "text"


def progress_row(scene: Scene, width: int) -> Row:
    """Phase, window, bar and what is left, in one row; of the gate how long still, and what it waits for."""
    scene = whole(scene)
    words, role = phase_words(scene)
    if served.watched_of(scene):
        return served.progress_row(scene, (words, role))
    line, tight = scene.line, width < 76
    if gates.watching(scene) and not scene.over and not scene.stopping:
        return gates.watching_row(scene, words, width)
    flags = gates.flags(scene)
    if scene.over or scene.stopping:
        kept = "" if scene.over else f", {KEPT}"
        done = f"{rated.over_words(scene)} scored" if rated.alone(scene) else f"{_windows(scene)} measured"
        return _over_row([Ink(f"{words}  ", role, bold=True), *flags], f"{done}{kept}", scene, width)
    if not line.spans:
        return [Ink(words, role, bold=True)]
    it = progress(line, scene.now_ns)
    if paired(line):
        return paired_row(scene, phase_words(scene), it, width)
    taken = max(24 - cells(flags), len(words) + 2)
    window = f"window {it.window:>2} of {it.windows}  " if it.window and it.phase == "measuring" else ""
    if said := rated.counted(it):
        window = f"{said}  "
    left = "  left " if tight else "  left about "
    head = [Ink(f"{words}  " if tight else f"{words:<{taken}}", role, bold=True), *([] if tight else flags)]
    row = [*head, Ink(window), *bar(it.fraction, max(min(width - 66, 24), 6)), Ink(left, "muted")]
    return [*row, Ink(f"{duration(round(it.remaining_s)):<12}")]


def _over_row(head: Row, done: str, scene: Scene, width: int) -> Row:
    """A session that is over; that it has remarks, and the key that shows them, where need be in place of the rest."""
    said = remarks_words(scene.run) if scene.over else ""
    if not said:
        return [*head, Ink(done, "muted")]
    told = [Ink(f"▲ {said}", "warn", bold=True), Ink(keyed(": press {monitor.session|4}"), "muted")]
    row: Row = [*head, Ink(f"{done}  ", "muted"), *told]
    return row if cells(row) <= width else [*head, *told]


def measured(scene: Scene) -> int:
    """Windows of the arms' own output lengths that are there."""
    return scene.line.windows.counted(own=True)


def _windows(scene: Scene) -> str:
    count = measured(scene)
    return f"{count} window" if count == 1 else f"{count} windows"


def session_rows(scene: Scene, width: int, brief: bool = False) -> list[Row]:
    """Where the session stands, whether it can be trusted, and what went wrong; `brief` leaves the first out."""
    if scene.mode == "watch":
        return _board_rows(scene)
    if served.watched_of(scene):
        return served.session_rows(scene, width)
    scene = whole(scene)
    below = [*([] if rated.alone(scene) else checks(scene)), *remarks(scene, width)]
    if gates.watching(scene):
        below = [*gates.gate_rows(scene, width), (), *remarks(scene, width)]
    return below if brief else [*_standing(scene, width), (), *below]


def _standing(scene: Scene, width: int) -> list[Row]:
    words, role = phase_words(scene)
    rows: list[Row] = [[Ink("phase     ", "muted"), *row] for row in wrap(words, width - 10, role)]
    rows[1:] = [[Ink(" " * 10), *row[1:]] for row in rows[1:]]
    it = progress(scene.line, scene.now_ns)
    arms = len(scene.line.plan.arms) if scene.line.plan else 1
    if scene.stopping and not scene.over:
        rows += [[Ink(" " * 10), *row] for row in wrap(KEPT, width - 10, "muted")]
    elif gates.watching(scene) and not scene.over:
        since = (scene.now_ns - scene.line.spans[-1].phase.at_ns) / NS
        rows.append([Ink("for       ", "muted"), Ink(duration(max(since, 0.0)))])
    elif scene.line.spans and not scene.over:
        rows.append([Ink("          "), *bar(it.fraction, width - 10)])
        if paired(scene.line):
            rows += turn_rows(scene)
        elif it.window and it.phase == "measuring":
            rows.append([Ink("window    ", "muted"), Ink(str(it.window), bold=True), Ink(f" of {it.windows}")])
        rows += rated.standing_rows(it)
        rows.append([Ink("left      ", "muted"), Ink(f"about {duration(round(it.remaining_s))}")])
    elif rated.alone(scene):
        rows.append(rated.over_row(scene))
    elif scene.line.spans:
        planned = scene.line.plan.windows * arms if scene.line.plan else 0
        turns = scene.line.plan.protocol.blocks if scene.line.plan and paired(scene.line) else None
        blocks = "" if turns is None else f" · {counted(turns, 'block')}"
        rows.append([Ink("windows   ", "muted"), Ink(f"{measured(scene)} of {planned}{blocks}")])
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


def result_title(scene: Scene) -> Row:
    """What the lower pane holds."""
    if scene.mode == "watch":
        return [Ink("Begin")]
    words = "Result so far"
    if scene.line.end is not None:
        words = {"completed": "Result", "stopped": "Result, stopped early"}.get(scene.line.end.outcome, "Failed")
    elif scene.died:
        words = "Unfinished"
    elif scene.cut:
        words = "Result up to where the log breaks off"
    arm = scene.line.arm(scene.arm).label if scene.line.plan else ""
    if scene.line.plan and paired(scene.line):
        arm = f"{common_words(scene.line.plan)} · {blocks_words(scene)}".removeprefix(" · ")
    elif scene.line.plan and rated.alone(scene) and len(scene.line.plan.arms) > 1:
        arm = f"{common_words(scene.line.plan)} · {quality.ONLY}".removeprefix(" · ")
    return [Ink(words), Ink(f"  {clean(arm, 120)}", "muted")] if arm else [Ink(words)]


def result_rows(scene: Scene, width: int, height: int = 0) -> list[Row]:
    """The figures, or what failed and what to do, or how to begin, which uses what height there is."""
    if scene.mode == "watch":
        return begin_rows(scene, width, height)
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
    if served.watched_of(scene):
        rows += served.result_rows(scene, width) if not rows or measured(scene) else []
    elif paired(line):
        rows += arm_rows(scene, width, height) if not rows or measured(scene) else []
    elif rated.alone(scene):
        rows += rated.quality_rows(scene, width)
    elif scene.run is not None or not rows:
        rows += [*figure_rows(scene, width), *rated.quality_rows(scene, width), *bound_rows(scene, width)]
        rows += written_rows(scene, width)
    return rows


def result_note(scene: Scene) -> Row:
    """Where to go on from a session that is over, and whether the watts are a board's."""
    line = scene.line
    onward = scene.mode == "live" and (line.end is not None or scene.died)
    made_up = scene.mode != "watch" and line.plan is not None and line.plan.simulated
    out: list[Ink] = [Ink(keyed(NEXT), "muted")] if onward else []
    if made_up:
        out += [Ink("  " if onward else ""), Ink("SIMULATED watts", "warn")]
    return out


WAYS = (
    ("{app.doctor|D}", "see what works here, and what mends the rest"),
    ("{monitor.against|a}", "hold a quantization against fp16, by turns"),
    ("{monitor.ladder|l}", "eager against graph: what waiting for the host costs"),
    ("{app.sweep|s}", "measure many points from one plan"),
    ("{app.gpus|g}", "see every board of this host, and who is on it"),
    ("{app.findings|f}", "read what stored and published runs support"),
)
"""What else there is, where there is room to say it."""


def begin_rows(scene: Scene, width: int, height: int = 0) -> list[Row]:
    """The first look: why there is no board, if there is none, and three ways on; more of them in the rows left."""
    rows: list[Row] = []
    if scene.trouble:
        rows += [*wrap(clean(scene.trouble, 240), width, "warn"), ()]
    label = clean(scene.plan.arms[0].label, 80) if scene.plan else ""
    label += f" against {' '.join(words_of(scene.plan.arms))}" if scene.plan and scene.plan.protocol.blocks else ""
    how = ", simulated watts" if scene.plan and scene.plan.simulated else ""
    first = (
        ("{monitor.default|d}", f"run the embedded default: {label}{how}"),
        ("{app.history|h}", "look at the recorded samples and earlier runs"),
        ("{app.help|?}", "read how it measures"),
    )
    whole = [row for key, text in first for row in _way(key, text, width, "text")]
    cut: list[Row] = [[Ink(f"{keyed(key)}  ", "power", True), Ink(text)] for key, text in first]
    rows += whole if len(rows) + len(whole) <= height else cut
    for key, text in WAYS if scene.trouble else WAYS[1:]:
        more = _way(key, text, width, "muted")
        rows += more if len(rows) + len(more) <= height else []
    return rows


def _way(key: str, text: str, width: int, role: str) -> list[Row]:
    """A key and what it does, which goes on under itself."""
    said = f"{keyed(key)}  "
    lines = wrap(text, max(width - len(said), 20), role)
    heads = [Ink(said, "power", True), *[Ink(" " * len(said))] * (len(lines) - 1)]
    return [[head, *line] for head, line in zip(heads, lines, strict=True)]


def number_rows(scene: Scene, width: int) -> list[Row]:
    """The narrow screen's two rows: the moment, and the gate while it decides, else the result so far."""
    if served.watched_of(scene):
        return served.number_rows(scene)
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
    if scene.pairs is not None:
        second = list(gross_row(scene, gap))
    if gates.watching(scene):
        second = list(gates.gate_line(scene, width))
    return [[Ink(f"{text}   ", role, bold=True) for text, role in moment], second]

"""Whether a session's figures can be trusted: what the Monitor's session pane checks off."""

from __future__ import annotations

from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, counted, gigabytes, percent, signed
from ecotui.ui.screens.monitor_gate import verdict_row
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.widgets.canvas import Ink, Row, wrap

UNKNOWN = ("windows", "sources", "throttle", "others", "readings", "tokens", "CV")


def check(ok: bool | None, name: str, text: str, bad: str = "bad") -> Row:
    """A line of the list; None is not known yet."""
    glyph, role = {True: ("✔", "good"), False: ("✘" if bad == "bad" else "▲", bad), None: ("·", "muted")}[ok]
    return [
        Ink(glyph, role),
        Ink(f" {name:<9}"),
        Ink(text if ok is not None else ABSENT, "text" if ok else "muted" if ok is None else bad),
    ]


def checks(scene: Scene) -> list[Row]:
    """The gate, throttle, other processes, gaps, tokens, both sources, spread, and the windows' verdict."""
    run = scene.run
    if run is None:
        return [verdict_row(scene), *(check(None, name, "") for name in UNKNOWN)]
    rows = [_windows(run), sources(run), _throttle(run), _others(scene), _gap(scene), _tokens(scene), _spread(run)]
    return [verdict_row(scene), *rows]


def _windows(run: RunRow) -> Row:
    if run.windows_invalid:
        return check(False, "windows", f"{run.windows_invalid} of {run.windows} INVALID")
    return check(True, "windows", f"{run.windows} valid")


def _throttle(run: RunRow) -> Row:
    bits, held = run.clock_event_reasons, run.throttle_ms
    words = ", ".join(w for w in reason_words(bits) if w != "idle")
    text = f"{words or 'none'}{f', {held:.0f} ms' if held else ''}"
    spoiled = bool((bits or 0) & INVALIDATING) or bool(held)
    known = bits is not None or held is not None
    return check(not (words or held) if known else None, "throttle", text, "bad" if spoiled else "warn")


def _others(scene: Scene) -> Row:
    """Processes on the board that are not the session's."""
    vitals = scene.line.vitals
    seen = dict.fromkeys(clean(name, 40) for look in vitals for name in look.foreign)
    return check(not seen if vitals else None, "others", ", ".join(seen) or "no foreign process")


def _gap(scene: Scene) -> Row:
    from ecotui.core.summary import GAP_LIMIT_MS

    gap = scene.windows.gap_ms
    return check(gap <= GAP_LIMIT_MS, "readings", f"longest gap {gap:.0f} ms")


def _tokens(scene: Scene) -> Row:
    short = scene.windows.short
    return check(not short, "tokens", "exact" if not short else f"{short} windows short")


def sources(run: RunRow) -> Row:
    """Whether counter and integral agree; with one of them only, which."""
    from ecotui.analysis.sources import agree

    same = agree(run)
    if same is None:
        alone = f"{clean(run.energy_source or ABSENT, 20)} alone"
        return check(False, "sources", alone, "warn")
    diff = f"{signed(run.energy_sources_diff_pct, 2)} %"
    return check(same, "sources", f"counter/integral {diff}" if same else f"DISAGREE {diff}")


def _spread(run: RunRow) -> Row:
    from ecotui.analysis.gates import spread

    text = f"tok/s {percent(run.throughput_cv_pct)}  W {percent(run.power_cv_pct)}"
    return check(spread(run), "CV", text, "warn")


def remarks(scene: Scene, width: int) -> list[Row]:
    """Weights, causes of invalid windows, gates that were not passed, notices, and where the log lies."""
    line, run, rows = scene.line, scene.run, list[Row]()
    if line.fault is not None:
        rows += wrap(clean(line.fault.what, 200), width, "bad")
    if run is not None and run.cause:
        rows += wrap(f"INVALID: {clean(run.cause, 160)}", width, "bad")
    if run is not None and run.remarks:
        rows += wrap(f"{remarks_words(run)}: {clean(run.remarks, 600)}", width, "warn")
    if (resident := line.residents.get(scene.arm)) is not None:
        random = resident.weights == "random"
        text = "random" if random else clean(resident.weights, 12)
        glyph = Ink("▲", "warn") if random else Ink("✔", "good")
        rows.append([glyph, Ink(" weights  "), Ink(f"{text}, {gigabytes(resident.weights_b)}")])
    for notice in line.notices[-3:]:
        rows += wrap(f"· {clean(notice.text, 160)}", width, "warn" if notice.level == "warning" else "muted")
    return [*rows, *_log(scene, width)]


def remarks_words(run: RunRow | None) -> str:
    """ "3 remarks"; nothing where there is none."""
    return counted(len(run.remarks.split("; ")), "remark") if run is not None and run.remarks else ""


def _log(scene: Scene, width: int) -> list[Row]:
    if scene.log is None:
        return []
    parts = scene.log.parts[-2:]
    fits = len("/".join(parts)) <= width - len("log …/")
    return [(), [Ink(f"log …/{clean('/'.join(parts if fits else parts[:1]), width - 6)}", "muted")]]

"""Whether a run can be trusted: validity with its causes, the gate, and the checks after the windows, in words."""

from __future__ import annotations

from ecotui.analysis import gates
from ecotui.analysis.alias import alias_words
from ecotui.analysis.drift import HELD, still_to_come
from ecotui.core import units
from ecotui.core.reading import reason_words
from ecotui.core.remarks import HALVES_PCT, POWER_CV_PCT, THROUGHPUT_CV_PCT, TREND_WINDOWS
from ecotui.core.rows import RunRow
from ecotui.core.stability import GATE_PCT
from ecotui.ui.widgets.history_columns import mark_of
from ecotui.ui.widgets.history_detail import windows_text
from ecotui.ui.widgets.record_facts import Fact, said


def trust(row: RunRow) -> list[Fact]:
    """Everything that speaks for or against the run."""
    glyph, word, _ = mark_of(row)
    clocks = ", ".join(reason_words(row.clock_event_reasons)) or "none"
    return [
        ("windows", f"{glyph} {word}, {windows_text(row)}"),
        ("cause", f"▲ {units.clean(row.cause)}" if row.cause else units.ABSENT),
        ("stability", stability(row)),
        (
            "halves",
            _passed(
                gates.halves(row),
                f"{units.difference(row.power_halves_pct)} power in the second, gate {HALVES_PCT:g} %",
            ),
        ),
        ("trend", _trend(row)),
        ("CV throughput", _spread(row.throughput_cv_pct, THROUGHPUT_CV_PCT)),
        ("CV power", _spread(row.power_cv_pct, POWER_CV_PCT)),
        ("CV gross J/1k", units.percent(row.energy_cv_pct, 2)),
        ("clock events", units.ABSENT if row.clock_event_reasons is None else clocks),
        ("throttled", _held(row)),
        ("remarks", f"▲ {units.clean(row.remarks)}" if row.remarks else units.ABSENT),
        *([("in step", f"▲ {told}")] if (told := alias_words(row)) else []),
    ]


def stability(row: RunRow) -> str:
    """The gate's outcome."""
    drift = f"{still_to_come(row, 2) or 'drift not known'}, gate {GATE_PCT:g} %"
    tau = "" if row.stability_tau_s is None else f", time constant {units.duration(row.stability_tau_s)} ({HELD})"
    watched = f"watched {units.duration(row.stability_s)}{tau}"
    if row.stability == "stable":
        return f"✔ stable: {drift}; {watched}"
    if row.stability == "UNSTABLE":
        return f"≈ UNSTABLE: {drift}; {watched}"
    return said(row.stability)


def _passed(ok: bool | None, text: str) -> str:
    return units.ABSENT if ok is None else f"{'✔' if ok else '▲'} {text}"


def _spread(value: float | None, most: float) -> str:
    return _passed(None if value is None else value <= most, f"{units.percent(value, 2)}, gate {most:g} %")


def _trend(row: RunRow) -> str:
    if gates.too_few(row):
        return f"{units.ABSENT} needs {TREND_WINDOWS} windows"
    if row.trend_p is None:
        return units.ABSENT
    text = "none in gross J/1k" if gates.level(row) else "gross J/1k follows a TREND"
    return _passed(gates.level(row), f"{text}, Mann-Kendall {units.chance(row.trend_p)}")


def _held(row: RunRow) -> str:
    if row.throttle_ms is None and row.power_cap_ms is None:
        return units.ABSENT
    cap = "" if row.power_cap_ms is None else f", at the power limit {units.number(row.power_cap_ms, 0)} ms"
    return f"{'▲ ' if row.throttle_ms else ''}{units.number(row.throttle_ms, 0)} ms by heat or hardware{cap}"

"""The gates that a run is held to after its windows: spread, drift between its halves, trend."""

from __future__ import annotations

from ecotui.core.remarks import HALVES_PCT, POWER_CV_PCT, THROUGHPUT_CV_PCT, TREND_P, TREND_WINDOWS
from ecotui.core.rows import RunRow


def spread(run: RunRow) -> bool | None:
    """Whether throughput and power vary little enough over the windows; None where that is not known."""
    pairs = ((run.throughput_cv_pct, THROUGHPUT_CV_PCT), (run.power_cv_pct, POWER_CV_PCT))
    known = [value <= most for value, most in pairs if value is not None]
    return all(known) if known else None


def halves(run: RunRow) -> bool | None:
    """Whether both halves of the windows drew the same power; None of one window."""
    return None if run.power_halves_pct is None else abs(run.power_halves_pct) <= HALVES_PCT


def level(run: RunRow) -> bool | None:
    """Whether energy per token follows no trend over the windows; None where no test could find one."""
    return None if run.trend_p is None or too_few(run) else run.trend_p >= TREND_P


def too_few(run: RunRow) -> bool:
    """Whether there are windows, but not enough for a trend to show."""
    return 0 < (run.windows or 0) < TREND_WINDOWS

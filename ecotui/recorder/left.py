"""What was left unfinished: the newest sweep, where points of it are missing, until it is put off."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ecotui.core.errors import EcotuiError
from ecotui.core.sweep_state import SKIPPED, SweepState
from ecotui.core.units import clean
from ecotui.recorder.sweep import PUT_OFF, is_driven, read_state, sweep_folder, sweeps
from ecotui.store.home import Home


@dataclass(frozen=True, slots=True)
class LeftSweep:
    """A sweep in which something is missing."""

    state: SweepState
    driven: bool
    """Whether its driver goes on by itself."""

    @property
    def words(self) -> str:
        """Which it is, and how much of it is missing."""
        it = self.state
        name = f"{clean(it.plan.name, 40)}{' (SIMULATED)' if it.plan.simulated else ''}"
        how = "goes on" if self.driven else "is unfinished"
        return f"The sweep {name} of {_day(it.sweep)} {how}: {self.brief}."

    @property
    def brief(self) -> str:
        """How much of it is missing."""
        total, skipped = self.state.total, self.state.counts[SKIPPED]
        told = f"{self.state.left} of {total} point{'' if total == 1 else 's'} missing"
        return f"{told}, {skipped} skipped" if skipped else told


def left_sweep(home: Home) -> LeftSweep | None:
    """The newest sweep of a home where it is to be gone on with; one that cannot be read is none."""
    sweep = next(iter(sweeps(home)), None)
    with suppress(EcotuiError):
        if sweep is not None and not (sweep_folder(home, sweep) / PUT_OFF).exists():
            driven = is_driven(home, sweep)  # asked first: an end that is written in between is then read
            state = read_state(home, sweep)
            return LeftSweep(state, driven) if state.missing else None
    return None


def put_off(home: Home, sweep: str) -> None:
    """Offer it no more, until it has been gone on with."""
    with suppress(OSError):
        (sweep_folder(home, sweep) / PUT_OFF).touch()


def _day(sweep: str) -> str:
    """When it began, as its id tells, in UTC; the id itself where it tells nothing."""
    day, _, rest = sweep.partition("-")
    at = rest.partition("-")[0]
    if len(day) == 8 and len(at) == 6 and (day + at).isdecimal():
        return f"{day[:4]}-{day[4:6]}-{day[6:]} {at[:2]}:{at[2:4]} UTC"
    return sweep

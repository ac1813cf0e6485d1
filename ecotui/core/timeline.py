"""A session as its log tells it: every reader of a log, live or later, folds its events into this."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.clock import NS, Tie
from ecotui.core.events import (
    End,
    Event,
    Examined,
    Fault,
    Forecast,
    Gate,
    Header,
    Notice,
    Phase,
    Resident,
    Steps,
    Trace,
    Vitals,
    Window,
)
from ecotui.core.plan import Plan
from ecotui.core.reading import BoardInfo, Reading, Tick

if TYPE_CHECKING:  # the first frame of the application has a timeline, and no use for arrays yet
    import numpy as np
    from numpy.typing import NDArray

SENSORS = tuple(f.name for f in fields(Reading) if f.name != "at_ns")
RATE_SPAN_NS = NS // 2
"""Live throughput is the mean over at least this long."""


@dataclass(frozen=True, slots=True)
class Span:
    """A phase with its end; None while it lasts."""

    phase: Phase
    end_ns: int | None


@dataclass
class Call:
    """Token stamps of one generate() call, the first its start."""

    arm: int
    call: int
    stamps: list[int] = field(default_factory=list)


class Series:
    """Growing columns over one time axis; absent values are NaN."""

    def __init__(self, *names: str) -> None:
        self._at = array("q")
        self._columns = {name: array("d") for name in names}

    def __len__(self) -> int:
        return len(self._at)

    def append(self, at_ns: int, **values: float | None) -> None:
        """One row; columns that are not named, or None, are NaN."""
        self._at.append(at_ns)
        for name, column in self._columns.items():
            value = values.get(name)
            column.append(float("nan") if value is None else value)

    @property
    def at_ns(self) -> NDArray[np.int64]:
        """(rows,) stamps; a copy, so that the series may grow on."""
        import numpy as np

        return np.array(self._at, dtype=np.int64)

    def column(self, name: str) -> NDArray[np.float64]:
        """(rows,) values, NaN where absent; a copy."""
        import numpy as np

        return np.array(self._columns[name], dtype=np.float64)

    def since(self, name: str, at_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Stamps and values from `at_ns` on."""
        import numpy as np

        first = int(np.searchsorted(np.frombuffer(self._at, dtype=np.int64), at_ns)) if len(self._at) else 0
        return np.array(self._at[first:], dtype=np.int64), np.array(self._columns[name][first:], dtype=np.float64)


class Timeline:
    """What is known of a session after the events so far."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.plan: Plan | None = None
        self.readings = Series(*SENSORS)
        self.ticks = Series("energy_j", "half_width_ns")
        self.samples = Series("power_w")
        """The driver's ring; NaN where its sensor did not answer."""
        self.vitals: list[Vitals] = []
        self.throughput = Series("tok_s")
        self.last: Reading | None = None
        self.spans: list[Span] = []
        self.forecasts: dict[int, Forecast] = {}
        self.residents: dict[int, Resident] = {}
        self.gates: dict[int, list[Gate]] = {}
        self.examined: dict[int, Examined] = {}
        self.calls: dict[tuple[int, int], Call] = {}
        self.windows: list[Window] = []
        self.notices: list[Notice] = []
        self.fault: Fault | None = None
        self.end: End | None = None
        self.last_ns = 0
        self._recent: list[int] = []

    @property
    def board(self) -> BoardInfo | None:
        """The board that is watched; None where it could not be opened."""
        return self.header.board if self.header else None

    @property
    def tie(self) -> Tie:
        """Monotonic to wall time of this session."""
        assert self.header is not None, "a log begins with its header"
        return Tie(self.header.at_ns, self.header.wall_ns)

    @property
    def start_ns(self) -> int:
        """Where the time axis begins."""
        return self.header.at_ns if self.header else 0

    @property
    def phase(self) -> Phase | None:
        """The phase that lasts now; None before the first and after the end."""
        return self.spans[-1].phase if self.spans and self.spans[-1].end_ns is None else None

    def arm(self, number: int) -> Arm:
        """The plan's arm of that number."""
        assert self.plan is not None, "a log begins with its header"
        return self.plan.arms[number]

    def windows_of(self, arm: int) -> list[Window]:
        """Measured windows of an arm at its own output length, in order."""
        return [w for w in self.windows if w.arm == arm and w.new_tokens is None]

    def split_windows_of(self, arm: int) -> list[Window]:
        """Windows of an arm at other output lengths, in order."""
        return [w for w in self.windows if w.arm == arm and w.new_tokens is not None]

    def gate(self, arm: int) -> Gate | None:
        """The gate's newest look at an arm; None before its first.

        Where the arms of a paired session are resident together, one look at one of them holds for all.
        """
        looks = self.gates.get(arm) or (next(iter(self.gates.values()), None) if self.together else None)
        return looks[-1] if looks else None

    def loaded_ns(self, arm: int) -> int:
        """When the arm's last load began; the session's start before its first."""
        return next((s.phase.at_ns for s in reversed(self.spans) if (s.phase.name, s.phase.arm) == ("loading", arm)), 0)

    @property
    def together(self) -> bool:
        """Whether the arms of a paired session are resident at the same time: the loads follow one another."""
        if self.plan is None or not self.plan.protocol.blocks:
            return False
        names = [s.phase.name for s in self.spans]
        first = names.index("loading") if "loading" in names else len(names)
        wanted = len(self.plan.arms)
        return names[first : first + wanted] == ["loading"] * wanted

    def apply(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Header():
                self.header, self.plan, self.last_ns = event, Plan.from_dict(event.plan), event.at_ns
            case Reading():
                self.readings.append(event.at_ns, **{name: getattr(event, name) for name in SENSORS})
                self.last, self.last_ns = event, max(self.last_ns, event.at_ns)
            case Tick():
                self.ticks.append(event.at_ns, energy_j=event.energy_j, half_width_ns=event.half_width_ns)
            case Phase():
                self._close(event.at_ns)
                self.spans.append(Span(event, None))
                self.last_ns = max(self.last_ns, event.at_ns)
            case Steps():
                self._steps(event)
            case Trace():
                self._samples(event)
            case Vitals():
                self.vitals.append(event)
            case Notice():
                self.notices.append(event)
            case Fault():
                self.fault = event
            case End():
                self._close(event.at_ns)
                self.end, self.last_ns = event, max(self.last_ns, event.at_ns)
            case _:
                self._of_arm(event)

    def _of_arm(self, event: Forecast | Resident | Gate | Window | Examined) -> None:
        """What is known of one arm."""
        match event:
            case Forecast():
                self.forecasts[event.arm] = event
            case Resident():
                self.residents[event.arm] = event
            case Gate():
                self.gates.setdefault(event.arm, []).append(event)
            case Window():
                self.windows.append(event)
            case Examined():
                self.examined[event.arm] = event

    def _close(self, at_ns: int) -> None:
        if self.spans and self.spans[-1].end_ns is None:
            self.spans[-1] = Span(self.spans[-1].phase, at_ns)

    def _samples(self, event: Trace) -> None:
        at = event.base_ns
        for i, milliwatts in enumerate(event.power_mw):
            at += event.delta_ns[i - 1] if i else 0
            self.samples.append(at, power_w=milliwatts / 1000 if milliwatts > 0 else None)

    def _steps(self, event: Steps) -> None:
        call = self.calls.setdefault((event.arm, event.call), Call(event.arm, event.call))
        stamps = [event.base_ns]
        for delta in event.delta_ns:
            stamps.append(stamps[-1] + delta)
        call.stamps.extend(stamps)
        tokens = stamps[1:] if event.first == 0 else stamps
        self._recent.extend(tokens)
        if len(self._recent) < 2:
            return
        newest = self._recent[-1]
        keep = next((i for i, at in enumerate(self._recent) if at > newest - RATE_SPAN_NS), 0)
        self._recent = self._recent[max(min(keep - 1, len(self._recent) - 2), 0) :]
        elapsed = newest - self._recent[0]
        if tokens and elapsed > 0:
            steps = len(self._recent) - 1
            self.throughput.append(newest, tok_s=self.arm(event.arm).batch_size * steps * NS / elapsed)

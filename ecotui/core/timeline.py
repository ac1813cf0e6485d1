"""A session as its log tells it: every reader of a log, live or later, folds its events into this."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, fields
from itertools import accumulate
from typing import TYPE_CHECKING, Any

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
    Over,
    Phase,
    Resident,
    Scrape,
    Steps,
    Trace,
    Vitals,
    Window,
)
from ecotui.core.overs import Overs
from ecotui.core.plan import Plan
from ecotui.core.quality import scored
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.score_events import Decoded, Scores, Scoring, Task
from ecotui.core.scores import Scorings
from ecotui.core.scrapes import Scrapes
from ecotui.core.spans import Span, Spans
from ecotui.core.thinning import BUCKET_NS, KEEP_ROWS, STEP_ROWS, Settled, prepare, thin
from ecotui.core.windows import Windows

if TYPE_CHECKING:  # the first frame of the application has a timeline, and no use for arrays yet
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SENSORS", "Call", "Series", "Span", "Spans", "Timeline"]

SENSORS = tuple(f.name for f in fields(Reading) if f.name != "at_ns")
WHOLE = ("memory_used_b", "clock_event_reasons")
"""Sensors that tell whole numbers."""
RATE_SPAN_NS = NS // 2
"""Live throughput is the mean over at least this long."""
AROUND_NS = 5 * NS
"""More than anything that is told late, or once a second, is away from a bracket that it belongs to."""


@dataclass
class Call:
    """Token stamps of one generate() call, the first its start."""

    arm: int
    call: int
    stamps: array[int] = field(default_factory=lambda: array("q"))


class Series:
    """Growing columns over one time axis; absent values are NaN."""

    def __init__(self, *names: str) -> None:
        self._at = array("q")
        self._columns = {name: array("d") for name in names}
        self.whole_from = 0
        """Rows before this one are the outline of what was there: `ecotui.core.thinning`."""
        self.bucket_ns = BUCKET_NS
        """Of so much time the outline holds the lowest and the highest."""

    def __len__(self) -> int:
        return len(self._at)

    def append(self, at_ns: int, **values: float | None) -> None:
        """One row; columns that are not named, or None, are NaN."""
        self._at.append(at_ns)
        for name, column in self._columns.items():
            value = values.get(name)
            column.append(float("nan") if value is None else value)

    def extend(self, at_ns: Iterable[int], name: str, values: Iterable[float]) -> None:
        """Rows of a series that has one column."""
        self._at.extend(at_ns)
        self._columns[name].extend(values)

    def keep(self, first: int, last: int, rows: Sequence[int]) -> None:
        """Of the rows from `first` on and before `last` only those of these numbers."""
        self._at[first:last] = array("q", [self._at[row] for row in rows])
        for column in self._columns.values():
            column[first:last] = array("d", [column[row] for row in rows])

    def last_reading(self) -> Reading | None:
        """The newest row of a series of readings; None of an empty one."""
        if not self._at:
            return None
        row = {name: None if column[-1] != column[-1] else column[-1] for name, column in self._columns.items()}
        whole = {name: int(row[name] or 0) for name in WHOLE if row[name] is not None}
        return Reading(self._at[-1], **row | whole)  # type: ignore[arg-type]

    def stamp(self, row: int) -> int:
        """The stamp of a row."""
        return self._at[row]

    def place(self, at_ns: int) -> int:
        """The first row that is not before a time, of stamps that ascend."""
        return bisect_left(self._at, at_ns)

    @property
    def parts(self) -> tuple[array[int] | array[float], ...]:
        """The stamps and every column, as they lie in memory."""
        return (self._at, *self._columns.values())

    @property
    def at_ns(self) -> NDArray[np.int64]:
        """(rows,) stamps; a copy, so that the series may grow on."""
        import numpy as np

        return np.array(self._at, dtype=np.int64)

    def column(self, name: str) -> NDArray[np.float64]:
        """(rows,) values, NaN where absent; a copy."""
        import numpy as np

        return np.array(self._columns[name], dtype=np.float64)

    def within(self, name: str, begin_ns: int, end_ns: int) -> NDArray[np.float64]:
        """Values whose stamps, which ascend, lie between two times."""
        import numpy as np

        rows = slice(bisect_right(self._at, begin_ns), bisect_left(self._at, end_ns))
        return np.array(self._columns[name][rows], dtype=np.float64)

    def any_above(self, name: str, least: float) -> bool:
        """Whether a value is above some."""
        import numpy as np

        values = self._columns[name]
        return bool(values) and (values[-1] > least or bool(np.any(np.frombuffer(values) > least)))

    def since(self, name: str, at_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Stamps and values from `at_ns` on."""
        import numpy as np

        first = int(np.searchsorted(np.frombuffer(self._at, dtype=np.int64), at_ns)) if len(self._at) else 0
        return np.array(self._at[first:], dtype=np.int64), np.array(self._columns[name][first:], dtype=np.float64)

    def between(self, begin_ns: int, end_ns: int) -> Series:
        """The rows in [begin, end], of stamps that ascend."""
        first, end = bisect_left(self._at, begin_ns), bisect_right(self._at, end_ns)
        out = Series(*self._columns)
        out._at, out.whole_from = self._at[first:end], min(max(self.whole_from - first, 0), end - first)
        out._columns = {name: column[first:end] for name, column in self._columns.items()}
        out.bucket_ns = self.bucket_ns
        return out


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
        self.scrapes = Scrapes()
        """What a watched server told; empty in every other session."""
        self.scorings = Scorings()
        """What the arms' quality came to."""
        self.last: Reading | None = None
        self.spans = Spans()
        self.forecasts: dict[int, Forecast] = {}
        self.residents: dict[int, Resident] = {}
        self.gates: dict[int, list[Gate]] = {}
        self.examined: dict[int, Examined] = {}
        self.calls: dict[tuple[int, int], Call] = {}
        self.windows = Windows()
        self.overs = Overs()
        """Windows that are over, and not yet among `windows`."""
        self.notices: list[Notice] = []
        self.fault: Fault | None = None
        self.end: End | None = None
        self.last_ns = 0
        self.settled = Settled()
        """What was made of windows whose readings are gone; empty in a session of less than an hour."""
        self._recent: list[int] = []
        self._thin_at = KEEP_ROWS + STEP_ROWS
        """With so many readings it is time to thin them."""

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
        last = self.spans.last
        return last.phase if last is not None and last.end_ns is None else None

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

    def around(self, t0_ns: int, t1_ns: int, margin_ns: int = AROUND_NS) -> Timeline:
        """The same session with what the board told near a bracket only: a day of readings is not looked through for
        ten seconds of them.
        """
        out, begin, end = copy(self), t0_ns - margin_ns, t1_ns + margin_ns
        out.readings, out.ticks, out.samples = (
            s.between(begin, end) for s in (self.readings, self.ticks, self.samples)
        )
        first = bisect_left(self.vitals, begin, key=lambda look: look.at_ns)
        out.vitals = self.vitals[first : bisect_right(self.vitals, end, key=lambda look: look.at_ns)]
        return out

    def gate(self, arm: int) -> Gate | None:
        """The gate's newest look at an arm; None before its first.

        Where the arms of a paired session are resident together, one look at one of them holds for all.
        """
        looks = self.gates.get(arm) or (next(iter(self.gates.values()), None) if self.together else None)
        return looks[-1] if looks else None

    def loaded_ns(self, arm: int, before_ns: int | None = None) -> int:
        """When the arm's last load began, or its last before some time; the session's start before its first."""
        begun = (s.phase.at_ns for s in reversed(self.spans.named("loading", arm=arm)))
        return next((at_ns for at_ns in begun if before_ns is None or at_ns <= before_ns), 0)

    @property
    def together(self) -> bool:
        """Whether the arms of a paired session, or of one of nothing but quality, are resident at the same time: the
        loads follow one another."""
        alone = self.plan is not None and self.plan.quality is not None and self.plan.quality.alone
        if self.plan is None or not (self.plan.protocol.blocks or alone):
            return False
        wanted = len(scored(self.plan.arms, self.plan.quality)) if alone and self.plan.quality else len(self.plan.arms)
        loads = self.spans.places("loading")[:wanted]
        return len(loads) == wanted and loads == list(range(loads[0], loads[0] + wanted) if loads else ())

    def apply(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Header():
                self.header, self.plan, self.last_ns = event, Plan.from_dict(event.plan), event.at_ns
            case Reading():
                self._read(event)
            case Tick():
                self.ticks.append(event.at_ns, energy_j=event.energy_j, half_width_ns=event.half_width_ns)
            case Phase():
                self._close(event.at_ns)
                self.spans.begin(event)
                self.last_ns = max(self.last_ns, event.at_ns)
            case Steps():
                self._steps(event)
            case Trace():
                self._samples(event)
            case Vitals():
                self.vitals.append(event)
            case Scrape():
                self._scraped(event)
            case Notice():
                self.notices.append(event)
            case Fault():
                self.fault = event
            case End():
                self._close(event.at_ns)
                self.end, self.last_ns = event, max(self.last_ns, event.at_ns)
            case _:
                self._of_arm(event)

    def break_off(self) -> int:
        """Nobody writes this log any more: windows that are over are as known as they will be. Returns how many."""
        made = self.overs.made()
        for window in made:
            self.apply(window)
        return len(made)

    def state(self) -> dict[str, Any]:
        """What a fold that is put down and taken up again holds beside its events and columns."""
        return {"last_ns": self.last_ns, "recent": self._recent, "thin_at": self._thin_at}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it up again."""
        self.last_ns, self._thin_at = int(state["last_ns"]), int(state["thin_at"])
        self._recent = [int(at) for at in state["recent"]]

    def _of_arm(
        self, event: Forecast | Resident | Gate | Over | Window | Examined | Scoring | Scores | Decoded | Task
    ) -> None:
        """What is known of one arm."""
        match event:
            case Scoring() | Scores() | Decoded() | Task():
                self.scorings.add(event)
                self.last_ns = max(self.last_ns, event.at_ns)
            case Forecast():
                self.forecasts[event.arm] = event
            case Resident():
                self.residents[event.arm] = event
            case Gate():
                self.gates.setdefault(event.arm, []).append(event)
            case Over():
                self.overs.add(event)
            case Window():
                if self.overs.settle(event):
                    self.windows.append(event)
                    prepare(self)
            case Examined():
                self.examined[event.arm] = event

    def _read(self, event: Reading) -> None:
        self.readings.append(event.at_ns, **{name: getattr(event, name) for name in SENSORS})
        self.last, self.last_ns = event, max(self.last_ns, event.at_ns)
        if len(self.readings) >= self._thin_at and self.header is not None:
            thin(self)
            self._thin_at = max(self.readings.whole_from + KEEP_ROWS, len(self.readings)) + STEP_ROWS

    def _close(self, at_ns: int) -> None:
        if self.phase is not None:
            self.spans.close(at_ns)

    def _scraped(self, event: Scrape) -> None:
        self.scrapes.add(event)
        watched = self.header.watched if self.header else None
        rate = self.scrapes.rate_tok_s(per_request=watched is not None and watched.counts == "requests")
        if rate is not None:
            self.throughput.append(event.at_ns, tok_s=rate)
        self.last_ns = max(self.last_ns, event.at_ns)

    def _samples(self, event: Trace) -> None:
        nothing = float("nan")
        watts = [milliwatts / 1000 if milliwatts > 0 else nothing for milliwatts in event.power_mw]
        self.samples.extend(list(accumulate(event.delta_ns, initial=event.base_ns))[: len(watts)], "power_w", watts)

    def _steps(self, event: Steps) -> None:
        call = self.calls.setdefault((event.arm, event.call), Call(event.arm, event.call))
        stamps = list(accumulate(event.delta_ns, initial=event.base_ns))
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

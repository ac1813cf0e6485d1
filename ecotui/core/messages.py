"""What recorder and worker say to each other: one JSON object a line, over the worker's stdin and stdout.

The worker also sends `Resident`, `Steps`, `Examined`, `Scoring`, `Scores`, `Decoded` and `Task` of
`ecotui.core.events`, which go into the log as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ecotui.core.arm import Arm
from ecotui.core.events import Examined, Resident, Steps
from ecotui.core.score_events import Decoded, Scores, Scoring, Task


@dataclass(frozen=True, slots=True)
class Score:
    """Score arms that are loaded, window by window, all of them in each window before the next one.

    The replies are `Scoring` once an arm and convention, `Scores` as windows are done, by the decoding path `Decoded`
    meanwhile, `Task` each, then `Scored`.
    """

    arms: list[int]
    """By number; that which the others are compared with first, where it is among them."""
    reference: int | None
    """The arm that the others are compared with; None compares with none. One that is not loaded has left its logits
    on the shelf."""
    window: int
    stride: int
    conventions: list[str]
    path: str
    text: str
    """A name of `ecotui.core.quality`, or a path."""
    tokens: int | None = None
    """Only so many of the text's; None takes all."""
    shelf: str = ""
    """Folder in which logits are left for arms that are loaded later, and looked for; empty where all are here."""
    tasks: list[str] = field(default_factory=list)
    """Of lm-eval."""
    task_limit: int | None = None
    """Samples of each task; None takes all."""


@dataclass(frozen=True, slots=True)
class Load:
    """Bring an arm onto the device."""

    arm: Arm
    number: int
    """Index into the plan's arms; comes back in every message about the arm."""
    device: str
    gpu: int
    seed: int
    keep: bool = False
    """Whether the arms that were loaded before stay on the device; arms of one model and quantization share weights."""
    score: Score | None = None
    """How it will be scored: text and tokenizer are tried once it is there, before anything is measured. None tries
    nothing."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Generate once; nothing of it counts."""

    arm: int | None = None
    """Which of the loaded arms; None is the newest."""
    new_tokens: int | None = None
    """Tokens a row; None is the arm's own number."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Repeat generate() until `seconds` have passed, whole calls only."""

    window: int
    seconds: float
    new_tokens: int | None = None
    """Tokens a row and call; None is the arm's own number."""
    arm: int | None = None
    """Which of the loaded arms; None is the newest."""


@dataclass(frozen=True, slots=True)
class Examine:
    """Profile a few decoding steps; nothing of it counts. The reply is `ecotui.core.events.Examined`."""

    arm: int | None = None
    """Which of the loaded arms; None is the newest."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End in order."""


Command = Load | WarmUp | Measure | Examine | Score | Quit


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker runs; torch and the others were imported."""

    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Began:
    """A bracket opens: the device is idle and generate() comes next. Sent at once, unbatched."""

    at_ns: int
    window: int | None
    """None for a warm-up."""


@dataclass(frozen=True, slots=True)
class WarmedUp:
    """One warm-up call is over."""

    at_ns: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A window is over; its bracket and what it held."""

    window: int
    t0_ns: int
    t1_ns: int
    first_call: int
    calls: int
    tokens: int
    tokens_expected: int
    memory_peak_b: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The command could not be carried out; the worker ends."""

    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The arms of a `Score` are scored."""

    at_ns: int
    shelf_windows: int | None = None
    """Windows whose logits lie on the shelf; None where none was asked for."""


Rated = Scoring | Scores | Decoded | Task
"""What is said of arms while they are scored."""
Reply = Ready | Resident | Began | Steps | WarmedUp | Measured | Examined | Rated | Scored | Failed

"""What a session log is made of: one frozen event a line, all stamps CLOCK_MONOTONIC nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.score_events import Decoded, Scores, Scoring, Task


@dataclass(frozen=True, slots=True)
class Watched:
    """What a session of the kind "watched" looks at: a server of somebody else, and a board beside it."""

    server: str
    """ "vllm", "sglang", "tgi" or "llama.cpp", by the names of its counters."""
    address: str
    """Where it was asked, without user, password and query."""
    models: list[str] = field(default_factory=list)
    """Names that its counters carry."""
    series: int = 1
    """Counters of generated tokens that are summed: one an engine and model."""
    counts: str = "steps"
    """When it counts tokens: "steps", as they are made, or "requests", all of a request when that ends."""
    every_s: float = 1.0
    window_s: float = 10.0
    bare_w: float | None = None
    """Idle power of this board without any context, of an earlier session; None where none is stored."""
    bare_run: str | None = None
    """The run that it was measured in."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what this file is, what was planned, and on what."""

    version: str
    """Version of the log format, "major.minor"; a reader refuses a newer major."""
    session: str
    at_ns: int
    wall_ns: int
    """Wall time, in nanoseconds since 1970 UTC, at `at_ns`."""
    plan: dict[str, Any]
    board: BoardInfo | None
    """None where the board could not be opened; a fault follows."""
    environment: dict[str, str] = field(default_factory=dict)
    """Host, Python, and the versions of ecotui and of what it measures with."""
    watched: Watched | None = None
    """Of a session that watches a server; its plan's one arm is only the server's model by name."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase begins; the one before ends.

    Names, in order: bare, loading, context, warm-up, stabilizing, measuring, splitting, cooling, context-after,
    scoring, examining.
    """

    at_ns: int
    name: str
    arm: int
    """Index into the plan's arms."""
    window: int | None = None
    """Which window, from 1, while measuring or splitting."""
    expected_s: float | None = None
    """How long it should last, where that is known."""
    block: int | None = None
    """Which block of a paired session, from 1."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Samples of the driver's own ring of board power, some 20 ms apart, drained about once a second.

    Sample i stands for the time since sample i - 1. Batches follow one another without overlap.
    """

    at_ns: int
    """When the ring was drained."""
    base_ns: int
    """Stamp of the first sample, brought from the driver's wall clock to the session's."""
    delta_ns: list[int]
    """Each later sample's stamp minus the one before it."""
    power_mw: list[int]
    """(1 + len(delta_ns),) milliwatts; 0 is a sample in which the sensor did not answer."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What changes slowly, about once a second: cumulative throttle times, and who else is on the board."""

    at_ns: int
    throttle_ns: int | None = None
    """Time the board's clocks were held down by heat, power brake or a hardware fault, since the driver was loaded;
    None where the board does not count it."""
    power_cap_ns: int | None = None
    """The same for its power limit."""
    processes: list[int] = field(default_factory=list)
    """Every process with a context on the board, as the driver numbers them."""
    foreign: list[str] = field(default_factory=list)
    """Those that are not the session's worker, "PID NAME"."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Memory that an arm should need, made before it is loaded; bytes."""

    at_ns: int
    arm: int
    weights_b: int
    cache_b: int
    """Keys and values of B rows of P + N positions."""
    activations_b: int
    """Most that is held beside weights and cache, in the prefill."""
    overhead_b: int
    """CUDA context and library workspaces."""
    total_b: int
    free_b: int | None = None
    """Free on the board when the forecast was made."""
    basis: str = ""
    """Where the dimensions come from: "shape" or "config"."""
    scoring_b: int = 0
    """What scoring holds beyond all that: a window's activations and logits."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """Columns of the linear layers' inputs with a value of 6 or more, from one unmeasured prefill and one step.

    What LLM.int8 with its threshold keeps out of the 8-bit product; counted for every arm, whatever it does with them.
    """

    layers: int
    """Linear layers looked at: those of the blocks, without the output layer."""
    decode_mean: float
    """Columns a layer, one row of a decoding step, mean over layers and rows."""
    prefill_mean: float
    """Columns a layer flagged by any position of the prefill, mean over layers."""
    without_pct: float
    """Share of layers with less than one column in a decoding step."""


@dataclass(frozen=True, slots=True)
class Resident:
    """An arm's weights are on the device: what was loaded, as the loader saw it."""

    at_ns: int
    arm: int
    load_s: float
    parameters: int
    weights_b: int
    """Bytes of parameters and buffers as they lie on the device."""
    layers: dict[str, int]
    """Linear layers by class, for instance {"Linear8bitLt": 224, "Linear": 1}."""
    weights: str
    """ "random" or "checkpoint"."""
    device: str
    facts: dict[str, str] = field(default_factory=dict)
    """dtype, attention, torch's CUDA, hash of the input ids, and the like."""
    outliers: Outliers | None = None
    step_weights_b: int | None = None
    """Bytes of weights that a decoding step reads: all but the input embedding."""
    step_cache_b: int | None = None
    """Bytes of keys and values of one row and one position."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Token stamps of one generate() call, or a part of them.

    Stamp 0 of a call is its start; stamp i is when every row's i-th token was on the host.
    """

    arm: int
    call: int
    """generate() calls of the arm, from 0, warm-ups included."""
    first: int
    """Index of this batch's first stamp within the call."""
    base_ns: int
    """The first stamp."""
    delta_ns: list[int]
    """Each later stamp minus the one before it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The stability gate has looked: does the board still drift under the arm's own load?"""

    at_ns: int
    arm: int
    state: str
    """ "watching", "stable", or "unstable" once its time is up."""
    span_s: float
    """How far back it looked."""
    gate_pct: float
    """What `drift_pct` has to stay below."""
    drift_pct: float | None = None
    """Power drift that is still to come, two standard errors included, in percent of the mean power."""
    slope_pct_per_min: float | None = None
    slope_error_pct_per_min: float | None = None
    """Two standard errors of the slope."""
    tau_s: float | None = None
    """Thermal time constant, fitted to the temperature since the load began; held within gate_s and 10/3 gate_s, 2/3
    gate_s beside a quick warming."""
    temperature_range_c: float | None = None
    clock_range_pct: float | None = None
    eta_s: float | None = None
    """Seconds until it should pass; None where that cannot be told."""
    waiting_for: str = ""
    """In words, what keeps it from passing."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one decoding step of the arm asks of device and host, profiled after its windows, never inside one.

    A figure is None where the device has no profiler.
    """

    at_ns: int
    arm: int
    steps: int
    """Decoding steps that were profiled."""
    kernel_ms: float | None = None
    """Time a step in which at least one kernel ran."""
    kernels: float | None = None
    """Kernels a step."""
    waits: float | None = None
    """Calls a step in which the host waited for the device or copied from it."""
    launches: float | None = None
    """Calls a step in which the host launched a kernel or a graph."""
    launch_us: float | None = None
    """What one launch costs the host, measured without the profiler."""
    step_ms: float | None = None
    """Length of a profiled step; the profiler lengthens it."""
    gap_ms: float | None = None
    """Time a step in which no kernel ran: the mean over the profiled steps."""
    gap_max_ms: float | None = None
    """The longest single gap of all profiled steps; it may exceed that mean."""
    kernel_names: list[str] = field(default_factory=list)
    """The ten kernels that took most of the device's time, the largest first."""
    kernel_top_ms: list[float] = field(default_factory=list)
    """Their time a step."""
    kernel_top_calls: list[float] = field(default_factory=list)
    """How often each ran a step."""


@dataclass(frozen=True, slots=True)
class Over:
    """A measured repetition is over and was accepted; as `Window` it comes once the board has told of all its time.

    Where no `Window` comes any more, the recorder having ended, `ecotui.core.overs` makes one of this.
    """

    at_ns: int
    arm: int
    window: int
    t0_ns: int
    t1_ns: int
    first_call: int
    calls: int
    tokens: int
    tokens_expected: int
    memory_peak_b: int | None = None
    new_tokens: int | None = None
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A measured repetition: the bracket [t0, t1] around whole generate() calls, and what it came to."""

    arm: int
    window: int
    """From 1."""
    t0_ns: int
    t1_ns: int
    first_call: int
    calls: int
    tokens: int
    """Tokens that were generated, over all rows and calls."""
    tokens_expected: int
    """calls · B · N."""
    memory_peak_b: int | None = None
    """Most memory the allocator held; None on a device that does not count it."""
    new_tokens: int | None = None
    """Tokens a row and call where they are not the arm's: such windows split prefill from decode, and enter nothing
    else."""
    block: int | None = None
    """Which block of a paired session it belongs to, from 1."""
    over_ns: int | None = None
    """When it was told as `Over`, of a window that was made of that because no `Window` came; in no log."""
    figures: dict[str, Any] = field(default_factory=dict)
    """The window's row in the store, for readers of the log. Ours make it anew from the raw events; the fold of a long
    log alone takes it from here, of windows whose events it does not keep."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of a watched server: its counters as it told them, summed over engines and models.

    None where it does not tell; a counter of tokens that is not there yet has counted none.
    """

    at_ns: int
    """Middle of the question and its answer."""
    half_width_ns: int
    """The stamp is off by at most this."""
    generated: float | None = None
    """Tokens generated since the server began."""
    prompt: float | None = None
    """Tokens of prompts since the server began."""
    running: float | None = None
    """Requests in work."""
    waiting: float | None = None
    """Requests that wait."""
    told_tok_s: float | None = None
    """Generated tokens a second by the server's own word."""
    born_s: float | None = None
    """When its process began, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that changed nothing."""

    at_ns: int
    text: str
    level: str = "info"
    """ "info" or "warning"."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something failed."""

    at_ns: int
    what: str
    advice: str = ""
    detail: str = ""
    """Path of the file that holds the traceback."""


@dataclass(frozen=True, slots=True)
class End:
    """The last line."""

    at_ns: int
    outcome: str
    """ "completed", "stopped" or "failed"."""
    reason: str = ""


Event = (
    Header
    | Reading
    | Tick
    | Trace
    | Vitals
    | Phase
    | Forecast
    | Resident
    | Steps
    | Gate
    | Over
    | Window
    | Examined
    | Scoring
    | Scores
    | Decoded
    | Task
    | Scrape
    | Notice
    | Fault
    | End
)


def known_ns(event: Event) -> int:
    """When an event was known, on the session's clock: what a replay shows at that time and not before."""
    match event:
        case Window():
            return event.t1_ns
        case Steps():
            return event.base_ns + sum(event.delta_ns)
        case _:
            return event.at_ns

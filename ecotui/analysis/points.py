"""Stored runs and published rows as points of one kind, so that a law is fitted to what may stand together alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from ecotui.analysis.audit_rows import believable
from ecotui.analysis.points_names import parameters_of, shape_of
from ecotui.analysis.quality import divergence, ratio
from ecotui.analysis.quality_runs import ARM, Known, Shelf
from ecotui.core.boards import same_board
from ecotui.core.published import Perplexity, PublishedRow, bare_model, quantization_of
from ecotui.core.rows import RunRow
from ecotui.core.shapes import Shape

if TYPE_CHECKING:
    from ecotui.store.store import Store, StoredRun

MEASURED, PUBLISHED, SIMULATED = "measured", "published", "simulated"
"""Kinds of points: none of them ever meets another in a fit, a ratio or a front."""
ACCOUNTINGS = ("gross", "net-context", "net-bare")
"""Which joules a finding is made of, as the command line names them."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One configuration on one board: a stored run, or a published row. None is what nobody measured or said."""

    point_id: str
    """The run's id, or the published row's."""
    origin: str
    """ "here", "sample", "imported", or "imported, without its log" for a stored run; "published" otherwise."""
    source: str
    """Who published it, where and when; empty for a stored run."""
    simulated: bool
    model: str
    parameters: int | None
    gpu: str
    board: str | None
    """The board's UUID."""
    quantization: str
    engine: str
    """ "eager" or "graph"; "not stated" of a published row."""
    batch_size: int
    prompt_tokens: int | None
    new_tokens: int | None
    throughput_tok_s: float
    power_w: float
    gross_j_per_1k_tokens: float
    net_context_j_per_1k_tokens: float | None = None
    net_bare_j_per_1k_tokens: float | None = None
    net_stated_j_per_1k_tokens: float | None = None
    """Of a published row: beyond the idle power that its source states, with or without a context is not said."""
    idle_stated_w: float | None = None
    accounting: str
    """What its joules are, in words."""
    tpot_ms: float | None = None
    bound: str | None = None
    outlier_columns: float | None = None
    """Input columns of 6 and more a linear layer, one row of a decoding step."""
    decomposition: str | None = None
    idle_bare_sd_w: float | None = None
    idle_context_s: float | None = None
    idle_context_sd_w: float | None = None
    idle_context_before_w: float | None = None
    idle_context_after_w: float | None = None
    """With the four above: which idle baselines a run's net joules are beyond, and how far those may be off."""
    session_id: str | None = None
    blocks: int | None = None
    stopped_by: str | None = None
    stability: str | None = None
    windows: int | None = None
    """Windows of a run, repetitions of a published row."""
    throughput_cv_pct: float | None = None
    power_cv_pct: float | None = None
    energy_cv_pct: float | None = None
    started_at: datetime | None = None
    weights: str | None = None
    device: str | None = None
    """On the CPU no step is captured."""
    software: str = ""
    """torch, transformers and bitsandbytes, by version."""
    perplexity_ratio: float | None = None
    """Perplexity over that of fp16; None as long as it is not measured."""
    perplexity_table: str = ""
    """Of a published row: the table that has both perplexities, `published:TABLE` or `imported:TABLE`."""
    quality: Known | None = None
    """What it came to in its own session, or in another one of the same arm; None of a published row."""
    scorings: tuple[Known, ...] = ()
    """All that is stored of the same arm: of other texts, windows and paths, too."""

    kind: str = field(init=False)
    """Measured, published or simulated."""
    place: tuple[str, str, str] = field(init=False)
    """Points of another place never stand in one fit: the kind, the board's name, the source of published ones."""
    sweep: tuple[object, ...] = field(init=False)
    """All that was chosen but the batch size; points that agree in it make a batch law."""
    condition: tuple[object, ...] = field(init=False)
    """The same with the batch size; points that agree in it are repetitions of one configuration."""
    at: float = field(init=False)
    """When its session began, in seconds of Unix time; 0 where that is unknown."""

    def __post_init__(self) -> None:
        """What ten thousand points are grouped by is worked out once."""
        kind = PUBLISHED if self.origin == PUBLISHED else SIMULATED if self.simulated else MEASURED
        place = kind, self.gpu, self.source
        sweep = place, self.model, self.quantization, self.engine, self.prompt_tokens, self.new_tokens
        at = self.started_at.timestamp() if self.started_at else 0.0
        self.__dict__.update(kind=kind, place=place, sweep=sweep, condition=(sweep, self.batch_size), at=at)

    @property
    def lengths(self) -> tuple[int | None, int | None]:
        """Prompt and output tokens."""
        return self.prompt_tokens, self.new_tokens

    @property
    def table(self) -> str:
        """The name of the table that a published row is in."""
        return self.point_id.split(":")[1] if self.point_id.count(":") == 2 else ""

    @property
    def shape(self) -> Shape | None:
        """The published shape that its model's name means."""
        return shape_of(self.model)

    @property
    def configuration(self) -> str:
        """Quantization, engine and batch size, for people."""
        engine = "" if self.engine in ("eager", NOT_STATED) else f" {self.engine}"
        return f"{self.quantization}{engine} b{self.batch_size}"

    def energy(self, accounting: str = "gross") -> float | None:
        """Joules a thousand tokens in an accounting; a published row has one net, beyond the stated idle power."""
        if accounting == "gross":
            return self.gross_j_per_1k_tokens
        if self.kind == PUBLISHED:
            return self.net_stated_j_per_1k_tokens
        return self.net_context_j_per_1k_tokens if accounting == "net-context" else self.net_bare_j_per_1k_tokens

    def accounted(self, accounting: str = "gross") -> str:
        """The accounting's name with its baseline, for this point."""
        if accounting == "gross":
            return "gross"
        if self.kind == PUBLISHED:
            return f"net of the {self.idle_stated_w or 0:g} W of idle power that the source states"
        return "net of context idle" if accounting == "net-context" else "net of bare idle"

    def energy_a_request_j(self, accounting: str = "gross") -> float | None:
        """Joules of one row's generation; None where its length is unknown."""
        joules = self.energy(accounting)
        return None if joules is None or not self.new_tokens else joules * self.new_tokens / 1000

    @property
    def step_ms(self) -> float:
        """Time of a decoding step: time per output token, else batch size over throughput, prefill included."""
        return self.tpot_ms or 1000 * self.batch_size / self.throughput_tok_s


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that no finding uses, and why."""

    point_id: str
    gpu: str
    model: str
    reason: str
    quantization: str = ""
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What findings are made of, and what was left out of them."""

    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]


NOT_STATED = "not stated"
IDLE = ("idle_bare_sd_w", "idle_context_s", "idle_context_sd_w", "idle_context_before_w", "idle_context_after_w")
"""Columns of a run that tell how far its idle baselines may be off."""
COLUMNS = (
    *("started_at", "outcome", "valid", "windows", "model", "weights", "quantization", "engine", "batch_size"),
    *("prompt_tokens", "new_tokens", "parameters", "outlier_columns_decode", "decomposition", "gpu_name", "gpu_uuid"),
    *("torch_version", "transformers_version", "bitsandbytes_version", "stability", "blocks", "stopped_by", "bound"),
    *("throughput_tok_s", "power_mean_w", "energy_gross_j_per_1k_tokens", "energy_net_context_j_per_1k_tokens"),
    *("energy_net_bare_j_per_1k_tokens", "throughput_cv_pct", "power_cv_pct", "energy_cv_pct", "tpot_ms", "device"),
    *IDLE,
    *(name for name in ARM if name not in ("model", "weights", "quantization", "engine")),
)
"""Columns of a run that a point is made of."""
SAME = (
    *("simulated", "model", "batch_size", "prompt_tokens", "new_tokens", "throughput_tok_s", "tpot_ms", "bound"),
    *("decomposition", "session_id", "blocks", "stopped_by", "stability", "windows", "started_at", "weights"),
    *("throughput_cv_pct", "power_cv_pct", "energy_cv_pct", "device"),
    *IDLE,
)
"""Columns of a run that a point calls by the same name."""


def points(store: Store, published: Iterable[PublishedRow]) -> list[Point]:
    """Stored runs and published rows as points; runs that cannot stand in a finding are not among them."""
    return list(gathered(stored(store), published).points)


def stored(store: Store) -> list[StoredRun]:
    """Every stored run with the columns that a point is made of, which is quicker than with all."""
    return store.page(columns=COLUMNS)


def gathered(
    stored: Iterable[StoredRun],
    published: Iterable[PublishedRow] = (),
    scored: Sequence[RunRow] = (),
    perplexities: Sequence[Perplexity] | None = None,
) -> Gathered:
    """Points, and each run that is none with the reason; of several runs all stay.

    published: rows; those whose power or throughput cannot be right are no points.
    scored: stored runs whose quality is known, with all columns.
    perplexities: published ones; those that come with ecotui where none are named.
    """
    from ecotui.store import published as tables

    rated = tables.perplexities() if perplexities is None else perplexities
    shelf = Shelf(scored) if scored else None
    good: list[Point] = []
    bad: list[LeftOut] = []
    for run in stored:
        every = shelf.all(run.row) if shelf else []
        if every and every[0].own and not run.row.windows:
            continue  # a session of quality alone has no energy to be left out
        made = point_of(run.row, run.whence if run.origin == "imported" else run.origin, every)
        if isinstance(made, Point):
            good.append(made)
        else:
            bad.append(made)
    told = [it for row in believable(list(published)) if (it := _published(row)) is not None]
    return Gathered((*good, *(_accurate(it, rated) for it in told)), tuple(bad))


def point_of(row: RunRow, origin: str = "here", known: Sequence[Known] = ()) -> Point | LeftOut:
    """A run as a point, or why it is none; `known` is the quality that may stand beside it, the best first."""
    speed, power, joules = row.throughput_tok_s, row.power_mean_w, row.energy_gross_j_per_1k_tokens
    why = _unfit(row)
    if why or not speed or not power or not joules or row.model is None or row.batch_size is None:
        why = why or "no energy was measured"
        return LeftOut(row.run_id, row.gpu_name or "", row.model or "", why, row.quantization or "", row.engine or "")
    return _made(
        {
            "point_id": row.run_id,
            "origin": origin,
            "source": "",
            "parameters": row.parameters or parameters_of(row.model),
            "gpu": row.gpu_name or "a board without a name",
            "board": row.gpu_uuid,
            "quantization": row.quantization or NOT_STATED,
            "engine": row.engine or "eager",
            "power_w": power,
            "gross_j_per_1k_tokens": joules,
            "net_context_j_per_1k_tokens": row.energy_net_context_j_per_1k_tokens,
            "net_bare_j_per_1k_tokens": row.energy_net_bare_j_per_1k_tokens,
            "accounting": "gross, net of context idle and net of bare idle, measured",
            "outlier_columns": row.outlier_columns_decode,
            **_rated(known),
            "software": _software(row.torch_version, row.transformers_version, row.bitsandbytes_version),
            **{name: getattr(row, name) for name in SAME},
        }
    )


def _made(values: dict[str, Any]) -> Point:
    """The point, past the initializer of a frozen class, which takes most of the time of ten thousand of them."""
    made = object.__new__(Point)
    made.__dict__.update(values)
    made.__post_init__()
    return made


def _rated(known: Sequence[Known]) -> dict[str, Any]:
    if not known:
        return {}
    taken = next((it for it in known if ratio(it.run) or divergence(it.run)), known[0])
    over = ratio(taken.run)
    return {"quality": taken, "perplexity_ratio": over.value if over else None, "scorings": tuple(known)}


def _unfit(row: RunRow) -> str:
    """Why a run stands in no finding; empty where it may."""
    if row.is_watched:
        return "a watched server, whose load nobody controlled"
    if row.outcome != "completed":
        return f"the session is {row.outcome or 'unfinished'}"
    if row.valid is False:
        return "a window is INVALID"
    return "" if row.windows else "no window was measured"


@cache
def _software(torch: str | None, transformers: str | None, bitsandbytes: str | None) -> str:
    known = ("torch", torch), ("transformers", transformers), ("bitsandbytes", bitsandbytes)
    return ", ".join(f"{name} {version}" for name, version in known if version)


def _published(row: PublishedRow) -> Point | None:
    """A published row as a point; None where power or throughput is no power or throughput."""
    if row.power_w <= 0 or row.throughput_tok_s <= 0:
        return None
    idle = row.idle_power_w
    return Point(
        point_id=row.row_id,
        origin=PUBLISHED,
        source=row.source,
        simulated=False,
        model=row.model,
        parameters=parameters_of(row.model),
        gpu=row.gpu,
        board=None,
        quantization=row.quantization or row.config,
        engine=NOT_STATED,
        batch_size=row.batch_size,
        prompt_tokens=None,
        new_tokens=row.new_tokens,
        throughput_tok_s=row.throughput_tok_s,
        power_w=row.power_w,
        gross_j_per_1k_tokens=row.gross_j_per_1k_tokens,
        net_stated_j_per_1k_tokens=None if idle is None else row.net_j_per_1k_tokens(idle),
        idle_stated_w=idle,
        accounting=_as_published(row),
        windows=row.n_runs,
        throughput_cv_pct=row.throughput_cv_pct,
        power_cv_pct=row.power_cv_pct,
    )


def _accurate(point: Point, perplexities: Sequence[Perplexity]) -> Point:
    """The point with its published perplexity over that of fp16, of the first table that has both, of one text."""
    mine = [p for p in perplexities if same_board(p.gpu, point.gpu) and bare_model(p.model) == bare_model(point.model)]
    for own in (p for p in mine if quantization_of(p.config) == point.quantization):
        alike = own.table, own.tokens, own.max_length
        bases = [p for p in mine if (p.table, p.tokens, p.max_length) == alike and quantization_of(p.config) == "fp16"]
        if bases:
            return replace(point, perplexity_ratio=own.perplexity / bases[0].perplexity, perplexity_table=own.table)
    return point


def _as_published(row: PublishedRow) -> str:
    """What the published joules are: P - E·T/1000 is the idle power that was taken off."""
    taken = row.power_w - row.energy_j_per_1k_tokens * row.throughput_tok_s / 1000
    if abs(taken) <= 0.005 * row.power_w:
        return "published gross"
    if abs(taken) <= 0.05 * row.power_w:
        return "published near gross"
    stated = row.idle_power_w
    if stated is not None and abs(taken - stated) <= 1.0:
        return f"published net of about {stated:g} W"
    return f"published net of {taken:.1f} W"


Named = TypeVar("Named", Point, LeftOut)


def chosen(of: Sequence[Named], gpu: str = "", model: str = "") -> list[Named]:
    """The points, or runs that are none, of boards and models whose names hold these words, in any case."""
    board, name = gpu.lower(), model.lower()
    return [p for p in of if board in p.gpu.lower() and name in p.model.lower()]

"""Published rows as lines of the History: gross recomputed, net of the idle power that is stated, and no verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from ecotui.analysis.audit_values import NEITHER, NET, UNIT, AuditedRow
from ecotui.core import units
from ecotui.core.published import PublishedRow
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_entry import PUBLISHED, Entry

NO_INTERVAL = "no interval: published without windows"


def published_entries(rows: Sequence[PublishedRow]) -> list[Entry]:
    """One entry a row, in the order of the tables."""
    if not rows:
        return []
    from ecotui.analysis.audit import audit

    found = audit(rows, {})
    sources = {board.gpu: board.idle_from for board in found.boards}
    spans = {board.gpu: board.idle_w for board in found.boards}
    return [
        Entry(
            _row(one),
            PUBLISHED,
            _haystack(one.row),
            audited=one,
            head=_head(one.row.gpu, spans.get(one.row.gpu), sources.get(one.row.gpu, "")),
        )
        for one in found.rows
    ]


def is_published(run_id: str) -> bool:
    """Whether the id is a published row's or range's: a session's has no colon."""
    return ":" in run_id


def _row(one: AuditedRow) -> RunRow:
    """What the table's columns show of it; `net of context` holds the net that the group's heading names."""
    row = one.row
    return RunRow(
        run_id=row.row_id,
        session_id=PUBLISHED,
        simulated=False,
        model=row.model,
        quantization=row.quantization or row.config,
        batch_size=row.batch_size,
        new_tokens=row.new_tokens,
        throughput_tok_s=row.throughput_tok_s,
        power_mean_w=row.power_w,
        energy_gross_j_per_1k_tokens=one.gross_j_per_1k_tokens,
        energy_net_context_j_per_1k_tokens=one.net_j_per_1k_tokens,
        gpu_name=row.gpu,
    )


def _head(gpu: str, idle_w: tuple[float, float] | None, source: str) -> str:
    name = units.clean(gpu, 40)
    if idle_w is None:
        return f"published: {name} · no idle known for a net"
    low, high = (units.number(w, 1).removesuffix(".0") for w in idle_w)
    watts = low if low == high else f"{low} to {high}"
    how = "implied" if source.startswith("implied") else "stated"
    return f"published: {name} · net column: less {watts} W idle, {how}"


def _haystack(row: PublishedRow) -> str:
    words = (row.model, row.config, row.quantization or "", row.gpu, row.source, row.row_id, f"b{row.batch_size}")
    return "\n".join((*(units.clean(word, 240) for word in words), PUBLISHED)).casefold()


def told(one: AuditedRow) -> str:
    """The energy as it was published, with its accounting."""
    joules = f"{units.significant(one.row.energy_j_per_1k_tokens)} J/1k"
    if one.accounting == NEITHER:
        mark = f", {UNIT}" if one.doubts else ""
        return f"published as {joules}, neither gross nor net of a known idle power{mark}"
    return f"published as {joules}: {units.clean(one.marked, 120)}"


def two_lines(one: AuditedRow, width: int) -> tuple[Content, Content]:
    """The row under the cursor, as `history_detail.detail` tells a run; whatever is cut, gross and net are not."""
    row = one.row
    name = f"{units.clean(row.model)}  {units.clean(row.config, 24)}  b{row.batch_size}  {units.clean(row.gpu, 40)}"
    source = f"  {units.clean(row.source, 240)}"
    net = one.net_j_per_1k_tokens
    beyond = f"net of {units.watts(one.idle_w)} {units.significant(net)}" if net is not None else "net unknown"
    gross = units.significant(one.gross_j_per_1k_tokens) if one.footing else "unknown"
    both, claim = f"gross {gross} · {beyond}", told(one).removeprefix(PUBLISHED)
    facts = f"{claim} · {both}" if len(f"{PUBLISHED}{claim} · {both}") <= width else f"  {both} ·{claim}"
    first = Content.assemble(ink(name), ink(source, "muted")).truncate(width, ellipsis=True)
    second = Content.assemble(ink(PUBLISHED.upper(), "muted", bold=True), ink(f"{facts} · {NO_INTERVAL}", "muted"))
    return first, second.truncate(width, ellipsis=True)


def record_lines(one: AuditedRow) -> Iterator[tuple[str, str]]:
    """All that is known of the row: labels and values."""
    row = one.row
    yield "board", units.clean(row.gpu, 60)
    yield (
        "configuration",
        f"{units.clean(row.config, 40)}, batch {row.batch_size}"
        + (f", {row.new_tokens} new tokens" if row.new_tokens else ""),
    )
    yield "throughput", f"{units.number(row.throughput_tok_s)} tok/s{_cv(row.throughput_cv_pct)}"
    yield "power", f"{units.number(row.power_w)} W{_cv(row.power_cv_pct)}"
    yield "repetitions", units.number(row.n_runs, 0)
    yield "", ""
    yield "energy", told(one)
    if one.footing:
        yield "gross", f"{units.significant(one.gross_j_per_1k_tokens)} J/1k: its power over its throughput"
    else:
        yield "gross", "not known: the unit of its power or throughput cannot be right"
    if (net := one.net_j_per_1k_tokens) is not None:
        yield (
            f"net of {units.watts(one.idle_w)}",
            f"{units.significant(net)} J/1k; with or without a context, the source does not say",
        )
    else:
        yield "net", f"not known: {'no idle power is stated' if one.footing else 'as gross'}"
    if one.accounting == NET:
        yield "left out", f"{units.watts(one.implied_idle_w)}, which its energy implies"
    yield "interval", "none: it was published without its windows, so it is context and no arm of a verdict"
    for note in (*one.notes, *(doubt.text for doubt in one.doubts)):
        yield "note", units.clean(note, 240)
    yield "", ""
    yield "source", units.clean(row.source, 400)
    yield "row", units.clean(row.row_id, 80)


def _cv(percent: float | None) -> str:
    return "" if percent is None else f", CV {units.percent(percent)}"

"""A sweep's runs beside published rows of the same model family, quantization and batch size: context, no verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecotui.analysis.audit_rows import believable
from ecotui.analysis.paired import Ratio
from ecotui.core.document import Cell, Section, Sheet
from ecotui.core.published import PublishedRow
from ecotui.core.rows import RunRow
from ecotui.core.shapes import PREFIX
from ecotui.core.units import clean
from ecotui.store.home import Home
from ecotui.store.published import published_rows

COLUMNS = (
    ("model", "model"),
    ("quantization", "quantization"),
    ("batch_size", "batch"),
    ("gpu", "board"),
    ("whose", "whose"),
    ("throughput_tok_s", "tok/s"),
    ("power_w", "W"),
    ("energy_gross_j_per_1k_tokens", "gross (J/1k)"),
    ("ratio_gross", "to fp16, gross ×"),
    ("ratio_gross_low", "from"),
    ("ratio_gross_high", "to"),
)
HOW = (
    "Published rows of the same model family, quantization and batch size, for context: another board, another host "
    "and other software, so nothing here is a verdict.",
    "Energy is gross on both sides: of a published row it is its power over its throughput, whatever was published. "
    "Its ratio to the published FP16 row of that board has no interval, for the rows came without one.",
)


def beside_published(done: Sequence[tuple[RunRow, Ratio | None]], home: Home | None) -> Iterator[Section]:
    """The section: each run, and under it the published rows that fit it; none where none fits any."""
    rows = believable(published_rows(home))
    done = [(run, ratio) for run, ratio in done if any(fits(run, row) for row in rows)]
    if not done:
        return
    cells = [row for run, ratio in done for row in _rows(run, ratio, rows)]
    sheet = Sheet(
        "beside-published", tuple(name for name, _ in COLUMNS), tuple(title for _, title in COLUMNS), tuple(cells)
    )
    sources = dict.fromkeys(row.source for run, _ in done for row in rows if fits(run, row))
    told = (f"Sources: {'; '.join(clean(source) for source in sources)}.",) if sources else ()
    yield Section("Beside the published rows", (*HOW, *told), (sheet,))


def _rows(run: RunRow, ratio: Ratio | None, rows: Sequence[PublishedRow]) -> Iterator[tuple[Cell, ...]]:
    ends = (ratio.value, ratio.low, ratio.high) if ratio else (None, None, None)
    name, whose = run.model or "", "here, SIMULATED" if run.simulated else "here"
    figures = run.throughput_tok_s, run.power_mean_w, run.energy_gross_j_per_1k_tokens
    yield (name, run.quantization, run.batch_size, run.gpu_name, whose, *figures, *ends)
    for row in rows:
        if fits(run, row):
            gross, against = row.gross_j_per_1k_tokens, _against(row, rows)
            figures = row.throughput_tok_s, row.power_w, gross
            yield (row.model, row.quantization, row.batch_size, row.gpu, "published", *figures, against, None, None)


def fits(run: RunRow, row: PublishedRow) -> bool:
    """Whether a published row is of the run's model family, quantization and batch size; engines other than the
    eager loop, which the published rows are of, fit none."""
    return (
        run.engine in (None, "eager")
        and row.quantization == run.quantization
        and row.batch_size == run.batch_size
        and same_family(run.model or "", row.model)
    )


def same_family(ours: str, published: str) -> bool:
    """Whether "synthetic:mistral-7b" or "mistralai/Mistral-7B-v0.1" is what a table calls "Mistral-7B"."""
    name = ours.lower().removeprefix(PREFIX).rstrip("/").rpartition("/")[2]
    known = published.lower().rpartition("/")[2]
    rest = name.removeprefix(known)
    return bool(known) and (name == known or (rest != name and not rest[0].isalnum() and rest[0] != "."))


def _against(row: PublishedRow, rows: Sequence[PublishedRow]) -> float | None:
    """Gross energy against the FP16 row of the same table, board, model and batch size; None where there is none."""
    if row.quantization == "fp16":
        return None
    table = row.row_id.rpartition(":")[0]
    same = (table, row.gpu, row.model, row.batch_size, "fp16")
    first = next((r for r in rows if (r.row_id.rpartition(":")[0], *_key(r)) == same), None)
    return row.gross_j_per_1k_tokens / first.gross_j_per_1k_tokens if first else None


def _key(row: PublishedRow) -> tuple[str, str, int, str | None]:
    return row.gpu, row.model, row.batch_size, row.quantization

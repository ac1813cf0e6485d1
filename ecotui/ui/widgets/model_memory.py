"""The memory that the model under the cursor would take in the plan, as a bar."""

from __future__ import annotations

from ecotui.core.arm import Arm
from ecotui.core.model_fit import FITS, UNKNOWN, fit, most_rows
from ecotui.core.models import NO_MODEL, ModelChoice
from ecotui.core.room import Room
from ecotui.core.units import clean, gigabytes, number
from ecotui.ui.widgets.canvas import Ink, Row, cells
from ecotui.ui.widgets.canvas import fit as fit_row
from ecotui.ui.widgets.model_rows import ROLES

BAR_LEAST, BAR_MOST = 8, 40


def memory_bar(choice: ModelChoice | None, arm: Arm, room: Room, caution: str, width: int) -> list[Row]:
    """Two rows: quantization, batch and the bar; and the largest batch that fits, or why nobody can tell.

    `caution`: what the bar must not be read without.
    """
    return [fit_row(row, max(width, 1)) for row in _rows(choice, arm, room, caution, width)]


def _rows(choice: ModelChoice | None, arm: Arm, room: Room, caution: str, width: int) -> list[Row]:
    head: Row = [
        Ink(arm.quantization, "power", bold=True),
        Ink(f"  batch {arm.batch_size:,}", "power", bold=True),
        Ink("  "),
    ]
    facts = choice.facts if choice else None
    it = fit(facts, arm, room)
    board: Row = [Ink(f"  {caution}", "warn")] if caution else []
    if it.total_b is None:
        amiss = choice is not None and choice.state not in ("", NO_MODEL)
        return [[*head, Ink("memory not known", "muted")], [Ink(_why(choice), "warn" if amiss else "muted")]]
    if it.word == UNKNOWN or room.free_b is None:
        told: Row = [Ink(f"needs {gigabytes(it.total_b)}")]
        return [[*head, *told], [Ink("Whether it fits is not known: no board has answered.", "muted")]]
    role = ROLES[it.word]
    total: Row = [
        Ink(f" {number(it.total_b / 1e9)}/{gigabytes(room.free_b)}", "text" if it.word == FITS else role),
        Ink(f" {it.glyph} {it.word}", role, bold=True),
    ]
    bar = min(max(width - cells([*head, *total]), BAR_LEAST), BAR_MOST)
    most = most_rows(facts, arm, room)
    largest = f"largest batch that fits: {most:,}" if most else "not even one row fits in this quantization"
    lengths = Ink(f"  {arm.prompt_tokens} + {arm.new_tokens} tokens a row", "muted")
    share = it.total_b / room.free_b if room.free_b else 1.0
    return [[*head, *_bar(share, role, bar), *total], [Ink(largest, "text" if most else "bad"), *board, lengths]]


def _why(choice: ModelChoice | None) -> str:
    if choice is None:
        return "Choose a model."
    if choice.facts is None:
        return clean(choice.note) or "Its config.json is not on this machine."
    if choice.facts.quantized:
        return "Its checkpoint is quantized already, and is refused."
    return "It is more than a plain decoder: no forecast knows it."


def _bar(share: float, role: str, room: int) -> Row:
    full = min(max(round(share * room), 1), room)
    return [Ink("▇" * full, "bar" if role == "good" else role), Ink("▁" * (room - full), "grid")]

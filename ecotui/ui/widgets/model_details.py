"""What is known of the model under the cursor, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecotui.core.arm import Arm, quantization
from ecotui.core.model_facts import CAN, CANNOT, ModelFacts
from ecotui.core.model_fit import UNKNOWN, Fit, fits, most_rows
from ecotui.core.models import CACHE, NO_MODEL, RECENT, SYNTHETIC, ModelChoice
from ecotui.core.room import Room
from ecotui.core.units import clean, gigabytes
from ecotui.ui.widgets.canvas import Ink, Row, wrap
from ecotui.ui.widgets.model_rows import ROLES, bytes_words

LABEL = 9


def detail_rows(choice: ModelChoice | None, arm: Arm, room: Room, width: int, height: int) -> list[Row]:
    """The model in at most `height` rows of `width` cells: where there is room, every quantization has one too."""
    if choice is None:
        return [[Ink("Nothing matches; any Hugging Face id or path can be typed.", "muted")]]
    rows: list[Row] = [*wrap(clean(choice.name, 300), width, "power")[:2]]
    if choice.note:
        rows += wrap(clean(choice.note), width, "warn" if choice.state not in ("", NO_MODEL) else "muted")
    told = list(_told(choice, arm))
    if height < len(told) + len(rows):
        rows += wrap(" · ".join(text if label in PLAIN else f"{label} {text}" for label, text in told), width, "muted")
        return rows[:height]
    for label, text in told:
        rows += _labelled(label, text, width)
    rows += _fit_rows(choice.facts, arm, room) if len(rows) + 8 <= height else []
    return rows[:height]


PLAIN = ("model", "shape", "disk")
"""Facts that need no label where there is no room for it."""


def _labelled(label: str, text: str, width: int) -> list[Row]:
    lines = wrap(text, width - LABEL)
    heads = [f"{label:<{LABEL}}", *[" " * LABEL] * (len(lines) - 1)]
    return [[Ink(head, "muted"), *line] for head, line in zip(heads, lines, strict=True)]


def _told(choice: ModelChoice, arm: Arm) -> Iterator[tuple[str, str]]:
    """Label and text of every fact, the most telling first."""
    facts = choice.facts
    if facts is not None:
        yield from _shape(facts)
    yield from _files(choice)
    if facts is None:
        return
    yield "license", clean(choice.licence, 40) or _no_licence(choice)
    if choice.origin != SYNTHETIC and not choice.name.lower().startswith("synthetic:"):
        yield "own code", _code(facts, arm)
    yield "graph", _graph(facts, arm)


def _shape(facts: ModelFacts) -> Iterator[tuple[str, str]]:
    named = facts.architecture or facts.kind or "architecture not told"
    count = facts.parameters
    parameters = "" if count is None else f" · {count / 1e9:.2f} B" if count >= 1e8 else f" · {count / 1e6:.1f} M"
    yield "model", f"{named}{parameters}{' parameters' if parameters else ''}"
    layers = [f"{facts.layers} layers"] if facts.layers else []
    layers += [f"hidden size {facts.hidden:,}"] if facts.hidden else []
    layers += [f"{facts.dtype} in the files"] if facts.dtype else []
    layers += [f"context {facts.context:,}"] if facts.context else []
    if layers:
        yield "shape", " · ".join(layers)


def _files(choice: ModelChoice) -> Iterator[tuple[str, str]]:
    size = [f"{bytes_words(choice.size_b)} on disk"] if choice.size_b is not None else []
    if choice.revisions:
        which, count = choice.revision[:8], choice.revisions
        size.append(f"revision {which}" if count == 1 else f"{count} revisions, {which} is loaded")
    size += ["gated: its page asks for consent"] if choice.gated else []
    if size:
        yield "disk", " · ".join(size)
    if choice.runs:
        yield "run here", f"{choice.runs} times" if choice.runs > 1 else "once"


def _no_licence(choice: ModelChoice) -> str:
    if choice.name.lower().startswith("synthetic:"):
        return "none: random weights"
    return "not told in the cache" if choice.origin in (CACHE, RECENT) else "not told in the folder"


def _code(facts: ModelFacts, arm: Arm) -> str:
    """Whether the repository's own code must run."""
    from ecotui.recorder.libraries import knows

    if not facts.own_code:
        return "not needed"
    if knows(facts.kind):
        return "brought, not needed: the transformers here has its own"
    allowed = "and allowed" if arm.trust_remote_code else "start ecotui with --trust-remote-code to allow it"
    return f"needed, as far as can be told: {allowed}"


def _graph(facts: ModelFacts, arm: Arm) -> str:
    if facts.graph == CAN and quantization(arm.quantization).threshold:
        return f"can be captured, but not in {arm.quantization}: its threshold is read back to the host"
    words = {CAN: "can be captured", CANNOT: "cannot be captured"}.get(facts.graph, "not known before it is tried")
    return f"{words}: {facts.graph_why}" if facts.graph_why else words


def _fit_rows(facts: ModelFacts | None, arm: Arm, room: Room) -> list[Row]:
    """Every quantization with its bytes and the largest batch."""
    if facts is None or facts.dimensions is None or facts.quantized:
        return []
    head: Row = [Ink(f"{'':<2}{'':<11}{'needs':>10}  {'':<9}{'largest batch':>13}", "muted")]
    return [[], head, *(_fit_row(facts, it, arm, room) for it in fits(facts, arm, room))]


def _fit_row(facts: ModelFacts, it: Fit, arm: Arm, room: Room) -> Row:
    mine = it.quantization == arm.quantization
    most = most_rows(facts, replace(arm, quantization=it.quantization), room)
    word = "" if it.word == UNKNOWN else f"{it.glyph} {it.word}"
    largest = f"{most:,}" if most else "none" if room.free_b is not None else ""
    return [
        Ink("▸ " if mine else "  ", "power"),
        Ink(f"{it.quantization:<11}", "power" if mine else "text"),
        Ink(f"{gigabytes(it.total_b):>10}  "),
        Ink(f"{word:<9}", ROLES[it.word]),
        Ink(f"{largest:>13}", "muted"),
    ]

"""`ecotui models`: what can be named after --model here, with its size and whether it fits this board."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ecotui.cli.arguments import plan_from
from ecotui.core.arm import Arm
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.model_facts import ModelFacts
from ecotui.core.model_fit import NOT_FORESEEN, UNKNOWN, Fit, fits, most_rows, not_foreseen
from ecotui.core.models import SAMPLE, Listing, ModelChoice
from ecotui.core.room import Room, room_of
from ecotui.core.units import ABSENT, clean, gigabytes
from ecotui.store.home import Home


def models_run(home: Home) -> list[str]:
    """Models that were measured here, the newest first; none where the store cannot be read.

    A name that failed before its first window may be a slip of the fingers. A watched server's model ran there.
    """
    from ecotui.store.store import Store

    try:
        rows = Store(home).frame(["model", "origin", "watched", "outcome", "windows"]).iter_rows()
        return [
            model
            for model, origin, watched, *end in rows
            if origin == "here" and model and not watched and end != ["failed", 0]
        ]
    except EcotuiError:
        return []


def models(chosen: argparse.Namespace) -> int:
    """List the models; the arm's options say for which batch size and lengths they must fit."""
    from ecotui.cli.memory import HOSTED, look
    from ecotui.recorder.catalogue import catalogue
    from ecotui.recorder.foresight import free_b
    from ecotui.recorder.host_memory import room_b

    plan = plan_from(chosen).checked()
    try:
        board_b, why = free_b(*look(plan)), ""
    except BoardError as error:
        board_b, why = None, error.what
    room = room_of(board_b, room_b(plan.device))  # as `forecast` and `run` have it
    listing = catalogue(models_run(Home.open()))
    words = [word.lower() for word in chosen.filter]
    found = [c for c in listing.choices if all(word in f"{c.name} {c.origin} {c.state}".lower() for word in words)]
    if chosen.json:
        told = {
            "cache": listing.cache,
            "notes": list(listing.notes),
            "offline": listing.offline,
            "free_b": room.free_b,
            "on_host": room.on_host,
            "simulated": plan.simulated,
            "arm": {k: v for k, v in asdict(plan.arms[0]).items() if k not in ("model", "quantization")},
            "models": [_as_json(choice, plan.arms[0], room) for choice in found],
        }
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        where = HOSTED if room.on_host else " on the SIMULATED board" if plan.simulated else " on the board"
        _print(found, listing, plan.arms[0], room, _room_words(room.free_b, why, where))
    return 0


def _room_words(free: int | None, why: str, where: str) -> str:
    if free is None:
        return f"Whether they fit is not known ({why.rstrip('.')})"
    return f"{gigabytes(free)} free{where} now"


def _as_json(choice: ModelChoice, arm: Arm, room: Room) -> dict[str, Any]:
    facts = choice.facts
    told = {k: v for k, v in asdict(choice).items() if k not in ("facts", "text")}
    known = {} if facts is None else {k: v for k, v in asdict(facts).items() if k != "dimensions"}
    arms = fits(facts, arm, room)
    return {
        **told,
        "facts": known or None,
        "fits": {it.quantization: {"word": it.word, "total_b": it.total_b} for it in arms},
        "largest_batch": {it.quantization: most_rows(facts, _in(arm, it), room) for it in arms},
    }


def _in(arm: Arm, it: Fit) -> Arm:
    from dataclasses import replace

    return replace(arm, quantization=it.quantization)


def _print(found: Sequence[ModelChoice], listing: Listing, arm: Arm, room: Room, words: str) -> None:
    from rich.table import Table

    from ecotui.cli.tables import cell, console

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    labels = [it.quantization for it in fits(None, arm, room)]
    for head in ("model", "from", "on disk", "parameters", *labels, "state"):
        table.add_column(head, justify="right" if head in ("on disk", "parameters") else "left")
    for choice in found:
        cells = [_fit_words(it) for it in fits(choice.facts, arm, room)]
        size = gigabytes(choice.size_b) if choice.size_b is not None else ABSENT
        state = choice.state or (f"quantized: {_facts(choice).quantized}" if _facts(choice).quantized else "")
        state = state or (NOT_FORESEEN if not_foreseen(choice.facts) else "")
        row = (choice.name, choice.origin, size, parameters_words(choice.facts), *cells, state)
        table.add_row(*(cell(text) for text in row))
    out.print(table if found else "No model matches every one of these words.")
    out.print(cell(f"{words}, batch {arm.batch_size}, {arm.prompt_tokens} + {arm.new_tokens} tokens a row."))
    toys = [f"{choice.name}: {choice.note}" for choice in found if choice.origin == SAMPLE]
    for note in (
        *toys,
        *listing.notes,
        *(["HF_HUB_OFFLINE is set: nothing is downloaded."] if listing.offline else []),
    ):
        out.print(cell(clean(note)))


def _fit_words(it: Fit) -> str:
    """The verdict; what is needed where nobody knows what is free."""
    if it.word != UNKNOWN:
        return f"{it.glyph} {it.word}"
    return ABSENT if it.total_b is None else gigabytes(it.total_b)


def _facts(choice: ModelChoice) -> ModelFacts:
    return choice.facts or ModelFacts()


def parameters_words(facts: ModelFacts | None) -> str:
    """ "7.24 B", "5.0 M", or the dash."""
    count = facts.parameters if facts else None
    if count is None:
        return ABSENT
    return f"{count / 1e9:.2f} B" if count >= 1e8 else f"{count / 1e6:.1f} M"

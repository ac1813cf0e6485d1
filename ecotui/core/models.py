"""Models that can be picked without typing their names, and what is known of each on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecotui.core.model_facts import ModelFacts

RECENT, CACHE, FOLDER, SAMPLE = "recent", "cache", "folder", "sample"
SYNTHETIC, TYPED = "synthetic", "as typed"
"""Where a name comes from."""
INCOMPLETE, NO_WEIGHTS, UNREADABLE, BROKEN = "incomplete", "no weights", "unreadable", "broken"
GATED, ABSENT, NO_MODEL, SOUGHT = "gated", "not here", "no model", "looking …"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that can be picked; everything but its name may be unknown."""

    name: str
    """What goes into the plan: `sample:NAME`, `synthetic:NAME`, a hub id, or a path. From outside: clean it before it
    is shown."""
    origin: str
    """ "recent" (run here before), "cache" (in the local hub cache), "folder" (below a typed path), "sample" (comes
    with the application), "synthetic" (random weights of a published shape) or "as typed"."""
    text: str = ""
    """Size or parameters, for people."""
    size_b: int | None = None
    """Bytes on the disk, every revision and what was downloaded in part included."""
    state: str = ""
    """Why it cannot be loaded as it lies, in a word: "incomplete", "no weights", "unreadable", "broken", "gated",
    "not here", "no model", "looking …"; empty where nothing is amiss."""
    note: str = ""
    """The same as a sentence that says what to do."""
    facts: ModelFacts | None = None
    """What its config.json says; None where none could be read."""
    licence: str = ""
    """As its card in the cache says; empty where there is none."""
    gated: bool = False
    """Whether its card asks for consent before anything is downloaded."""
    revisions: int = 0
    """Snapshots in the cache."""
    revision: str = ""
    """The commit that is loaded."""
    runs: int = 0
    """Runs of it that are stored here."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that can be picked, and what was amiss when it was looked for."""

    choices: Sequence[ModelChoice] = ()
    cache: str = ""
    """The hub cache's folder."""
    notes: Sequence[str] = ()
    """Sentences: an empty or unreadable cache, folders that were passed over."""
    offline: bool = False
    """Whether HF_HUB_OFFLINE keeps the hub from being asked."""

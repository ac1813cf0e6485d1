"""Models that can be picked without typing: those of stored runs, the local hub cache, samples, synthetic shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ecotui.core.errors import UsageError
from ecotui.core.model_facts import facts_of_shape
from ecotui.core.models import ABSENT, RECENT, SAMPLE, SYNTHETIC, TYPED, Listing, ModelChoice
from ecotui.core.sample_models import PREFIX as SAMPLE_PREFIX
from ecotui.core.sample_models import SAMPLES, is_sample, sample_folder
from ecotui.core.shapes import PREFIX, SHAPES, shape
from ecotui.core.units import clean
from ecotui.recorder.hub_cache import cache_folder, offline, read_cache
from ecotui.recorder.model_folders import folder_choice, is_path

RECENT_MOST = 6


def catalogue(run: Sequence[str] = ()) -> Listing:
    """Every model that can be picked, each once; `run` are the models of stored runs, the newest first."""
    folder = cache_folder()
    found, notes = read_cache(folder)
    by_name = {choice.name: choice for choice in (*found, *samples(), *synthetic())}
    last = recent(run, by_name)
    known = {choice.name for choice in last}
    rest = [choice for choice in by_name.values() if choice.name not in known]
    return Listing((*last, *rest), clean(folder), tuple(notes), offline())


def samples() -> list[ModelChoice]:
    """Models that come with the application."""
    return [_sample(f"{SAMPLE_PREFIX}{name}") for name in SAMPLES]


def _sample(name: str) -> ModelChoice:
    try:
        folder = sample_folder(name)
    except UsageError as error:
        return ModelChoice(name, SAMPLE, state=ABSENT, note=str(error))
    text = SAMPLES[folder.name]
    found = folder_choice(str(folder))
    note = found.note or f"{text[0].upper()}{text[1:]}: it shows how quality falls, and nothing of what a board can do."
    return replace(found, name=f"{SAMPLE_PREFIX}{folder.name}", origin=SAMPLE, text=text, note=note)


def synthetic() -> list[ModelChoice]:
    """Random-weight models of published shapes, smallest first."""
    ordered = sorted(SHAPES.items(), key=lambda item: item[1].parameters())
    return [
        ModelChoice(f"synthetic:{key}", SYNTHETIC, _size(it.parameters()), facts=facts_of_shape(it))
        for key, it in ordered
    ]


def recent(run: Sequence[str], by_name: Mapping[str, ModelChoice]) -> list[ModelChoice]:
    """The last models that were run, each once, with what is known of them now."""
    counted = {name: run.count(name) for name in list(dict.fromkeys(run))[:RECENT_MOST]}
    return [replace(_known(name, by_name), origin=RECENT, runs=runs) for name, runs in counted.items()]


def _known(name: str, by_name: Mapping[str, ModelChoice]) -> ModelChoice:
    if (found := by_name.get(name)) is not None:
        return found
    if is_path(name):
        return folder_choice(name)
    if is_sample(name):
        return _sample(name)
    return ModelChoice(name, RECENT, state=ABSENT, note="It is not on this machine: loading it asks the hub for it.")


def typed_choice(name: str, note: str) -> ModelChoice:
    """A name that is none of those known; `note` is said of a hub id. Reads nothing but a sample's own files."""
    if is_sample(name):
        return replace(_sample(name), name=name, origin=TYPED)
    if not name.lower().startswith(PREFIX):
        return ModelChoice(name, TYPED, note=note)
    try:
        found = shape(name)
    except UsageError as error:
        return ModelChoice(name, TYPED, state=ABSENT, note=str(error))
    return ModelChoice(name, TYPED, _size(found.parameters()), facts=facts_of_shape(found))


def _size(parameters: int) -> str:
    return (
        f"{parameters / 1e9:.2f} B random weights" if parameters >= 1e8 else f"{parameters / 1e6:.1f} M random weights"
    )

"""Models that come with the application: small, with weights that were trained, named `sample:NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from ecotui.core.errors import UsageError

PREFIX = "sample:"
"""What the name of a model that comes along begins with."""
SAMPLES: Mapping[str, str] = MappingProxyType({"whale-1m": "real weights, 1 M parameters, a toy"})
"""Names, and what each is in a few words."""
MODELS = Path(__file__).parents[1] / "models"
"""Holds a folder of each, as save_pretrained writes one."""


def is_sample(model: str) -> bool:
    """Whether a model's name means one of these; case does not matter."""
    return model.strip().lower().startswith(PREFIX)


def sample_folder(model: str) -> Path:
    """The folder of the sample of that name; a leading `sample:` is passed over.

    Raises:
        UsageError: there is none of that name, or it was not installed with the rest.
    """
    wanted = model.strip().lower().removeprefix(PREFIX)
    if wanted not in SAMPLES:
        near = get_close_matches(wanted, SAMPLES, n=1, cutoff=0.4)
        hint = f"Did you mean {PREFIX}{near[0]}? " if near else ""
        raise UsageError(
            f"There is no sample model {wanted!r}.", f"{hint}There is {', '.join(PREFIX + name for name in SAMPLES)}."
        )
    folder = MODELS / wanted
    if not (folder / "config.json").is_file():
        raise UsageError(f"The files of {PREFIX}{wanted} are not in {folder}.", "Install ecotui again.")
    return folder


def place(model: str) -> str:
    """What a model's name is loaded from: the folder of a sample's, any other name as it is.

    Raises:
        UsageError: it is named like a sample, and is none.
    """
    return str(sample_folder(model)) if is_sample(model) else model

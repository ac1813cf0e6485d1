"""What the installed transformers can load, told from its folders: importing it would take seconds."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def knows(kind: str) -> bool:
    """Whether it is installed and has a folder of that architecture; some architectures share another's folder."""
    folder = _models()
    if folder is None or not re.fullmatch(r"[A-Za-z][\w-]*", kind):
        return False
    return (folder / kind.replace("-", "_")).is_dir()


@cache
def _models() -> Path | None:
    try:
        spec = find_spec("transformers")
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    folder = Path(next(iter(places))) / "models" if places else None
    return folder if folder and folder.is_dir() else None

"""Where the operator's settings are, and how the file is read and written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.errors import HomeError, UsageError

if TYPE_CHECKING:
    from ecotui.core.settings import Settings

NAME = "config.toml"


def settings_path() -> Path:
    """The file of ECOTUI_CONFIG; else config.toml in ECOTUI_HOME, where that is set; else in the system's place for
    a user's settings.

    Raises:
        HomeError: there is no such place.
    """
    named, home = os.environ.get("ECOTUI_CONFIG"), os.environ.get("ECOTUI_HOME")
    try:
        if named:
            return Path(named).expanduser().absolute()
        if home:
            return Path(home).expanduser().absolute() / NAME
        from platformdirs import user_config_path

        found = user_config_path("ecotui") / NAME
    except (OSError, RuntimeError) as error:
        raise HomeError(f"The settings cannot be found ({error}).", "Set ECOTUI_CONFIG to a file.") from error
    if not found.is_absolute():  # without HOME and without a passwd entry, "~" stays as it is
        raise HomeError("This user has no folder for settings.", "Set ECOTUI_CONFIG to a file.")
    return found


def is_set() -> bool:
    """Whether there is a file, or one was named; where there is none, nothing that reads one is imported."""
    try:
        return bool(os.environ.get("ECOTUI_CONFIG")) or os.path.lexists(settings_path())
    except HomeError:  # nothing can be there; `ecotui config` says so
        return False


def read_settings() -> Settings:
    """The settings of now; those that ecotui comes with where there is no file. What is wrong is in `problems`.

    Raises:
        HomeError: there is no place for a file.
    """
    from ecotui.core.settings import Problem, Settings, settings_of

    path = settings_path()
    try:
        return settings_of(path, path.read_bytes())
    except FileNotFoundError:
        if not os.environ.get("ECOTUI_CONFIG"):
            return Settings(path)
        what, advice = f"{path} of ECOTUI_CONFIG is not there.", "`ecotui config --init` writes it."
    except OSError as error:
        what, advice = f"{path} cannot be read ({error.strerror or error}).", "Mend it, or set ECOTUI_CONFIG anew."
    return Settings(path, problems=(Problem("", what, advice),))


def write_new(path: Path, text: str) -> None:
    """Put the text there, 0600, whole or not at all.

    Raises:
        UsageError: something is there.
        StoreError: it cannot be written.
    """
    from ecotui.store.files import write_whole

    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} is there already; it is never overwritten.", "Edit it, or move it away first.")
    write_whole(path, text.encode())

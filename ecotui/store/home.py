"""Where ecotui keeps its state: one folder, only its owner's, that can really be written."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ecotui
from ecotui.core.errors import HomeError, UsageError

SESSION = re.compile(r"[0-9A-Za-z-]+")
"""What a session id may look like; it becomes a folder's name, so no dot and no slash."""

ADVICE = "Set ECOTUI_HOME to a folder that can be written."


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of sessions, store and error log."""

    root: Path

    @property
    def sessions(self) -> Path:
        """One folder a session, with its log."""
        return self.root / "sessions"

    @property
    def store(self) -> Path:
        """Completed runs as Parquet."""
        return self.root / "store"

    @property
    def selftests(self) -> Path:
        """What each board's sensors are worth: a table, and its samples."""
        return self.root / "selftests"

    @property
    def sweeps(self) -> Path:
        """One folder a sweep, with its log."""
        return self.root / "sweeps"

    @property
    def trash(self) -> Path:
        """One folder a removal, with what it took."""
        return self.root / "trash"

    @property
    def error_log(self) -> Path:
        """Where a traceback goes while a screen is drawn."""
        return self.root / "ecotui.log"

    def session(self, session_id: str) -> Path:
        """The folder of a session, which need not be there.

        Raises:
            UsageError: the id is none that ecotui gives, for instance a path.
        """
        if not SESSION.fullmatch(session_id):
            raise UsageError(
                f"{session_id!r} is not the id of a session.", "An id holds letters, digits and dashes only."
            )
        return self.sessions / session_id

    def session_log(self, session_id: str) -> Path:
        """The log of a session; the packed one where only that is there."""
        return log_of(self.root, session_id) or self.session(session_id) / "log.jsonl"

    @classmethod
    def open(cls, create: bool = True) -> Home:
        """The home of ECOTUI_HOME, or of the system's place for a user's data.

        With `create` the folders are made, 0700, and a file is written and removed in each.

        Raises:
            HomeError: there is no such place, or it cannot be made or written.
        """
        home = cls(_root())
        if create:
            for folder in (home.root, home.sessions, home.store):
                _usable(folder)
        return home


def log_of(root: Path, session_id: str) -> Path | None:
    """The session's log under `root`, plain or packed; None where neither is there or the id is no id."""
    if not SESSION.fullmatch(session_id):
        return None
    folder = root / "sessions" / session_id
    return next((p for p in (folder / "log.jsonl", folder / "log.jsonl.gz") if p.is_file()), None)


def private_folder(path: Path) -> None:
    """Make the folder, and those above it that are missing, for its owner alone.

    Raises:
        OSError: it cannot be made, or something else is in its place.
    """
    if path.is_dir():
        return
    private_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not path.is_dir():
            raise


def default_samples() -> Path | None:
    """The recorded sessions that come with ecotui: beside the package in a checkout, inside it in a wheel."""
    package = Path(ecotui.__file__).parent
    return next((p for p in (package.parent / "sample_runs", package / "sample_runs") if p.is_dir()), None)


def home_of_sweep(home: Home, sweep: str) -> Home:
    """Where the sweep of that id is: in this home, or else among the samples, which nobody goes on with."""
    samples = default_samples()
    if samples is None or not SESSION.fullmatch(sweep) or (home.sweeps / sweep).is_dir():
        return home
    return Home(samples) if (Home(samples).sweeps / sweep).is_dir() else home


def _root() -> Path:
    named = os.environ.get("ECOTUI_HOME")
    try:
        if named:
            return Path(named).expanduser().absolute()
        from platformdirs import user_data_path

        found = user_data_path("ecotui")
    except (OSError, RuntimeError) as error:
        place = named or "for a user's data"
        raise HomeError(f"The folder {place} cannot be found ({error}).", ADVICE) from error
    if not found.is_absolute():  # without HOME and without a passwd entry, "~" stays as it is
        raise HomeError("This user has no home folder to keep runs in.", ADVICE)
    return found


def _usable(folder: Path) -> None:
    # Mode bits say nothing to root, to read-only mounts or to quotas, so a file is written.
    try:
        private_folder(folder)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".write-test-") as probe:
            probe.write(b"ecotui")
            probe.flush()
    except OSError as error:
        raise HomeError(f"The folder {folder} cannot be used ({error.strerror or error}).", ADVICE) from error

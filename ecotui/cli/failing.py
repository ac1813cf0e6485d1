"""What a command says when it fails: one sentence; the traceback goes to a file whose path is shown."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.errors import EcotuiError, SessionError
from ecotui.core.units import clean


def report(error: BaseException, as_json: bool = False) -> int:
    """Say what failed, on stderr and, where JSON was asked for, as an object on stdout; returns the exit code."""
    if isinstance(error, EcotuiError):
        what, advice, code = error.what, error.advice, error.exit_code
    elif (module := missing(error)) is not None:
        what = f"This Python ({sys.executable}) has no {module}, which ecotui needs."
        advice, code = f"Install what is missing: `{install()}`.", 1
    else:
        what = f"ecotui met an error of its own ({type(error).__name__}: {error})."
        advice, code = f"The traceback is in {write_traceback(error)}; please report it.", 1
    what, advice = clean(what, 1000), clean(advice, 1000)
    sys.stderr.write(f"ecotui: {what} {advice}".rstrip() + "\n")
    if as_json:
        facts = error.facts if isinstance(error, SessionError) else {}
        sys.stdout.write(json.dumps({"error": what, "advice": advice, "exit_code": code, **facts}) + "\n")
    return code


def missing(error: BaseException) -> str | None:
    """The package that is not installed, where that is why a command failed; None where it is something else."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return None if name in ("", "ecotui") or name in sys.stdlib_module_names else name


def install() -> str:
    """The command that installs everything ecotui needs for the Python that runs it."""
    source = Path(__file__).resolve().parents[2]
    what = f"-e {shlex.quote(str(source))}" if (source / "pyproject.toml").is_file() else "ecotui"
    return f"{shlex.quote(sys.executable)} -m pip install {what}"


def write_traceback(error: BaseException) -> Path:
    """Append the traceback to the home's error log, or to a temporary file where the home cannot be written."""
    text = "".join(traceback.format_exception(error))
    entry = f"--- {datetime.now(UTC).isoformat(timespec='seconds')}\n{text}\n"
    for path in (_home_log(), Path(tempfile.gettempdir()) / f"ecotui-{os.getuid()}.log"):
        try:
            _append(path, entry)
        except OSError:
            continue
        return path
    return Path(os.devnull)


def _append(path: Path, text: str) -> None:
    # O_NOFOLLOW: others may write to the temporary folder, too.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        os.fchmod(descriptor, 0o600)
        stream.write(text)


def _home_log() -> Path:
    from ecotui.store.home import Home

    try:
        return Home.open().error_log
    except EcotuiError:
        return Path(os.devnull) / "none"

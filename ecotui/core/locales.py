"""Whether the locale has more letters than ASCII: the application and doctor ask here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""Where the locale of letters is found; the first that is set counts (POSIX, 8.2)."""
STARTED = Path("/proc/self/environ")
"""The environment as it was at the start: Python itself sets LC_CTYPE where the locale is "C" (PEP 538)."""


def named(environment: Mapping[str, str]) -> str:
    """The variable that names the locale, as it would be typed: "LC_ALL=C"; empty where none does."""
    return next((f"{key}={environment[key]}" for key in LOCALE if environment.get(key)), "")


def in_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale has no letters beyond ASCII that a screen could use; one that is not set says nothing."""
    name = named(environment).partition("=")[2]
    plain, _, codeset = name.partition("@")[0].partition(".")
    if not name:
        return False
    return codeset.lower().replace("-", "") != "utf8" if codeset else plain in ("C", "POSIX") or "_" in plain


def at_start(environment: Mapping[str, str], path: Path = STARTED) -> Mapping[str, str]:
    """The environment that the process was started with, as far as the system tells; else what it is now."""
    try:
        entries = path.read_bytes().split(b"\0")
    except OSError:
        return environment
    pairs = (entry.decode("utf-8", "replace").partition("=") for entry in entries if b"=" in entry)
    first = {key: value for key, _, value in pairs}
    return {key: first.get(key, "") for key in LOCALE} | {
        key: value for key, value in environment.items() if key not in LOCALE
    }

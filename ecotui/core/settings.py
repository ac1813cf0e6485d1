"""The operator's settings: one TOML file, every entry checked, and what is wrong said with its line.

An entry that cannot be meant is left out and named; all others count.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ecotui.core import keymap
from ecotui.core.errors import UsageError
from ecotui.core.setting_table import BY_SECTION, SECTIONS, Setting, fits
from ecotui.core.units import clean

MOST_BYTES = 1_000_000
KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
LINE = re.compile(r", line (\d+): ")
"""How a problem names its place."""
TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
REFUSED = {"trust_remote_code": "A model's code is run only where --trust-remote-code is typed."}


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that cannot be meant, or a file that cannot be read."""

    section: str
    """Empty where it is the file itself."""
    what: str
    """Names file and line."""
    advice: str

    @property
    def error(self) -> UsageError:
        """As a command ends with it."""
        return UsageError(self.what, self.advice)


@dataclass(frozen=True)
class Settings:
    """What the file says, less what cannot be meant."""

    path: Path
    keys: keymap.Keys = field(default_factory=dict)
    """Keys of the actions that have others than they came with."""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values by section, "defaults" and "ui", and by name."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each entry, by "section.name"."""
    problems: tuple[Problem, ...] = ()

    @property
    def by_line(self) -> list[Problem]:
        """The problems as one reads the file, those without a line first."""
        return sorted(self.problems, key=lambda it: int(found[1]) if (found := LINE.search(it.what)) else 0)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What a plan or a workload begins with."""
        return self.values.get("defaults", {})

    @property
    def ui(self) -> Mapping[str, Any]:
        """How the application looks and behaves."""
        return self.values.get("ui", {})

    def where(self, section: str, name: str) -> str:
        """File and line of an entry."""
        line = self.lines.get(f"{section}.{name}")
        return f"{self.path}, line {line}" if line else str(self.path)


def settings_of(path: Path, data: bytes) -> Settings:
    """The settings in a file's bytes; never fails."""
    try:
        text = _text(path, data)
        raw = tomllib.loads(text)
    except UsageError as error:
        return Settings(path, problems=(Problem("", error.what, error.advice),))
    except tomllib.TOMLDecodeError as error:
        advice = "Text and keys stand in quotes, a list in brackets; `ecotui config --init` writes an example."
        return Settings(path, problems=(Problem("", f"{path} is not TOML: {error}.", advice),))
    return _Reader(path, lines_of(text)).settings(raw)


def _text(path: Path, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is over 1 MB: these are no settings.", "`ecotui config --init` writes an example.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


class _Reader:
    """Checks the entries of one file."""

    def __init__(self, path: Path, lines: Mapping[str, int]) -> None:
        self._path = path
        self._lines = lines
        self._problems: list[Problem] = []

    def settings(self, raw: Mapping[str, Any]) -> Settings:
        for name, value in raw.items():
            if name not in SECTIONS or not isinstance(value, dict):
                self._complain("", name, f"{clean(name, 60)} is no section.", f"Sections are {_names()}.")
        tables = {name: _table(raw.get(name)) for name in SECTIONS}
        keys, wrong = keymap.checked(dict(_flat(tables["keys"])))
        for one in wrong:
            self._complain("keys", one.name, one.what, one.advice)
        values = {name: self._section(name, tables[name]) for name in BY_SECTION}
        return Settings(self._path, keys, values, self._lines, tuple(self._problems))

    def _section(self, section: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        known = BY_SECTION[section]
        good: dict[str, Any] = {}
        for name, value in table.items():
            if name not in known:
                self._complain(section, name, f"{clean(name, 60)} is no setting of [{section}].", _near(name, known))
            elif (kind := fits(known[name], value)) is not None:
                self._complain(
                    section, name, f"{name} must be {kind}, not {clean(repr(value), 60)}.", _like(known[name])
                )
            else:
                good[name] = value
        return good

    def _complain(self, section: str, name: str, what: str, advice: str) -> None:
        line = self._lines.get(f"{section}.{name}" if section else name)
        place = f"{self._path}, line {line}" if line else str(self._path)
        self._problems.append(Problem(section or name, f"{place}: {what}", advice))


def _names() -> str:
    return ", ".join(f"[{name}]" for name in SECTIONS)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _near(name: str, known: Mapping[str, Setting]) -> str:
    if name in REFUSED:
        return REFUSED[name]
    near = get_close_matches(name.replace("-", "_"), known, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"{hint}`ecotui config --init` writes all of them."


def _like(setting: Setting) -> str:
    return f"Write it like {setting.name} = {setting.example}."


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Entries by their dotted names: `monitor.run = "r"` is a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def lines_of(text: str) -> Mapping[str, int]:
    """The line of each entry and table by its dotted name, from 1; for messages, so that near is good enough."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := TABLE.match(line):
            table = _bare(head[1])
            found.setdefault(table, number)
        elif key := KEY.match(line):
            found.setdefault(".".join(filter(None, (table, _bare(key[1])))), number)
    return found


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))

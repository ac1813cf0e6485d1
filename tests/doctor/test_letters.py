"""Doctor and the application agree on which letters a terminal gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
from ecotui.cli.doctor import _print
from ecotui.cli.words_terminal import in_ascii, at_start
from ecotui.doctor.check import GOOD, Check
from ecotui.doctor.terminals import terminal
import os
_print([terminal((80, 24)), Check("room", GOOD, "5 × 5 …", "this")])
print("application:", in_ascii(at_start(os.environ)))
"""


@pytest.mark.parametrize("name", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_where_the_application_draws_ascii_doctor_says_so_in_ascii(name: str, tmp_path: Path) -> None:
    shown = told(name, tmp_path)
    assert f"not UTF-8 (LC_ALL={name})" in shown and "application: True" in shown
    assert "`export LC_ALL=C.UTF-8`" in shown and shown.isascii()


def test_where_it_draws_all_letters_doctor_has_them_too(tmp_path: Path) -> None:
    shown = told("C.UTF-8", tmp_path)
    assert "UTF-8 ·" in shown and "✔" in shown and "application: False" in shown


def test_a_setting_of_ascii_counts_for_doctor_as_it_does_for_the_application(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[ui]\nascii = true\n")
    assert told("C.UTF-8", tmp_path).isascii()


def told(locale: str, home: Path) -> str:
    """What a process that was started with that locale prints."""
    around = os.environ | {"LC_ALL": locale, "TERM": "xterm-256color", "ECOTUI_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", TOLD], env=around, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")

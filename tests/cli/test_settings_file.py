"""A file of settings: whatever is in it, its good entries count and its bad ones are named with their line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ecotui.cli.configuring import template
from ecotui.core.settings import Settings, settings_of

PATH = Path("/etc/ecotui.toml")


def read(text: str) -> Settings:
    """The settings of a file with this text."""
    return settings_of(PATH, text.encode())


def test_good_entries_count_and_bad_ones_are_named_with_their_line() -> None:
    it = read('[keys]\nmonitor.run = "f5"\n"monitor.rnu" = "x"\n\n[defaults]\nquant = "nf4"\nbatch_size = "eight"\n')
    assert it.keys == {"monitor.run": ("f5",)} and it.defaults == {"quant": "nf4"}
    unknown, kind = it.problems
    assert unknown.what.startswith("/etc/ecotui.toml, line 3: monitor.rnu is no action")
    assert kind.what == "/etc/ecotui.toml, line 7: batch_size must be a whole number, not 'eight'."
    assert kind.advice == "Write it like batch_size = 1."


def test_an_unknown_name_and_an_unknown_section_are_told_what_there_is() -> None:
    name, section = read("[defaults]\nbatchsize = 8\n[colours]\na = 1\n").problems[::-1]
    assert "Did you mean batch_size" in name.advice and "[keys], [defaults], [ui]" in section.advice


def test_a_models_own_code_is_never_a_setting() -> None:
    assert "where --trust-remote-code is typed" in read("[defaults]\ntrust_remote_code = true\n").problems[0].advice


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"keys = [", "is not TOML"), (b"\xff\xfe", "is not UTF-8"), (b"#" * 1_000_001, "over 1 MB")],
)
def test_what_is_no_file_of_settings_is_said_so(data: bytes, said: str) -> None:
    it = settings_of(PATH, data)
    assert said in it.problems[0].what and not it.keys and not it.values


def test_a_damaged_file_never_raises() -> None:
    rng = random.Random(7)  # noqa: S311
    whole = bytearray(template().replace("# ", "").encode())
    for _ in range(150):
        data = bytearray(whole[: rng.randrange(len(whole))])
        for _ in range(rng.randrange(4)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        settings_of(PATH, bytes(data))


def test_the_example_says_what_is_in_force_without_it() -> None:
    lines = [line.removeprefix("# ") for line in template().splitlines() if " = " in line or line.startswith("[")]
    it = read("\n".join(lines))
    assert not it.problems and not it.keys
    assert len(it.defaults) > 20 and len(it.ui) == 4
    assert read(template()) == Settings(PATH, lines=read(template()).lines, values={"defaults": {}, "ui": {}})


def test_problems_are_told_in_the_order_of_the_file() -> None:
    found = read('[keys]\napp.help = []\nmonitor.rnu = "z"\n[ui]\nfoo = 1\n[bogus]\nx = 1\n')
    assert [re.findall(r"line (\d+)", problem.what) for problem in found.by_line] == [["2"], ["3"], ["5"], ["6"]]

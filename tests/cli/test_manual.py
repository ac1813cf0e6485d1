"""`--help` is a page of a manual: what a command does, examples that can be typed, its exit codes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

import pytest

from ecotui.cli.arguments import parse, parser
from ecotui.cli.manual import PAGES

OWN = ("quality",)
"""Commands with a page beside their words."""


def _commands(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield one
                yield from _commands(one)


def test_every_command_has_a_page_and_its_help_ends_with_exit_codes() -> None:
    for one in _commands(parser()):
        name = one.prog.removeprefix("ecotui ")
        assert name in PAGES or name in OWN, name
        text = one.format_help()
        assert text.count("exit codes: ") == 1 and text.count("ECOTUI_HOME") == 1, name
        assert ("examples:" in text) == (name in OWN or bool(PAGES[name].examples) or name in ("audit", "export"))


@pytest.mark.parametrize("words", [words for page in PAGES.values() for words in page.examples])
def test_an_example_of_the_manual_can_be_typed(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", "/nonexistent")
    assert parse(shlex.split(words)).handler


def test_only_what_compares_tells_the_codes_of_comparing() -> None:
    assert "undecided" not in PAGES["undo"].epilog(None)
    assert "3 not comparable" in PAGES["compare"].epilog(None)

"""Keys of a file: what cannot be meant is named, everything else counts."""

from __future__ import annotations

import pytest

from ecotui.core.errors import UsageError
from ecotui.core.key_names import key_of, shown
from ecotui.core.keymap import actions, checked


def wrong(**raw: object) -> str:
    """What is said of the entries; `_` stands for the dot of a name."""
    _, found = checked({name.replace("_", ".", 1): value for name, value in raw.items()})
    return " ".join(f"{one.what} {one.advice}" for one in found)


def test_an_action_gets_the_keys_that_are_written() -> None:
    keys, found = checked({"monitor.run": "f5", "history.filter": ["/", "ctrl+f"], "monitor.ladder": []})
    assert not found
    assert keys == {"monitor.run": ("f5",), "history.filter": ("slash", "ctrl+f"), "monitor.ladder": ()}


def test_keys_as_they_came_are_no_change() -> None:
    assert checked({"monitor.run": "r", "app.help": "?"}) == ({}, [])


def test_two_actions_can_change_places() -> None:
    keys, found = checked({"monitor.run": "x", "monitor.stop": "r"})
    assert not found and keys == {"monitor.run": ("x",), "monitor.stop": ("r",)}


def test_an_unknown_action_is_told_its_neighbours() -> None:
    assert "monitor.rnu is no action. Did you mean monitor.run" in wrong(monitor_rnu="x")


def test_one_key_for_two_actions_of_a_screen_is_refused_and_both_stay() -> None:
    keys, found = checked({"monitor.run": "x", "app.history": "r"})
    assert "x would be the key of both monitor.run and monitor.stop" in found[0].what
    assert "monitor.run" not in keys


def test_a_key_of_every_screen_is_held_against_all_of_them() -> None:
    assert "v would be the key of both" in wrong(app_sweep="v")


def test_a_dialog_may_use_a_key_of_the_screen_below_it() -> None:
    assert not wrong(workload_next=["down", "f2"])


@pytest.mark.parametrize("name", ["app_quit", "app_help"])
def test_help_and_quit_keep_a_key(name: str) -> None:
    assert "cannot be left without a key" in wrong(**{name: []})


def test_what_escape_does_needs_a_key_that_writes_no_letter() -> None:
    assert "writes no letter" in wrong(history_clear="z") and not wrong(history_clear=["z", "f10"])


@pytest.mark.parametrize("value", [3, ["r", 3], {"a": 1}, None, True])
def test_a_key_is_text_or_a_list_of_it(value: object) -> None:
    assert "must be a key or a list of keys" in wrong(monitor_run=value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("esc", 'Did you mean "escape"?'),
        ("banana", "is no key"),
        ("", "is no key"),
        ("shift+a", 'Write "A"'),
        ("hyper+a", "Before + may stand"),
        ("ctrl+i", "cannot be told from tab"),
        ("ctrl+q", "always closes"),
        ("\x1b", "is no key"),
    ],
)
def test_what_is_no_key_of_a_terminal_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r".") as caught:
        key_of(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["r", "R", "?", "/", "+", "=", "f5", "ctrl+r", "alt+enter", "ctrl+shift+left", "é"])
def test_a_key_reads_as_it_is_written(text: str) -> None:
    assert shown(key_of(text)) == text


def test_every_key_that_ecotui_comes_with_could_be_written() -> None:
    for action in actions().values():
        for key in action.keys:
            assert key_of(shown(key)) == key or key == "equals_sign", action

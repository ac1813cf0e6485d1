"""The model picker: what an operator reads, types and takes away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.model_facts import facts_of_config
from ecotui.core.models import Listing, ModelChoice
from ecotui.core.room import Room
from ecotui.recorder.catalogue import catalogue, synthetic
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.picker import ModelPicker, Picked
from ecotui.ui.theme import DARK
from ecotui.ui.widgets.model_rows import Columns, choice_row, completed, matching
from tests import hub
from tests.ui.screen_text import screen_text

LLAMA = facts_of_config(hub.LLAMA)
KNOWN = (
    ModelChoice("org/llama-8b", "cache", size_b=16 * 10**9, facts=LLAMA),
    ModelChoice("org/llama-8b-instruct", "cache", size_b=16 * 10**9, state="incomplete", note="Half.", facts=LLAMA),
    ModelChoice("other/model", "cache", size_b=10**9),
)
LISTS: Sequence[tuple[int, int]] = ((60, 18), (80, 24), (200, 50))


class Stage(App[None]):
    """Nothing but the picker."""

    CSS = "Screen { layers: base top; } .dialog { border: round $primary; padding: 0 1; }"

    def __init__(self, models: Callable[[], Listing], arm: Arm | None = None, free_b: int | None = 20 * 10**9) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.animation_level = "none"
        self.picker = ModelPicker(models, arm or Arm("org/llama-8b"), lambda: Room(free_b), simulated=True)
        self.picked: list[Picked | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.picker, self.picked.append)


@pytest.mark.parametrize(
    ("size", "all_of_them"), [((110, 36), True), ((170, 48), True), ((200, 50), True), ((80, 24), False)]
)
async def test_every_quantization_has_a_column_where_there_is_room(
    app_of: Callable[..., EcotuiApp], size: tuple[int, int], all_of_them: bool
) -> None:
    app = app_of(models=lambda: Listing((*KNOWN, *synthetic())))
    async with app.run_test(size=size) as pilot:
        app.monitor.action_model()
        await pilot.pause()
        rows = screen_text(app).splitlines()
        head = next(row for row in rows if "on disk" in row)
        told = head.replace("▸", " ").partition("params")[2].split()
        every = [*list(QUANTIZATIONS)[:-1], "int8-pure" if size == (200, 50) else "int8-p"]
        assert [word for word in told if word in every] == (every if all_of_them else ["fp16", "int8", "nf4"])
        assert any("synthetic:tinyllama-1.1b" in row for row in rows), "names are whole"


def test_a_model_that_no_forecast_knows_says_so() -> None:
    experts = facts_of_config({**hub.LLAMA, "model_type": "mixtral", "num_local_experts": 8})
    it = Columns(76, Arm("synthetic:tiny"), Room(80 * 10**9))
    row = choice_row(ModelChoice("org/experts", "cache", size_b=10**9, facts=experts), it, current=False)
    text = "".join(ink.text for ink in row)
    assert len(text) <= 76 and "no forecast: not a plain" in text
    row = choice_row(ModelChoice("org/llama", "cache", size_b=10**9, facts=LLAMA), it, current=False)
    assert "no forecast" not in "".join(ink.text for ink in row)


async def listed(stage: Stage, pilot: Pilot[Any]) -> str:
    """The screen once the cache has been read."""
    while stage.picker.listing is None:
        await pilot.pause(0.01)
    return await drawn(stage, pilot)


async def drawn(stage: Stage, pilot: Pilot[Any]) -> str:
    await pilot.pause()
    await pilot.pause()
    return screen_text(stage)


@pytest.mark.parametrize("size", LISTS)
async def test_a_model_fits_or_not_in_words_at_every_size(size: tuple[int, int]) -> None:
    stage = Stage(lambda: Listing(KNOWN))
    async with stage.run_test(size=size) as pilot:
        shown = await listed(stage, pilot)
        assert "incomplete" in shown and "▸fp16" in shown and "✔ fits" in shown
        assert "/20.0 GB" in shown and "largest batch that fits: " in shown and "SIMULATED" in shown
        assert "LlamaForCausalLM" in shown and "other/model" in shown


async def test_the_bar_follows_quantization_and_batch_and_both_are_taken_away() -> None:
    stage = Stage(lambda: Listing(KNOWN), Arm("org/llama-8b", batch_size=64, new_tokens=512))
    async with stage.run_test(size=(80, 24)) as pilot:
        assert "✘ no" in await listed(stage, pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "left_square_bracket")
        shown = await drawn(stage, pilot)
        assert "nf4  batch 32" in shown and "✔ fits" in shown.splitlines()[2]
        await pilot.press("enter")
        await pilot.pause()
    assert stage.picked == [Picked("org/llama-8b", "nf4", 32)]


async def test_a_cache_that_hangs_leaves_the_picker_usable() -> None:
    gate = threading.Event()

    def hang() -> Listing:
        gate.wait()
        return Listing(KNOWN)

    stage = Stage(hang, Arm("synthetic:tiny"))
    async with stage.run_test(size=(80, 24)) as pilot:
        shown = await drawn(stage, pilot)
        assert "is being read" in shown and "synthetic:tiny" in shown
        await pilot.press("down")
        gate.set()
        shown = await listed(stage, pilot)
        assert "is being read" not in shown and "org/llama-8b" in shown
        await pilot.press(*"my/own", "enter")
        await pilot.pause()
    assert stage.picked == [Picked("my/own", "fp16", 1)]


async def test_a_listing_that_fails_or_is_empty_is_said_and_names_can_be_typed() -> None:
    def fail() -> Listing:
        raise OSError("the disk [red]is gone")

    for models, word in ((fail, "[red]is gone"), (lambda: Listing(notes=("No cache yet.",), offline=True), "OFFLINE")):
        stage = Stage(models, free_b=None)
        async with stage.run_test(size=(80, 24)) as pilot:
            assert word in await listed(stage, pilot)
            await pilot.press("x")
            assert "not in the local cache" in await drawn(stage, pilot)


async def test_tab_completes_ids_and_paths_and_enter_looks_into_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    snapshot = hub.model(tmp_path / "hub", "org/llama-8b") / "snapshots" / hub.MAIN
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine").symlink_to(snapshot)
    stage = Stage(catalogue)
    async with stage.run_test(size=(80, 24)) as pilot:
        await listed(stage, pilot)
        await pilot.press(*"org/", "tab")
        line = stage.picker.query_one("#typed")
        assert getattr(line, "value", "") == "org/llama-8b"
        line.value = f"{tmp_path}/de"  # type: ignore[attr-defined]
        for wanted in (f"{tmp_path}/deep", f"{tmp_path}/deep/mine"):
            while wanted not in {choice.name for choice in stage.picker.known}:
                await pilot.pause(0.01)
            await drawn(stage, pilot)
            await pilot.press("enter")
        await pilot.pause()
    assert stage.picked == [Picked(f"{tmp_path}/deep/mine", "fp16", 1)]


async def test_what_cannot_be_loaded_for_certain_is_marked_as_it_is_typed_and_not_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    stage = Stage(lambda: Listing(KNOWN))
    async with stage.run_test(size=(80, 24)) as pilot:
        await listed(stage, pilot)
        for typed, why in (
            (f"{tmp_path}/nowhere", "There is no such folder."),
            (f"{tmp_path}/empty/", "It holds no config.json, and no folder that could hold a model."),
            ("synthetic:nothing", "There is no synthetic model"),
        ):
            line = stage.picker.query_one("#typed")
            line.value = typed  # type: ignore[attr-defined]
            while why not in await drawn(stage, pilot):
                await pilot.pause(0.01)
            await pilot.press("enter")
            await pilot.pause()
            assert stage.screen is stage.picker and not stage.picked
        told = [notice.message for notice in stage._notifications]
        assert len(told) == 3 and all("Correct what is typed" in text for text in told)
        line.value = "org/unknown"  # type: ignore[attr-defined]
        await drawn(stage, pilot)
        await pilot.press("enter")
        await pilot.pause()
    assert stage.picked == [Picked("org/unknown", "fp16", 1)]


def test_completion_goes_as_far_as_names_agree() -> None:
    names = [choice.name for choice in KNOWN]
    assert completed("org", names) == "org/llama-8b"
    assert completed("org/llama-8b", names) == "org/llama-8b"
    assert completed("OT", names) == "other/model"
    assert completed("nothing", names) == "nothing" and completed("", names) == ""


def test_filters_know_names_states_and_architectures() -> None:
    assert [c.name for c in matching(KNOWN, "incomplete")] == ["org/llama-8b-instruct"]
    assert [c.name for c in matching(KNOWN, "llamafor 8b")] == ["org/llama-8b", "org/llama-8b-instruct"]


def test_a_foreign_name_is_letters_and_no_more() -> None:
    columns = Columns(80, Arm("x"), Room(10**10))
    shown = "".join(bit.text for bit in choice_row(ModelChoice("[red]\x1b[2J\n模型", "folder"), columns, False))
    assert "[red]" in shown and "\x1b" not in shown and "\n" not in shown

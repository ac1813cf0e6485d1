"""The plan's form: keys change texts, and the plan that they come to is checked."""

from __future__ import annotations

from ecotui.ui.widgets.model_rows import matching
from ecotui.ui.widgets.plan_form import FIELDS, PlanForm
from tests import factory
from tests.ui.conftest import CHOICES


def at(name: str) -> PlanForm:
    form = PlanForm.of(factory.plan())
    return form.move(FIELDS.index(name) - form.at)


def test_an_untouched_form_is_the_plan_it_was_made_of() -> None:
    assert PlanForm.of(factory.plan()).plan() == factory.plan()


def test_digits_replace_what_stood_there_and_then_go_on() -> None:
    assert at("batch").type("6").type("4").plan().arms[0].batch_size == 64


def test_arrows_go_round_the_quantizations() -> None:
    assert at("quant").turn(1).text("quant") == "bf16"
    assert at("quant").turn(-1).text("quant") == "int8-pure"


def test_arrows_double_and_halve_but_never_below_what_can_be_meant() -> None:
    form = at("batch").turn(1)
    assert form.text("batch") == "8"
    for _ in range(9):
        form = form.turn(-1)
    assert form.text("batch") == "1"


def test_a_wrong_field_is_a_sentence_that_names_it() -> None:
    assert "--batch-size" in at("batch").type("0").problem
    assert "--batch-size" in at("batch").erase().problem
    assert "--window-seconds" in at("seconds").type(".").type(".").problem


def test_letters_are_no_numbers() -> None:
    form = at("batch")
    assert form.type("x") is form


def test_the_picker_shows_the_cache_first_and_filters_by_every_word() -> None:
    assert matching(CHOICES, "")[0].name == "facebook/opt-125m"
    assert [c.name for c in matching(CHOICES, "synth 7b")] == ["synthetic:mistral-7b"]
    assert matching(CHOICES, "nothing like it") == []


def test_the_gate_doubles_halves_and_goes_off_below_its_floor() -> None:
    form = at("gate")
    assert form.base.protocol.gate_s == 0 and form.turn(1).text("gate") == "1"
    longer = form.turn(1).turn(1).turn(1)
    assert longer.text("gate") == "4" and longer.plan().protocol.gate_s == 4.0
    assert longer.turn(-1).turn(-1).turn(-1).text("gate") == "0"


def test_a_longer_gate_gets_the_time_to_pass() -> None:
    form = at("gate").type("9").type("9").type("9")
    assert form.plan().protocol.gate_timeout_s == 4 * 999


def test_switches_turn_either_way_and_reach_the_plan() -> None:
    assert at("split").turn(1).plan().protocol.split_prefill
    assert at("split").turn(-1).turn(-1).plan() == factory.plan()
    assert not at("outliers").turn(1).plan().arms[0].outliers

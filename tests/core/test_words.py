"""Plans, arms, units and the wire: what is accepted, what is refused, and what comes back."""

import json
import math
from dataclasses import replace

import pytest

from ecotui.core.arm import QUANTIZATIONS, Arm, quantization
from ecotui.core.errors import UsageError
from ecotui.core.events import Event, Header, Resident, Steps
from ecotui.core.facts import engine
from ecotui.core.messages import Command, Load
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import Reading, reason_words
from ecotui.core.rows import RunRow
from ecotui.core.statistics import cv_pct, mean, percentile
from ecotui.core.units import (
    clean,
    difference,
    duration,
    figure,
    gigabytes,
    number,
    percent,
    signed,
    significant,
    watts,
)
from ecotui.core.wire import WireError, decode, encode, kinds
from ecotui.log.format import VERSION
from tests.factory import events, plan


def test_every_event_comes_back_from_its_line_as_it_was() -> None:
    known = kinds(Event)
    for event in events():
        assert decode(encode(event), known) == event


def test_a_command_carries_its_arm() -> None:
    load = Load(Arm("synthetic:tiny", "nf4"), 0, "cpu", 0, 1)
    assert decode(encode(load), kinds(Command)) == load


def test_an_unknown_kind_is_passed_over_and_unknown_fields_too() -> None:
    assert decode('{"kind":"weather","rain":true}', kinds(Event)) is None
    line = json.loads(encode(Reading(5, power_w=1.5))) | {"humidity": 3}
    assert decode(json.dumps(line), kinds(Event)) == Reading(5, power_w=1.5)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        '{"kind":5}',
        '{"kind":"reading"}',
        '{"kind":"reading","at_ns":1.5}',
        '{"kind":"reading","at_ns":true}',
        '{"kind":"reading","at_ns":1,"power_w":"much"}',
        '{"kind":"reading","at_ns":1,"power_w":NaN}',
        '{"kind":"steps","arm":0,"call":0,"first":0,"base_ns":1,"delta_ns":[1,"2"]}',
    ],
)
def test_a_line_that_breaks_its_promise_is_refused(line: str) -> None:
    with pytest.raises(WireError):
        decode(line, kinds(Event))


def test_numbers_that_json_has_not_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Reading(1, power_w=math.nan))


def test_a_plan_comes_back_from_json() -> None:
    it = plan()
    assert Plan.from_dict(json.loads(json.dumps(it.to_dict()))) == it


def test_a_plan_of_a_later_version_loses_only_what_is_not_known() -> None:
    values = plan().to_dict() | {"moon": "full"}
    values["arms"][0]["engine2"] = "graph"
    assert Plan.from_dict(values) == plan()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(plan(), sensor="nvml"),
        replace(plan(), sensor="nvml", device="cuda"),  # its windows are under the floor of a measured board
        replace(plan(), gpu=-1),
        replace(plan(), arms=()),
        replace(plan(), label="a\nb"),
        replace(plan(), protocol=Protocol(windows=0)),
        replace(plan(), protocol=Protocol(idle_s=math.inf)),
        plan(batch_size=0),
        plan(new_tokens=1),
        plan(quantization="int7"),
        plan(model=" "),
        plan(engine="warp"),
        plan(quantization="int8", engine="graph"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(wrong: Plan) -> None:
    with pytest.raises(UsageError):
        wrong.checked()


def test_each_quantization_shows_its_exact_configuration() -> None:
    assert set(QUANTIZATIONS) == {"fp16", "bf16", "nf4", "nf4-dq", "int8", "int8-pure"}
    assert "llm_int8_threshold=6.0" in quantization("int8").code()
    assert "llm_int8_threshold=0.0" in quantization("int8-pure").code()
    assert "bnb_4bit_compute_dtype=torch.float16" in quantization("nf4").code()
    assert "bnb_4bit_use_double_quant=True" in quantization("nf4-dq").code()
    assert quantization("bf16").code() == "dtype=torch.bfloat16"
    assert all(q.dtype == "float16" for q in QUANTIZATIONS.values() if q.bitsandbytes)


@pytest.mark.parametrize("label", [label for label in QUANTIZATIONS if label != "int8"])
def test_every_quantization_without_a_threshold_may_be_captured(label: str) -> None:
    arm = Arm("m", label, engine="graph").checked()
    assert arm.label == f"m {label} b1 graph" and replace(arm, engine="eager").label == f"m {label} b1"


def test_a_threshold_cannot_be_captured_and_the_sentence_says_why_and_what_can() -> None:
    with pytest.raises(UsageError) as raised:
        Arm("m", "int8", engine="graph").checked()
    assert "reads a flag back to the host in every linear layer" in raised.value.what
    assert "--engine eager" in raised.value.advice and "int8-pure" in raised.value.advice


def test_a_row_is_called_as_its_arm() -> None:
    row = RunRow(run_id="s.0", session_id="s", simulated=False)
    assert (row.arm_label, row.quantization_label, row.engine_label) == ("", "", "")
    row = replace(row, model="m", quantization="nf4", batch_size=8, engine="eager")
    assert (row.arm_label, row.quantization_label) == (Arm("m", "nf4", 8).label, "nf4")
    row = replace(row, engine="graph")
    assert (row.arm_label, row.quantization_label) == (Arm("m", "nf4", 8, engine="graph").label, "nf4 graph")


def test_the_loaders_word_on_the_engine_goes_before_the_plans() -> None:
    resident = Resident(0, 0, 1.0, 1, 2, {}, "random", "cpu")
    arm = Arm("m", engine="graph")
    assert engine(arm, None) == engine(arm, resident) == "graph"
    assert engine(arm, replace(resident, facts={"engine": "eager"})) == "eager"


def test_clock_event_reasons_are_words() -> None:
    assert reason_words(0) == reason_words(None) == ()
    assert reason_words(0x4 | 0x40) == ("power cap", "hardware thermal slowdown")
    assert reason_words(0x8000) == ("unknown 0x8000",)


def test_the_header_names_session_and_version() -> None:
    header = next(iter(events()))
    assert isinstance(header, Header)
    assert header.version == VERSION


def test_steps_are_stamps_and_differences() -> None:
    steps = next(e for e in events() if isinstance(e, Steps))
    assert len(steps.delta_ns) == 20


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.000"), (218.24, "218.2"), (3294.4, "3,294"), (1.2041, "1.204"), (999.99997, "1,000")],
)
def test_significant_digits(value: float | None, text: str) -> None:
    assert significant(value) == text


def test_a_small_size_is_not_written_as_nothing() -> None:
    assert (gigabytes(14.2e9), gigabytes(6.4e6), gigabytes(0)) == ("14.2 GB", "6.4 MB", "0.0 GB")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4 s"), (52, "52 s"), (250, "4 min 10 s"), (7500, "2 h 05 min"), (None, "– s")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_not_known_is_a_dash() -> None:
    assert number(None) == "–"


def test_text_from_outside_loses_its_control_characters() -> None:
    assert "\x1b" not in clean("a\x1b[2Jb\u202ec\n")
    assert len(clean("x" * 5000)) == 400


def test_small_statistics() -> None:
    assert mean([1, None, 3]) == 2
    assert mean([None]) is None
    assert cv_pct([1.0]) is None
    assert cv_pct([9.0, 11.0]) == pytest.approx(14.142, rel=1e-3)
    assert percentile([], 99) is None
    assert percentile(range(101), 99) == 99


@pytest.mark.parametrize("nothing", [-0.0, -0.0004, -1e-9])
def test_what_rounds_to_nothing_has_no_minus(nothing: float) -> None:
    told = (number(nothing), significant(nothing, 3), percent(nothing), watts(nothing), figure(round(nothing, 2)))
    assert told == ("0.0", "0.00", "0.0 %", "0.0 W", "0.000")
    assert (signed(nothing), signed(nothing, 2), difference(nothing)) == ("+0.0", "+0.00", "+0.0 %")
    assert (number(-0.06), signed(-0.06), signed(None)) == ("-0.1", "-0.1", "–")

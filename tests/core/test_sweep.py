"""The plan of a sweep: what it comes to, and what a file may say."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecotui.core.errors import UsageError
from ecotui.core.plan import MOST_ARMS
from ecotui.core.quality import Quality
from ecotui.core.sweep import NOTHING_LEFT, UNCAPTURED, Skip, SweepPlan
from ecotui.core.sweep_file import KEYS, PROTOCOL_KEYS, QUALITY_KEYS, find_plan, read_plan, shipped_plans

PLAN = SweepPlan("made", ("synthetic:tiny",), ("nf4", "int8"), batch_sizes=(1, 8))


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_group_begins_with_the_baseline_of_its_batch_size_though_nobody_named_it() -> None:
    first, second = PLAN.checked().groups()
    assert [p.word for p in first.points] == ["fp16", "nf4", "int8"]
    assert first.points[0].baseline and first.points[0].added
    assert [g.batch_size for g in (first, second)] == [1, 8]
    assert second.key == "synthetic:tiny b8 16+256"


def test_int8_with_a_threshold_is_left_out_of_the_graph_engine_with_the_reason() -> None:
    (group,) = replace(PLAN, engines=("eager", "graph"), batch_sizes=(1,)).groups()
    assert {p.word: p.reason for p in group.points if p.reason} == {"int8+graph": UNCAPTURED}
    assert [p.word for p in group.points] == ["fp16", "nf4", "int8", "fp16+graph", "nf4+graph", "int8+graph"]


def test_more_arms_than_a_session_holds_are_split_each_part_with_its_baseline() -> None:
    every = ("fp16", "bf16", "nf4", "nf4-dq", "int8", "int8-pure")
    parts = replace(PLAN, quantizations=every, engines=("eager", "graph"), batch_sizes=(1,)).checked().groups()
    assert [g.parts for g in parts] == [3, 3, 3]
    assert all(g.points[0].word == "fp16" and sum(not p.reason for p in g.points) <= MOST_ARMS for g in parts)
    words = [p.word for g in parts for p in g.points[1:] if p.word != "fp16+graph"]
    assert len(words) == len(set(words)) == 10


def test_a_split_keeps_the_engines_of_a_quantization_together_with_fp16_of_both() -> None:
    """What a quantization costs and what waiting costs are told apart in one session."""
    quick = replace(read_plan(shipped_plans()["quick"]), engines=("eager", "graph"), batch_sizes=(1,))
    first, second = quick.checked().groups()
    assert [p.word for p in first.points] == ["fp16", "nf4", "int8", "fp16+graph", "nf4+graph", "int8+graph"]
    assert [p.word for p in second.points] == ["fp16", "int8-pure", "fp16+graph", "int8-pure+graph"]


def test_a_graph_has_fp16_as_a_graph_beside_it_also_where_the_plan_does_not_name_fp16() -> None:
    plan = replace(PLAN, quantizations=("int8", "int8-pure"), engines=("eager", "graph"), batch_sizes=(1,))
    (group,) = plan.checked().groups()
    assert [p.word for p in group.points if not p.reason] == [
        "fp16",
        "int8",
        "int8-pure",
        "fp16+graph",
        "int8-pure+graph",
    ]
    assert [p.word for p in group.points if p.added] == ["fp16", "fp16+graph"]
    assert [p.word for p in group.points if p.baseline] == ["fp16"]


def test_no_graph_of_fp16_is_added_where_no_other_graph_is_measured_or_the_plan_leaves_it_out() -> None:
    plan = replace(PLAN, quantizations=("int8",), engines=("eager", "graph"), batch_sizes=(1,))
    (alone,) = plan.checked().groups()
    assert [p.word for p in alone.points] == ["fp16", "int8", "int8+graph"]
    skips = (Skip("known", quantizations=("fp16",), engines=("graph",)),)
    (known,) = replace(plan, quantizations=("nf4",), skips=skips).checked().groups()
    assert [p.word for p in known.points] == ["fp16", "nf4", "nf4+graph"]


def test_a_plan_can_leave_points_out_and_an_added_baseline_does_not_stay_alone() -> None:
    first, second = replace(PLAN, skips=(Skip("too slow", batch_sizes=(8,), quantizations=("nf4", "int8")),)).groups()
    assert not any(p.reason for p in first.points)
    assert [p.reason for p in second.points] == [NOTHING_LEFT, "too slow", "too slow"]


def test_a_single_arm_is_a_run_with_as_many_windows() -> None:
    alone = PLAN.session([PLAN.groups()[0].points[0].arm], 3)
    assert alone is not None
    assert (alone.protocol.blocks, alone.protocol.windows, alone.gpu) == (0, 10, 3)


def test_a_plan_comes_back_from_json_and_boards_are_no_part_of_what_it_is() -> None:
    plan = replace(PLAN, skips=(Skip("no", models=("synthetic:tiny",)),))
    assert SweepPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert replace(plan, gpus=(0, 1)).digest == plan.digest != replace(plan, batch_sizes=(1,)).digest


def test_shipped_plans_can_be_meant_and_the_study_has_its_lengths() -> None:
    plans = {name: read_plan(path) for name, path in shipped_plans().items()}
    assert set(plans) == {"ecocompute", "batch-law", "crossover", "quick"}
    study = plans["ecocompute"]
    assert (study.prompt_tokens, study.new_tokens) == ((10,), (256,))
    assert (study.protocol.warmups, 2 * study.protocol.blocks) == (3, 10)
    asked = [p.arm for g in study.groups() for p in g.points if not p.reason]
    assert sum(a.batch_size > 1 for a in asked) == 2 * 3  # Mistral-7B at 4 and 8 in FP16 and both kinds of INT8


def test_what_is_typed_takes_the_place_of_what_the_file_says(tmp_path: Path) -> None:
    path = write(tmp_path, 'models=["synthetic:tiny"]\nquantizations=["nf4"]\n[protocol]\nblocks=5\nwarmups=2')
    plan = read_plan(path, {"sensor": "simulated", "new_tokens": (8,), "protocol": {"blocks": 1}})
    assert (plan.name, plan.sensor, plan.device, plan.new_tokens) == ("plan", "simulated", "cpu", (8,))
    assert (plan.protocol.blocks, plan.protocol.warmups, plan.protocol.window_s) == (1, 2, 1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('models=["m"]\nquantisations=["nf4"]', "quantisations is no key of a plan. Did you mean quantizations"),
        (
            'models=["m"]\nquantizations=["nf4"]\nblocks=2',
            "blocks stands outside its table. Write it below [protocol].",
        ),
        ('models=["m"]\nquantizations=["nf4"]\nstride=2', "stride stands outside its table. Write it below [quality]."),
        ('models=["m"]\nquantizations=[]', "quantizations is an empty list"),
        ('models=["m"]\nquantizations=["int-8"]', "does not know 'int-8'. Did you mean int8"),
        ('models=["m"]\nquantizations="nf4"', "must be a list of text"),
        ('models=["m"]\nquantizations=["nf4"]\nbatch_sizes=[1, true]', "must be a list of whole numbers"),
        ('models=["m"]\nquantizations=["nf4"]\nbatch_sizes=[8, 8]', "hold 8 twice"),
        ('models=["m"]\nquantizations=["nf4"]\nbatch_sizes=[0]', "batch_sizes must be at least 1, not 0"),
        ('models=["m"]\nquantizations=["nf4"]\nbatch_sizes="1"', "Write it like [1]."),
        ('models=["m"]\nquantizations=["nf4"]\nnew_tokens=[1]', "new_tokens must be at least 2"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nblocks=0', "protocol.blocks must be at least 1, not 0"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nwindow_s=1', "protocol.window_s must be at least 5"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nuntil_pct=99', "protocol.until_pct must be a half width"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nwindows=3', "protocol.windows has no meaning in a sweep"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nidle_s="long"', "protocol.idle_s must be a number"),
        ('models=["m"]\nquantizations=["nf4"]\n[protocol]\nblock=3', "Did you mean blocks"),
        ('models=["m"]\nquantizations=["nf4"]\n[[skip]]\nreason="x"', "skip names nothing"),
        ('models=["m"]\nquantizations=["nf4"]\nsensor="nvlm"', "Did you mean nvml"),
        ('models=["m"]', "quantizations is missing"),
        ('models=["m"', "is not TOML"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_plan(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "--" not in str(caught.value), "a file has keys, no options"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quantizations": ("int9",)}, "--quants does not know 'int9'. Did you mean int8"),
        ({"engines": ("graf",)}, "--engines does not know 'graf'. Did you mean graph"),
        ({"batch_sizes": (0,)}, "--batch-sizes must be at least 1, not 0"),
        ({"protocol": {"blocks": 0}}, "--blocks must be at least 1, not 0"),
        ({"protocol": {"gate_s": 1000.0}}, "--gate-timeout must be at least 1000"),
        ({"models": ("m", "m")}, "The sweep's models hold 'm' twice"),
    ],
)
def test_what_was_typed_wrongly_is_not_blamed_on_the_file(typed: dict[str, Any], said: str) -> None:
    path = shipped_plans()["quick"]
    with pytest.raises(UsageError) as caught:
        read_plan(path, typed)
    assert said in str(caught.value)
    assert str(path) not in str(caught.value)


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder, no plan"):
        find_plan(str(tmp_path))


def test_a_name_that_is_no_plan_gets_those_that_are_near() -> None:
    with pytest.raises(UsageError, match="Did you mean batch-law"):
        find_plan("batchlaw")


def test_the_plan_that_the_docs_show_can_be_meant_and_names_every_key(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]
    assert read_plan(write(tmp_path, text)).name == "mine"
    shown = set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE))
    assert shown | {"seed"} >= {*KEYS, *PROTOCOL_KEYS, *QUALITY_KEYS, "reason"}


def test_a_sweep_scores_each_model_and_quantization_once_with_the_first_of_its_arms() -> None:
    scored = replace(PLAN, quality=Quality(), engines=("eager", "graph")).checked()
    sessions = [scored.session([p.arm for p in g.points if not p.reason], 0) for g in scored.groups()]
    assert [s is not None and s.quality for s in sessions] == [Quality(), None], "batch 8 computes the same"
    decoding = replace(scored, quality=Quality(decode_path=True))
    assert all((s := decoding.session([g.points[0].arm], 0)) and s.quality for g in decoding.groups())
    assert SweepPlan.from_dict(json.loads(json.dumps(scored.to_dict()))) == scored


def test_a_plan_without_quality_is_the_same_one_as_before_there_was_any() -> None:
    told = {k: v for k, v in PLAN.to_dict().items() if k not in ("gpus", "quality")}
    assert PLAN.digest == hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    assert replace(PLAN, quality=Quality()).digest != PLAN.digest


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quality = true", Quality()),
        ("quality = false", None),
        ("[quality]\nwindow = 256\ntasks = ['mmlu']", Quality(window=256, stride=64, tasks=("mmlu",))),
    ],
)
def test_a_file_asks_for_quality_with_a_word_or_a_table(text: str, wanted: Quality | None, tmp_path: Path) -> None:
    assert read_plan(write(tmp_path, f"models = ['synthetic:tiny']\nquantizations = ['nf4']\n{text}")).quality == wanted


def test_a_text_of_a_plan_is_told_from_the_plans_folder(tmp_path: Path) -> None:
    text = "models = ['synthetic:tiny']\nquantizations = ['nf4']\n[quality]\ntext = 'mine.txt'"
    found = read_plan(write(tmp_path, text)).quality
    assert found is not None and found.text == str(tmp_path / "mine.txt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quality = 3", "quality is neither true nor a table"),
        ("[quality]\nwindows = 3", "quality.windows is no key of a plan. Did you mean window"),
        ("[quality]\nwindow = 4", "quality.window must be at least 16, not 4"),
        ("[quality]\nwindow = '4'", "quality.window must be a whole number"),
        ("[quality]\nstride = 9999", "quality.stride 9999 is longer than the window"),
    ],
)
def test_quality_that_cannot_be_meant_is_refused_with_file_and_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(write(tmp_path, f"models = ['synthetic:tiny']\nquantizations = ['nf4']\n{text}"))
    assert said in str(caught.value) and "plan.toml" in str(caught.value)

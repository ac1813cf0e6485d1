"""`ecotui run --against`: a paired session from the command line to the store."""

import json
from pathlib import Path

import pytest

from ecotui.cli.arguments import parse, plan_from
from tests.cli.support import ecotui
from tests.worker.models import save_bloom

SHORT = ("--window-seconds", "0.2", "--idle-seconds", "0.3", "--warmups", "1", "--no-gate")
TINY = ("run", "--sensor", "simulated", "--new-tokens", "8", *SHORT)


def test_a_ladder_goes_the_whole_way_on_real_models(tmp_path: Path) -> None:
    done = ecotui(*TINY, "--against", "graph", "--against", "nf4+graph", "--blocks", "2", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [(r["quantization"], r["engine"], r["windows"]) for r in result["runs"]] == [
        *(("fp16", "eager", 4), ("fp16", "graph", 4), ("nf4", "graph", 4)),
    ]
    assert {r["outcome"] for r in result["runs"]} == {"completed"}
    assert all(w["tokens"] == w["tokens_expected"] for w in result["windows"])
    first, second = result["pairs"]["ratios"]
    assert first["against"] == second["against"] == result["runs"][0]["run_id"]
    assert first["energy_gross_j_per_1k_tokens"]["blocks"] == 2
    (rung,) = result["pairs"]["ladder"]["rungs"]
    assert (rung["eager"], rung["graph"]) == (result["runs"][0]["run_id"], result["runs"][1]["run_id"])
    again = ecotui("show", result["log"], "--json", home=tmp_path)
    assert json.loads(again.stdout) == result
    assert "Paired session, 2 of 2 blocks" in ecotui("show", result["log"], home=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "arms"),
    [
        (("--quant", "nf4"), [("fp16", "eager"), ("nf4", "eager")]),
        (("--quant", "nf4", "--engine", "graph"), [("fp16", "graph"), ("nf4", "graph")]),
        (("--quant", "nf4", "--against", "int8"), [("fp16", "eager"), ("nf4", "eager"), ("int8", "eager")]),
    ],
)
def test_against_fp16_fp16_is_the_baseline_as_by_the_monitors_key(
    words: tuple[str, ...], arms: list[tuple[str, str]]
) -> None:
    plan = plan_from(parse(["run", "--sensor", "simulated", *words, "--against", "fp16"])).checked()
    assert [(arm.quantization, arm.engine) for arm in plan.arms] == arms


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--against", "fp61"), "--against does not know 'fp61'. Did you mean fp16?"),
        (
            ("--against", "fp16"),
            "The first arm is fp16 already: synthetic:tiny fp16 b1. Name another first arm with",
        ),
        (("--against", "fp16"), "--quant, or hold this one against itself with --against same."),
        (("--quant", "nf4", "--against", "fp16", "--against", "fp16"), "fp16 is an arm of this session already"),
        (
            ("--against", "int8+graph"),
            "in every linear layer. Measure it with --against int8+eager, or int8-pure with --against int8-pure+graph.",
        ),
        (
            ("--engine", "graph", "--against", "int8"),
            "in every linear layer. Measure it with --against int8+eager, all arms with --engine eager, or int8-pure "
            "with --against int8-pure.",
        ),
        (
            ("--quant", "int8", "--engine", "eager", "--against", "graph"),
            "in every linear layer. Leave out --against graph, or measure int8-pure with --quant int8-pure --against "
            "graph.",
        ),
        (
            ("--quant", "int8", "--engine", "graph", "--against", "eager"),
            "in every linear layer. Measure it with --engine eager, without --against eager, or int8-pure with "
            "--engine graph.",
        ),
        (
            ("--quant", "int8-pure", "--engine", "graph", "--against", "int8"),
            "in every linear layer. Measure it with --against int8+eager, or all arms with --engine eager.\n",
        ),
        (
            ("--quant", "int8", "--against", "graph", "--against", "int8+graph"),
            "in every linear layer. Leave out --against graph and --against int8+graph.\n",
        ),
        (("--against", "graph", "--blocks", "0"), "--blocks must be at least 1, not 0."),
        (("--blocks", "3"), "--blocks and --order go with --against."),
        (("--against", "graph", "--windows", "3"), "--windows goes with a single run"),
        (("--against", "graph", "--order", "baab"), "There is no order 'baab'."),
        (("--against", "graph", "--split-prefill"), "--split-prefill goes with a single run, not with --against."),
        (("--engine", "cuda"), "There is no engine 'cuda'. Choose one of: eager, graph."),
        (("--quant", "int8", "--engine", "graph"), "LLM.int8 reads a flag back to the host in every linear layer"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_and_exit_code_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = ecotui("run", "--sensor", "simulated", *words, home=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "sessions").exists() or not list((tmp_path / "sessions").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("--engine", "graph", "--against", "int8+eager"),
        ("--engine", "eager", "--against", "int8"),
        ("--engine", "graph", "--against", "int8-pure"),
        ("--against", "int8-pure+graph"),
        ("--quant", "int8-pure", "--against", "graph"),
        ("--quant", "int8-pure", "--engine", "graph", "--against", "eager"),
        ("--quant", "int8-pure", "--engine", "graph", "--against", "int8+eager"),
        ("--quant", "int8-pure", "--engine", "eager", "--against", "int8"),
    ],
)
def test_what_a_refused_graph_of_int8_offers_can_be_meant(words: tuple[str, ...]) -> None:
    assert len(plan_from(parse(["run", "--sensor", "simulated", *words])).checked().arms) == 2


def test_a_checkpoint_that_cannot_be_captured_is_offered_without_its_graph(tmp_path: Path) -> None:
    bloom = str(save_bloom(tmp_path / "bloom"))
    done = ecotui(*TINY, "--model", bloom, "--against", "graph", home=tmp_path / "home")
    said = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "BloomForCausalLM cannot decode with a static cache" in said
    assert "Leave out --against graph." in said and "Measure it with --engine eager" not in said

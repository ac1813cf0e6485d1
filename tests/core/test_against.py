"""The other arms of a paired session, in words."""

import pytest

from ecotui.core.against import arms_against, baseline_first, words_of
from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError

FIRST = Arm("synthetic:tiny", "int8-pure", batch_size=4)


def test_a_word_changes_what_it_names_and_nothing_else() -> None:
    quantized, engine, both = arms_against(FIRST, ["fp16", "graph", "nf4+graph"])[1:]
    assert quantized == Arm("synthetic:tiny", "fp16", batch_size=4)
    assert engine == Arm("synthetic:tiny", "int8-pure", batch_size=4, engine="graph")
    assert both == Arm("synthetic:tiny", "nf4", batch_size=4, engine="graph")


@pytest.mark.parametrize("words", [[], ["fp16"], ["graph", "nf4", "nf4+graph"]])
def test_arms_give_the_words_back_that_they_were_made_of(words: list[str]) -> None:
    assert words_of(arms_against(FIRST, words)) == words


@pytest.mark.parametrize(
    ("word", "hint"), [("fp61", "Did you mean fp16?"), ("nf4+grph", "Did you mean graph?"), ("", "")]
)
def test_a_word_that_names_nothing_is_refused_with_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        arms_against(FIRST, [word])
    assert hint in str(refused.value) and "int8-pure" in str(refused.value)


@pytest.mark.parametrize(("word", "hint"), [("foo", ""), ("sme", "Did you mean same?"), ("nf4+sme", "")])
def test_the_words_that_are_listed_hold_same(word: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        arms_against(FIRST, [word])
    said = str(refused.value)
    assert "or 'same': the first arm once more." in said and hint in said
    assert hint or "Did you mean" not in said


@pytest.mark.parametrize(("word", "what"), [("nf4+int8", "quantization"), ("eager+graph", "engine")])
def test_an_arm_has_one_of_each(word: str, what: str) -> None:
    with pytest.raises(UsageError, match=f"names more than one {what}"):
        arms_against(FIRST, [word])


def test_the_first_arm_is_held_against_itself_only_where_that_is_said() -> None:
    assert arms_against(FIRST, ["same"]) == (FIRST, FIRST)
    assert words_of((FIRST, FIRST)) == ["same"]
    for word, option in (("int8-pure", "--quant"), ("eager", "--engine"), ("int8-pure+eager", "--quant or --engine")):
        with pytest.raises(UsageError) as refused:
            arms_against(FIRST, [word])
        said = str(refused.value)
        assert f"The first arm is {word} already: synthetic:tiny int8-pure b4." in said
        assert f"Name another first arm with {option}, or hold this one against itself with --against same." in said


def test_another_arm_is_named_once() -> None:
    with pytest.raises(UsageError, match="fp16 is an arm of this session already"):
        arms_against(FIRST, ["fp16", "fp16"])


@pytest.mark.parametrize(
    ("words", "order"),
    [
        (["fp16"], ["fp16", "int8-pure"]),
        (["graph", "fp16", "nf4"], ["fp16", "int8-pure", "int8-pure graph", "nf4"]),
        (["nf4"], ["int8-pure", "nf4"]),
        (["fp16+graph"], ["int8-pure", "fp16 graph"]),
        (["same", "fp16"], ["fp16", "int8-pure", "int8-pure"]),
    ],
)
def test_against_fp16_is_over_the_fp16_of_the_first_arms_engine(words: list[str], order: list[str]) -> None:
    arms = baseline_first(arms_against(FIRST, words))
    assert [f"{arm.quantization} graph" if arm.engine == "graph" else arm.quantization for arm in arms] == order
    assert {arm.batch_size for arm in arms} == {4}


def test_of_fp16_itself_the_first_arm_stays() -> None:
    arms = arms_against(Arm("synthetic:tiny"), ["nf4", "same"])
    assert baseline_first(arms) == arms

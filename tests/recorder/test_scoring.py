"""A session that scores its arms after the energy windows, or nothing else: real processes, pipes and files."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.messages import Failed, Load, Measured, Ready, Score, Scored
from ecotui.core.plan import Plan
from ecotui.core.program import Bring, Rate, closing, program
from ecotui.core.quality import PARTLY, SHELF, UNFIT, Quality
from ecotui.core.rows import RunRow
from ecotui.core.timeline import Timeline
from ecotui.log import read_timeline
from ecotui.recorder.exchange import Effect, Enter, Finish, Say, SayUnscored, Send, StopAsked
from ecotui.recorder.launch import Recording
from ecotui.recorder.protocol import State, begin, step
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.recorder.following import PLAN, until

ARM = Arm("a/model", new_tokens=10)
ARMS = tuple(replace(ARM, quantization=label) for label in ("nf4", "fp16", "int8"))
PROTOCOL = replace(PLAN.protocol, examine=True, windows=1)
SCORED = replace(PLAN, arms=ARMS[:1], protocol=PROTOCOL, quality=Quality())
PAIRED = replace(SCORED, arms=ARMS[:2], protocol=replace(PROTOCOL, blocks=1, window_s=0.2))
ALONE = replace(SCORED, arms=ARMS[:2], quality=Quality(alone=True))
Start = Callable[..., Recording]


def rows_of(home: Home) -> list[RunRow]:
    return sorted((s.row for s in Store(home).runs()), key=lambda row: row.run_id)


def kinds(plan: Plan, *, together: bool = True) -> list[str]:
    return [type(it).__name__ for it in program(plan, together=together)]


def at_rate(plan: Plan, *, together: bool = True) -> State:
    steps = program(plan, together=together)
    return replace(begin(plan, 0)[0], steps=steps, at=next(i for i, it in enumerate(steps) if isinstance(it, Rate)))


def sent(effects: Sequence[Effect]) -> list[object]:
    return [e.command for e in effects if isinstance(e, Send)]


def test_arms_that_are_there_together_are_scored_in_one_step_after_all_windows_and_before_the_profiles() -> None:
    steps = program(replace(PAIRED, arms=ARMS))
    at = steps.index(Rate((1, 0, 2), 1))
    assert [type(it).__name__ for it in steps[at + 1 :]] == ["Profile"] * 3


def test_arms_that_take_turns_come_once_more_the_reference_first_with_a_shelf_for_its_logits() -> None:
    last = program(replace(PAIRED, arms=ARMS), together=False)[-6:]
    assert [it.arm for it in last if isinstance(it, Bring) and it.to_score] == [1, 0, 2]
    assert [it for it in last if isinstance(it, Rate)] == [Rate((n,), 1, shelf=True) for n in (1, 0, 2)]


def test_one_arm_is_scored_while_it_is_there_and_an_arm_alike_is_not_scored_again() -> None:
    assert kinds(SCORED)[-3:] == ["Take", "Rate", "Profile"]
    twice = replace(PAIRED, arms=(ARM, replace(ARM, batch_size=4)))
    assert [it for it in program(twice) if isinstance(it, Rate)] == [Rate((0,))]
    assert "Rate" not in kinds(replace(PAIRED, quality=None))


def test_a_session_that_ends_by_precision_is_scored_as_any_other() -> None:
    together, by_turns = (closing(PAIRED, 0, together=both) for both in (True, False))
    assert [it for it in together if isinstance(it, Rate)] == [Rate((1, 0), 1)]
    assert [it for it in by_turns if isinstance(it, Rate)] == [Rate((n,), 1, shelf=True) for n in (1, 0)]
    assert by_turns[-4] == Bring(1, to_score=True)


def test_nothing_but_quality_is_loads_and_scoring() -> None:
    assert kinds(ALONE) == ["Bring", "Bring", "Rate"]
    assert kinds(ALONE, together=False) == ["Bring", "Rate", "Bring", "Rate"]


def test_a_score_names_arms_text_and_windows_and_random_weights_are_scored_only_where_they_are_compared() -> None:
    asked = Quality("a.txt", 512, 128, tasks=("mmlu",))
    for model, conventions in (("a/model", ["sliding", "blocks"]), ("synthetic:tiny", ["blocks"])):
        arms = tuple(replace(arm, model=model) for arm in ARMS[:2])
        state = at_rate(replace(PAIRED, arms=arms, quality=asked))
        _, effects = step(replace(state, at=state.at - 1), Measured(1, 0, NS, 0, 1, 20, 20, None), NS)
        assert sent(effects) == [Score([1, 0], 1, 512, 128, conventions, "prefill", "a.txt", tasks=["mmlu"])]
        assert [e.phase.name for e in effects if isinstance(e, Enter)] == ["scoring"]


def test_a_failure_while_scoring_costs_neither_windows_nor_outcome_and_says_what_else_is_lost() -> None:
    state, effects = step(at_rate(SCORED), Failed("Out of memory.", "Take less."), NS)
    assert effects[0] == SayUnscored((0,), "Out of memory.")
    said = [e.text for e in effects if isinstance(e, Say)]
    assert said == [
        "Take less.",
        "The decoding steps were not profiled either.",
    ]
    assert state.ended and effects[-1] == Finish("completed")


def test_of_arms_that_take_turns_the_next_is_scored_though_one_failed() -> None:
    state = at_rate(PAIRED, together=False)
    after, effects = step(state, Failed("No.", ""), NS)
    assert not after.ended and after.step == Bring(0, to_score=True)
    assert not any(isinstance(e, Finish) for e in effects)


def test_a_session_of_nothing_but_quality_fails_with_its_scoring() -> None:
    state, effects = step(at_rate(ALONE), Failed("No.", "Try."), NS)
    assert state.ended and effects == (Finish("failed", "No.", "Try."),)


def test_a_stop_while_scoring_says_that_the_windows_were_over() -> None:
    _, effects = step(at_rate(SCORED), StopAsked(0), NS)
    assert effects == (Finish("stopped", "the operator stopped it while quality was scored"),)
    assert step(at_rate(SCORED), Scored(0), NS)[0].phase == "examining"


def test_both_arms_of_a_session_get_their_quality_and_the_ratio_has_its_interval(started: Start, home: Home) -> None:
    recording = started(PAIRED)
    assert recording.process.wait(60) == 0
    line = read_timeline(recording.log)
    assert [s.phase.name for s in line.spans][-3:] == ["scoring", "examining", "examining"]
    nf4, fp16 = rows_of(home)
    assert (nf4.quality_path, nf4.quality_text, nf4.quality_windows) == ("prefill", "embedded", 12)
    assert nf4.quality_reference == fp16.run_id and fp16.quality_reference is None
    assert nf4.perplexity_sliding_ratio_low is not None and nf4.perplexity_sliding_ratio is not None
    assert 1 < nf4.perplexity_sliding_ratio_low < nf4.perplexity_sliding_ratio < 1.1
    assert nf4.kl_low_nats is not None and nf4.agreement_high_pct is not None and nf4.quality_remark is None
    assert nf4.windows == 2 and nf4.outcome == "completed"


def test_arms_too_large_for_each_other_are_scored_by_turns_and_leave_nothing_on_the_disk(
    started: Start, home: Home
) -> None:
    large = replace(ARM, model="synthetic:mistral-7b", batch_size=6000, new_tokens=20)
    arms = (large, replace(large, quantization="nf4"))
    recording = started(replace(PAIRED, arms=arms))
    line = until(recording, lambda it: len(it.scorings.sums) == 2)
    assert recording.process.wait(60) == 0
    assert [s.phase.arm for s in read_timeline(recording.log).spans if s.phase.name == "loading"] == [0, 1, 0, 0, 1]
    fp16, nf4 = rows_of(home)
    assert nf4.kl_nats is not None and nf4.perplexity_blocks is None and fp16.kl_nats is None
    assert "random weights: perplexity refused" in (nf4.quality_remark or "")
    assert line.together is False and not recording.log.with_name(SHELF).exists()


def test_a_tokenizer_that_does_not_fit_ends_the_session_before_anything_is_measured(started: Start, home: Home) -> None:
    recording = started(PAIRED, unfit=ARM.model)
    assert recording.process.wait(60) == 1
    line = read_timeline(recording.log)
    assert [s.phase.name for s in line.spans] == ["bare", "loading"]
    assert line.fault is not None and line.fault.what.startswith(f"{UNFIT}: The tokenizer does not fit the model")
    assert {row.outcome for row in rows_of(home)} == {"failed"}


def test_text_and_tokenizer_are_tried_with_an_arms_first_load_and_not_again() -> None:
    state, tried = begin(replace(PAIRED, protocol=replace(PROTOCOL, blocks=2)), 0)[0], []
    steps = program(state.plan, together=False)
    for at, it in enumerate(steps):
        if isinstance(it, Bring):
            ask = sent(step(replace(state, steps=steps, at=at), Ready({}), NS)[1])[0]
            assert isinstance(ask, Load)
            tried.append((ask.number, ask.score is not None and (ask.score.arms, ask.score.text)))
    assert tried[:2] == [(0, ([0], "embedded")), (1, ([1], "embedded"))]
    assert len(tried) > 4 and not any(asked for _, asked in tried[2:])


def test_a_worker_that_dies_while_scoring_leaves_a_completed_run_with_the_reason(started: Start, home: Home) -> None:
    recording = started(PAIRED, score_fault="die")
    assert recording.process.wait(60) == 0
    nf4, fp16 = rows_of(home)
    assert {nf4.outcome, fp16.outcome} == {"completed"} and nf4.windows == 2
    assert fp16.quality_remark is not None and fp16.quality_remark.startswith("failed because ")
    assert "stopped after 4 of 12 sliding windows" in fp16.quality_remark
    (notice,) = [n.text for n in read_timeline(recording.log).notices if n.text.startswith("Quality")]
    assert notice.startswith(f"{PARTLY} (fp16 4 of 24 windows, nf4 0 of 24 windows): The worker ")
    assert fp16.quality_remark.startswith("failed because The worker ")


def test_a_stop_keeps_what_was_scored(started: Start, home: Home) -> None:
    recording = started(ALONE, score_s=0.05, score_windows=4000)
    until(recording, lambda line: any(len(it.nll) >= 24 for it in line.scorings.sums.values()))
    recording.log.with_name("stop").touch()
    assert recording.process.wait(60) == 130
    nf4, _ = rows_of(home)
    assert nf4.outcome == "stopped" and nf4.windows == nf4.windows_planned == 0
    assert nf4.perplexity_sliding_ratio_low is not None and nf4.energy_gross_j is None
    assert "of 4,000 sliding windows" in (nf4.quality_remark or "")


def test_a_killed_recorder_leaves_its_scores_to_the_store_and_no_logits(started: Start, home: Home) -> None:
    recording = started(ALONE, score_s=0.05, score_windows=4000)
    until(recording, lambda line: _scored(line) >= 16)
    shelf = recording.log.with_name(SHELF)
    shelf.mkdir()
    (shelf / "000000.logits").write_bytes(b"much")
    os.kill(recording.process.pid, signal.SIGKILL)
    recording.process.wait()
    Store(home).adopt()
    rows = rows_of(home)
    assert [row.outcome for row in rows] == ["unfinished"] * 2 and rows[1].perplexity_sliding is not None
    assert not shelf.exists()


def _scored(line: Timeline) -> int:
    return sum(len(it.nll) for it in line.scorings.sums.values())

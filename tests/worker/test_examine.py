"""Profiles of decoding steps: which steps, and that nothing of it can end a session."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ecotui.worker import examine as module
from ecotui.worker.engine import profiled
from ecotui.worker.examine import Span, examine, steps_of

CPU = torch.device("cpu")


class Recorder:
    """Stands in for torch's profiler; writes down when it ran."""

    def __init__(self, told: list[str], failing: str = "") -> None:
        self._told, self._failing = told, failing

    def start(self) -> None:
        """From here."""
        self._told.append("start")
        if self._failing == "start":
            raise RuntimeError("CUPTI_ERROR_NOT_INITIALIZED")

    def stop(self) -> None:
        """To here."""
        self._told.append("stop")

    def export_chrome_trace(self, path: str) -> None:
        """No trace."""
        raise RuntimeError("no trace")


@pytest.mark.parametrize(("new_tokens", "tokens", "steps"), [(2, 2, 1), (3, 3, 1), (4, 4, 2), (256, 8, 6)])
def test_a_short_arm_has_fewer_steps(new_tokens: int, tokens: int, steps: int) -> None:
    assert steps_of(new_tokens) == (tokens, steps)


@pytest.mark.parametrize("new_tokens", [2, 3, 8])
def test_the_profiler_runs_over_whole_steps_alone(new_tokens: int) -> None:
    tokens, steps = steps_of(new_tokens)
    told: list[str] = []
    span = Span(tokens, steps, Recorder(told))
    for stamp in range(tokens + 1):
        told.append(str(stamp))
        span.put(None)
    span.end()
    assert told.index("start") == told.index(str(tokens - steps)) + 1
    assert told[-2:] == [str(tokens), "stop"]
    assert told.count("stop") == 1 and span.complete


def generate(streamer: Any, tokens: int) -> None:
    """As generate() does: the prompt, then every token."""
    for _ in range(tokens + 1):
        streamer.put(None)
    streamer.end()


def failing(streamer: Any, _tokens: int) -> None:
    """Fails within the profiled steps."""
    for _ in range(4):
        streamer.put(None)
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_on_the_cpu_the_steps_are_counted_and_nothing_else() -> None:
    assert examine(generate, 256, CPU) == profiled(6)


@pytest.mark.parametrize("where", ["start", "trace"])
def test_a_profiler_that_fails_leaves_no_figures(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    monkeypatch.setattr(module, "_profiler", lambda _: Recorder(told, where))
    assert examine(generate, 256, CPU) == profiled(0 if where == "start" else 6)
    assert "not profiled" in capsys.readouterr().err


def test_a_profiler_that_cannot_be_made_leaves_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: torch.device) -> None:
        raise ImportError("no CUPTI")

    monkeypatch.setattr(module, "_profiler", none)
    assert examine(generate, 256, CPU) == profiled(0)


def test_the_profiler_is_stopped_when_a_step_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(module, "_profiler", lambda _: Recorder(told))
    assert examine(failing, 256, CPU) == profiled(0)
    assert told == ["start", "stop"]

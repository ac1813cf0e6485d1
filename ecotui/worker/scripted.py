"""`python -m ecotui.worker.scripted`: a worker without torch, that takes its pace and its faults from a script.

`ECOTUI_SCRIPT` holds JSON, for instance `{"step_s": 0.004, "load_s": 0.1, "fault": "hang", "at_window": 2}`.
Its weights are called "scripted" wherever they are shown, so that nobody takes its figures for a measurement.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from ecotui.core import shapes
from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError, WorkerError
from ecotui.core.events import Examined, Outliers, Resident
from ecotui.core.messages import Load, Score
from ecotui.worker.engine import Loaded, Told, profiled
from ecotui.worker.pipe import Pipe
from ecotui.worker.scripted_scoring import ScriptedScoring
from ecotui.worker.serve import run
from ecotui.worker.stamps import Stamps

FAULTS = ("hang", "die", "short", "oom", "garbage")
GRAPH_SPEED = 4.0
"""So many times as fast is a step of the graph engine."""
KERNELS = ("scripted_gemm", "scripted_norm")


@dataclass(frozen=True, slots=True)
class Script:
    """How the scripted worker behaves."""

    step_s: float = 0.004
    """Seconds a decoding step takes, and the prompt as well."""
    load_s: float = 0.1
    fault: str = ""
    """hang: never answer again; die: exit code 9; short: one token too few; oom: fail; garbage: a line of no JSON."""
    at_window: int = 1
    """In which window the fault strikes; 0 is while loading."""
    score_s: float = 0.01
    """Seconds that four windows of an arm take to be scored."""
    score_windows: int = 12
    """Windows of the text, by each convention."""
    score_fault: str = ""
    """The fault that strikes while arms are scored: hang, die, oom or garbage."""
    unfit: str = ""
    """The model whose tokenizer is said not to fit."""
    score_fault_at: int = 2
    """Before which `Scores` it strikes, counted from 1 over arms and conventions."""

    @classmethod
    def read(cls, text: str) -> Script:
        """The script in a JSON text; an empty text is the well-behaved one."""
        raw = json.loads(text or "{}")
        unknown = set(raw) - {f.name for f in fields(cls)}
        named = {raw.get("fault", ""), raw.get("score_fault", "")}
        if unknown or not named <= {"", *FAULTS}:
            raise UsageError("ECOTUI_SCRIPT names a fault or a field that does not exist.", f"Faults: {FAULTS}.")
        return cls(**raw)


class ScriptedEngine:
    """Keeps the pace of its script."""

    def __init__(self, pipe: Pipe, script: Script) -> None:
        self._pipe = pipe
        self.script = script
        self._window = 0
        self._shortened = False
        self._scored = 0

    def versions(self) -> dict[str, str]:
        """None: no package takes part."""
        return {"scripted": "1"}

    def load(self, command: Load) -> ScriptedArm:
        """Wait as long as a load would take."""
        arm = command.arm.checked()
        self._window = self._window if command.keep else 0
        time.sleep(self.script.load_s)
        self.strike(loading=True)
        return ScriptedArm(self, command.number, arm, command.seed)

    def try_text(self, command: Score, arm: Loaded) -> None:
        """As the script says of the model."""
        if arm.arm.model == self.script.unfit:
            raise WorkerError("The tokenizer does not fit the model, says the script.", "Take another.")

    def score(self, command: Score, arms: Mapping[int, Loaded], tell: Callable[[Told], None]) -> int | None:
        """Make figures up, several at a time."""
        windows = self.script.score_windows
        return ScriptedScoring(command, {n: a.arm for n, a in arms.items()}, windows, self._pause).tell(tell)

    def _pause(self) -> None:
        self._scored += 1
        if self._scored == self.script.score_fault_at:
            self._fail(self.script.score_fault)
        time.sleep(self.script.score_s)

    def synchronize(self) -> None:
        """Nothing runs behind its back."""

    def forget_peak(self) -> None:
        """A window begins."""
        self._window += 1

    def memory_peak_b(self) -> int | None:
        """It holds none."""
        return None

    def missing(self) -> int:
        """1 in one call of the script's window, where the fault is that."""
        missing = self.script.fault == "short" and self._window == self.script.at_window and not self._shortened
        self._shortened = self._shortened or missing
        return int(missing)

    def strike(self, *, loading: bool = False) -> None:
        """The script's fault, where its time has come."""
        if self.script.at_window != (0 if loading else self._window or None):
            return
        self._fail(self.script.fault)

    def _fail(self, fault: str) -> None:
        match fault:
            case "hang":
                threading.Event().wait()
            case "die":
                os._exit(9)
            case "oom":
                raise MemoryError("cuda out of memory, says the script")
            case "garbage":
                self._pipe.write("this is no JSON")


class ScriptedArm:
    """An arm that is only said to be there."""

    def __init__(self, engine: ScriptedEngine, number: int, arm: Arm, seed: int) -> None:
        self._engine = engine
        self.arm = arm
        self.resident = _resident(arm, number, seed, engine.script.load_s)
        self._step_s = engine.script.step_s / (GRAPH_SPEED if arm.engine == "graph" else 1.0)

    def prepare(self, new_tokens: int | None = None) -> None:
        """Nothing is captured."""

    def examine(self) -> Examined:
        """Half of an eager step in 200 kernels and two waits; a graph's step is nothing but kernels."""
        step_ms = 1000 * self._step_s
        if self.arm.engine == "graph":
            launched = profiled(6, 0.95 * step_ms, 200.0, 0.0, 1.0, 40.0, step_ms, 0.05 * step_ms, 0.01 * step_ms)
        else:
            launched = profiled(6, 0.5 * step_ms, 200.0, 2.0, 200.0, 5.0, step_ms, 0.5 * step_ms, 0.1 * step_ms)
        assert launched.kernel_ms is not None
        top = [0.75 * launched.kernel_ms, 0.25 * launched.kernel_ms]
        return replace(launched, kernel_names=list(KERNELS), kernel_top_ms=top, kernel_top_calls=[150.0, 50.0])

    def generate(self, stamps: Stamps, new_tokens: int | None = None) -> int:
        """A prompt and N steps of equal length."""
        steps = self.arm.new_tokens if new_tokens is None else new_tokens
        stamps.put(None)
        began = time.monotonic()
        for step in range(1, steps + 1):
            time.sleep(max(0.0, began + step * self._step_s - time.monotonic()))
            stamps.put(None)
            if step == 1:
                self._engine.strike()
        return self.arm.batch_size * steps - self._engine.missing()


def _resident(arm: Arm, number: int, seed: int, load_s: float) -> Resident:
    parameters, blocks, step_weights_b, step_cache_b = 1_000_000, 1, 2_000_000, 1024
    if arm.synthetic:
        shape = shapes.shape(arm.model)
        parameters, blocks = shape.parameters(), int(shape.fields["num_hidden_layers"])
        step_weights_b = 2 * (parameters - shape.embedding_parameters() // 2)
        step_cache_b = 4 * blocks * shape.kv_width
    facts = {"seed": str(seed), "dtype": "none", "compiled": "no", "engine": arm.engine, "cache": "dynamic"}
    if arm.engine == "graph":
        length = str(arm.prompt_tokens + arm.new_tokens)
        facts |= {"cache": "static", "cache_length": length, "captured": "no: a script captures nothing"}
    return Resident(
        time.monotonic_ns(),
        number,
        load_s,
        parameters,
        2 * parameters,
        {"Linear": 7 * blocks + 1},
        "scripted",
        "scripted",
        facts,
        Outliers(7 * blocks, 4.5, 6.0, 0.0),
        step_weights_b,
        step_cache_b,
    )


def _make(pipe: Pipe) -> ScriptedEngine:
    return ScriptedEngine(pipe, Script.read(os.environ.get("ECOTUI_SCRIPT", "")))


if __name__ == "__main__":
    sys.exit(run(_make))

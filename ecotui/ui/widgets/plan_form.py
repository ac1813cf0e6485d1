"""A plan while it is edited: texts that may be wrong, and the plan that they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecotui.core.against import BASELINE, arms_against, baseline_first, words_of
from ecotui.core.arm import ENGINES, QUANTIZATIONS, Arm
from ecotui.core.errors import UsageError
from ecotui.core.plan import BLOCKS, Plan, Protocol
from ecotui.core.quality import EMBEDDED, WIKITEXT, Quality
from ecotui.ui.widgets.form_numbers import gate_turned, number_of, whole_of

NUMBERS = {
    "batch": "--batch-size",
    "prompt": "--prompt-tokens",
    "tokens": "--new-tokens",
    "windows": "--windows",
    "seconds": "--window-seconds",
    "warm-ups": "--warmups",
    "blocks": "--blocks",
    "gate": "--gate-seconds",
    "gpu": "--gpu",
}
"""Field to the name that messages and the command line have for it."""
TOGGLES = ("split", "outliers")
ON, OFF = "on", "off"
CHOICES = {"quant": tuple(QUANTIZATIONS), "engine": tuple(ENGINES)}
"""Fields whose arrows go round some words."""
SWITCHES = ("engine", "quality", *TOGGLES)
"""Fields of few values, which enter and a click turn."""
TEXTS = (EMBEDDED, WIKITEXT)
"""Whose quality may be scored on, beside a file that the command line named."""
EAGER = "eager"
NONE = "none"
"""Against nothing: a single run."""
FIELDS = (
    "model",
    "quant",
    "engine",
    "batch",
    "prompt",
    "tokens",
    "windows",
    "seconds",
    "warm-ups",
    "against",
    "blocks",
    "gate",
    "quality",
    "split",
    "outliers",
    "gpu",
    "run",
)
DOUBLING = ("batch", "prompt", "tokens")
"""Fields whose arrows double and halve."""
LOOKS = 4
"""A gate needs the time of so many looks at least: it looks back up to twice its length."""


@dataclass(frozen=True)
class PlanForm:
    """The plan that was given, and what was typed over it."""

    base: Plan
    texts: tuple[tuple[str, str], ...]
    at: int = len(FIELDS) - 1
    """The field that takes keys; the run row first, so that Enter runs."""
    fresh: bool = True
    """The next digit replaces the text."""

    @classmethod
    def of(cls, plan: Plan) -> PlanForm:
        """The form of a plan's first arm."""
        arm, protocol = plan.arms[0], plan.protocol
        values = {
            "model": arm.model,
            "quant": arm.quantization,
            "engine": arm.engine,
            "batch": arm.batch_size,
            "prompt": arm.prompt_tokens,
            "tokens": arm.new_tokens,
            "windows": protocol.windows,
            "seconds": f"{protocol.window_s:g}",
            "warm-ups": protocol.warmups,
            "against": " ".join(words_of(plan.arms)) or NONE,
            "blocks": protocol.blocks or BLOCKS,
            "gate": f"{protocol.gate_s:g}",
            "split": ON if protocol.split_prefill else OFF,
            "quality": plan.quality.text if plan.quality else OFF,
            "outliers": ON if arm.outliers else OFF,
            "gpu": plan.gpu,
        }
        return cls(plan, tuple((k, str(v)) for k, v in values.items()))

    @property
    def field(self) -> str:
        """The field that takes keys."""
        return FIELDS[self.at]

    @property
    def synthetic(self) -> bool:
        """Whether the weights would be random: only those can be given outlier channels."""
        return self.text("model").lower().startswith("synthetic:")

    def text(self, name: str) -> str:
        """What a field holds."""
        return dict(self.texts).get(name, "")

    def put(self, name: str, text: str) -> PlanForm:
        """Another text in a field."""
        return replace(self, texts=tuple((k, text if k == name else v) for k, v in self.texts), fresh=False)

    def move(self, steps: int) -> PlanForm:
        """To another field; ends at the ends. A single run has no blocks."""
        at = min(max(self.at + steps, 0), len(FIELDS) - 1)
        if FIELDS[at] == "blocks" and not self.paired:
            at += 1 if steps > 0 else -1
        return replace(self, at=at, fresh=True)

    @property
    def paired(self) -> bool:
        """Whether the arm takes turns with others."""
        return self.text("against") not in ("", NONE)

    def choices(self, name: str) -> tuple[str, ...]:
        """The words that a field's arrows go round; an arm is not set against itself."""
        if name == "quality":
            given = self.base.quality.text if self.base.quality else OFF
            return (OFF, *dict.fromkeys((*TEXTS, *([given] if given != OFF else []))))
        if name != "against":
            return CHOICES.get(name, ())
        own = (self.text("quant"), self.text("engine"))
        words = (NONE, *(word for word in (*ENGINES, *QUANTIZATIONS) if word not in own))
        given = " ".join(words_of(self.base.arms))  # several words, which only the command line can name
        return words if given in ("", *words, *own) else (*words, given)

    def type(self, letter: str) -> PlanForm:
        """A digit, or the point in seconds; anything else leaves the form as it was."""
        name = self.field
        if name not in NUMBERS or not (letter.isdecimal() or (letter == "." and name in ("seconds", "gate"))):
            return self
        text = ("" if self.fresh else self.text(name)) + letter
        return self.put(name, text[:9])

    def erase(self) -> PlanForm:
        """Without its last digit."""
        return self.put(self.field, self.text(self.field)[:-1]) if self.field in NUMBERS else self

    def turn(self, steps: int) -> PlanForm:
        """The next quantization or engine, the other of on and off, or the next larger number; `steps` is 1 or -1."""
        name = self.field
        if name in TOGGLES:
            return self.put(name, OFF if self.text(name) == ON else ON)
        if words := self.choices(name):
            place = words.index(self.text(name)) if self.text(name) in words else -steps
            return self.put(name, words[(place + steps) % len(words)])
        try:
            value = float(self.text(name)) if name in NUMBERS else None
        except ValueError:
            value = None
        if value is None:
            return self
        if name == "gate":
            value = gate_turned(value, steps, self.base.sensor)
        elif name in DOUBLING:
            value = value * 2 if steps > 0 else value // 2
        else:
            value += steps
        least = {"gpu": 0, "warm-ups": 0, "tokens": 2, "seconds": 0.2, "gate": 0}.get(name, 1)
        return self.put(name, f"{max(value, least):g}" if value < 1e6 else self.text(name))

    def laddered(self) -> PlanForm:
        """The same arm against its other engine."""
        return self.set_against(next(word for word in ENGINES if word != self.text("engine")))

    @property
    def names_other(self) -> bool:
        """Whether an arm of another quantization takes turns with the plan's own."""
        words = self.text("against").replace("+", " ").split()
        return any(word in QUANTIZATIONS and word != self.text("quant") for word in words)

    def over_baseline(self) -> PlanForm:
        """Its quantization held against fp16, which is the first arm: every ratio is over that one."""
        own = replace(self.base.arms[0], quantization=self.text("quant"))
        if own.quantization == BASELINE:
            return self
        first, other = baseline_first((own, replace(own, quantization=BASELINE)))
        return self._with("quant", first.quantization).set_against(other.quantization)

    def set_against(self, word: str) -> PlanForm:
        """Against another arm, whichever field takes keys."""
        return self._with("against", word)

    def _with(self, name: str, text: str) -> PlanForm:
        """Another text in a field, which does not count as typed."""
        return replace(self, texts=self.put(name, text).texts)

    def other_engine(self) -> PlanForm:
        """The other engine, whichever field takes keys."""
        at = FIELDS.index("engine")
        return replace(self, texts=replace(self, at=at).turn(1).texts)

    def plan(self) -> Plan:
        """The plan that is meant.

        Raises:
            UsageError: a field cannot be meant; the sentence names it.
        """
        arm = replace(
            self.base.arms[0],
            model=self.text("model"),
            quantization=self.text("quant"),
            engine=self.text("engine"),
            batch_size=self._whole("batch"),
            prompt_tokens=self._whole("prompt"),
            new_tokens=self._whole("tokens"),
            outliers=self.text("outliers") == ON,
        )
        protocol = replace(
            self.base.protocol,
            windows=self._whole("windows"),
            window_s=self._number("seconds"),
            warmups=self._whole("warm-ups"),
            split_prefill=self.text("split") == ON,
        )
        protocol = self._gated(protocol)
        words = self.text("against").split() if self.paired else []
        protocol = replace(protocol, blocks=max(self._whole("blocks"), 1) if words else 0)
        made = replace(self.base, arms=self._by_turns(arm, words), protocol=protocol, gpu=self._whole("gpu"))
        return replace(made, quality=self.quality).checked()

    def _by_turns(self, arm: Arm, words: Sequence[str]) -> tuple[Arm, ...]:
        """The arms, fp16 first where the row names it; those that came with the plan keep their order."""
        arms = arms_against(arm, words)
        given = [(it.quantization, it.engine) for it in self.base.arms]
        return arms if given == [(it.quantization, it.engine) for it in arms] else baseline_first(arms)

    @property
    def quality(self) -> Quality | None:
        """What is asked of quality: the text that is chosen, in all else as it was given."""
        text = self.text("quality")
        return None if text in ("", OFF) else replace(self.base.quality or Quality(), text=text)

    def _gated(self, protocol: Protocol) -> Protocol:
        """With the gate, and the time that a longer look needs to pass."""
        gate_s = self._number("gate")
        if gate_s == protocol.gate_s:
            return protocol
        return replace(protocol, gate_s=gate_s, gate_timeout_s=max(protocol.gate_timeout_s, LOOKS * gate_s))

    @property
    def problem(self) -> str:
        """Why the plan cannot be run, as a sentence; empty where it can."""
        return str(self.trouble or "")

    @property
    def trouble(self) -> UsageError | None:
        """What `plan` would raise."""
        try:
            self.plan()
        except UsageError as error:
            return error
        return None

    @property
    def wants_eager(self) -> bool:
        """Whether the engine is all that keeps the plan from being run."""
        it = replace(self, texts=self.put("engine", EAGER).texts)
        return self.text("engine") != EAGER and self.trouble is not None and it.trouble is None

    def _number(self, name: str) -> float:
        return number_of(self.text(name), NUMBERS[name])

    def _whole(self, name: str) -> int:
        return whole_of(self.text(name), NUMBERS[name])

"""A plan while it is edited: texts that may be wrong, and the plan that they come to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan

NUMBERS = {
    "batch": ("batch_size", "--batch-size"),
    "prompt": ("prompt_tokens", "--prompt-tokens"),
    "tokens": ("new_tokens", "--new-tokens"),
    "windows": ("windows", "--windows"),
    "seconds": ("window_s", "--window-seconds"),
    "warm-ups": ("warmups", "--warmups"),
    "gpu": ("gpu", "--gpu"),
}
"""Field to the plan's name for it, and the command line's."""
ARM, PROTOCOL = ("batch", "prompt", "tokens"), ("windows", "seconds", "warm-ups")
FIELDS = ("model", "quant", *NUMBERS, "run")
DOUBLING = ("batch", "prompt", "tokens")
"""Fields whose arrows double and halve."""


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
            "batch": arm.batch_size,
            "prompt": arm.prompt_tokens,
            "tokens": arm.new_tokens,
            "windows": protocol.windows,
            "seconds": f"{protocol.window_s:g}",
            "warm-ups": protocol.warmups,
            "gpu": plan.gpu,
        }
        return cls(plan, tuple((k, str(v)) for k, v in values.items()))

    @property
    def field(self) -> str:
        """The field that takes keys."""
        return FIELDS[self.at]

    def text(self, name: str) -> str:
        """What a field holds."""
        return dict(self.texts).get(name, "")

    def put(self, name: str, text: str) -> PlanForm:
        """Another text in a field."""
        return replace(self, texts=tuple((k, text if k == name else v) for k, v in self.texts), fresh=False)

    def move(self, steps: int) -> PlanForm:
        """To another field; ends at the ends."""
        return replace(self, at=min(max(self.at + steps, 0), len(FIELDS) - 1), fresh=True)

    def type(self, letter: str) -> PlanForm:
        """A digit, or the point in seconds; anything else leaves the form as it was."""
        name = self.field
        if name not in NUMBERS or not (letter.isdecimal() or (letter == "." and name == "seconds")):
            return self
        text = ("" if self.fresh else self.text(name)) + letter
        return self.put(name, text[:9])

    def erase(self) -> PlanForm:
        """Without its last digit."""
        return self.put(self.field, self.text(self.field)[:-1]) if self.field in NUMBERS else self

    def turn(self, steps: int) -> PlanForm:
        """The next quantization, or the next larger number; `steps` is 1 or -1."""
        name = self.field
        if name == "quant":
            labels = list(QUANTIZATIONS)
            place = labels.index(self.text(name)) if self.text(name) in labels else -steps
            return self.put(name, labels[(place + steps) % len(labels)])
        try:
            value = float(self.text(name)) if name in NUMBERS else None
        except ValueError:
            value = None
        if value is None:
            return self
        if name in DOUBLING:
            value = value * 2 if steps > 0 else value // 2
        else:
            value += steps
        least = {"gpu": 0, "warm-ups": 0, "tokens": 2, "seconds": 0.2}.get(name, 1)
        return self.put(name, f"{max(value, least):g}" if value < 1e6 else self.text(name))

    def plan(self) -> Plan:
        """The plan that is meant.

        Raises:
            UsageError: a field cannot be meant; the sentence names it.
        """
        facts = {NUMBERS[name][0]: self._number(name) for name in NUMBERS}
        arm = replace(
            self.base.arms[0],
            model=self.text("model"),
            quantization=self.text("quant"),
            **{NUMBERS[name][0]: facts[NUMBERS[name][0]] for name in ARM},
        )
        protocol = replace(self.base.protocol, **{NUMBERS[name][0]: facts[NUMBERS[name][0]] for name in PROTOCOL})
        made = replace(self.base, arms=(arm, *self.base.arms[1:]), protocol=protocol, gpu=int(facts["gpu"]))
        return made.checked()

    @property
    def problem(self) -> str:
        """Why the plan cannot be run, as a sentence; empty where it can."""
        try:
            self.plan()
        except UsageError as error:
            return str(error)
        return ""

    def _number(self, name: str) -> float:
        text, option = self.text(name), NUMBERS[name][1]
        try:
            return float(text) if name == "seconds" else int(text)
        except ValueError:
            raise UsageError(f"{option} must be a number, not {text!r}.") from None

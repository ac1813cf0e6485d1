"""A sweep's plan while it is edited: texts that may be wrong, and the plan that they come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ecotui.core.arm import ENGINES, QUANTIZATIONS
from ecotui.core.errors import UsageError
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_blame import told
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.form_numbers import gate_turned, number_of, whole_of

FIELDS = (
    "from",
    "name",
    "models",
    "quants",
    "engines",
    "batches",
    "prompt",
    "tokens",
    "blocks",
    "seconds",
    "gate",
    "boards",
    "run",
)
SETS = {"quants": tuple(QUANTIZATIONS), "engines": tuple(ENGINES)}
"""Fields that hold some of these words; each can be switched on and off."""
LISTS = {"batches": "batch sizes", "prompt": "prompt tokens", "tokens": "new tokens", "boards": "boards"}
"""Fields that hold whole numbers, as messages name them."""
NUMBERS = {"blocks": "blocks", "seconds": "window seconds", "gate": "gate seconds"}
NAMES = {
    "batch_sizes": "The batch sizes",
    "prompt_tokens": "The prompt tokens",
    "new_tokens": "The new tokens",
    "gpus": "The boards",
    "protocol.blocks": "The blocks",
    "protocol.window_s": "The window seconds",
    "protocol.gate_s": "The gate seconds",
}
"""Fields as messages name them that stand for options of the command line, by the plan's keys."""
NAME_LETTERS = "-_."
LOOKS = 4
"""A gate needs the time of so many looks at least."""


@dataclass(frozen=True)
class SweepForm:
    """The plan that was taken, and what was changed in it."""

    base: SweepPlan
    texts: tuple[tuple[str, str], ...]
    at: int = len(FIELDS) - 1
    """The field that takes keys; the run row first, so that Enter runs."""
    place: int = 0
    """Which word of a set, or which model, is pointed at."""
    fresh: bool = True
    """The next digit replaces the text."""

    @classmethod
    def of(cls, plan: SweepPlan) -> SweepForm:
        """The form of a plan."""
        protocol = plan.protocol
        values = {
            "name": plan.name,
            "models": "\n".join(plan.models),
            "quants": " ".join(plan.quantizations),
            "engines": " ".join(plan.engines),
            "batches": _joined(plan.batch_sizes),
            "prompt": _joined(plan.prompt_tokens),
            "tokens": _joined(plan.new_tokens),
            "blocks": str(protocol.blocks),
            "seconds": f"{protocol.window_s:g}",
            "gate": f"{protocol.gate_s:g}",
            "boards": _joined(plan.gpus),
        }
        return cls(plan, tuple(values.items()))

    @property
    def field(self) -> str:
        """The field that takes keys."""
        return FIELDS[self.at]

    @property
    def models(self) -> tuple[str, ...]:
        """Models, in the order in which they are measured."""
        return tuple(name for name in self.text("models").split("\n") if name)

    def text(self, name: str) -> str:
        """What a field holds."""
        return dict(self.texts).get(name, "")

    def put(self, name: str, text: str) -> SweepForm:
        """Another text in a field."""
        return replace(self, texts=tuple((k, text if k == name else v) for k, v in self.texts), fresh=False)

    def move(self, steps: int) -> SweepForm:
        """To another field; ends at the ends."""
        return replace(self, at=min(max(self.at + steps, 0), len(FIELDS) - 1), place=0, fresh=True)

    def to(self, name: str, place: int = 0) -> SweepForm:
        """To the field of that name."""
        return replace(self, at=FIELDS.index(name), place=place, fresh=True)

    def words(self, name: str) -> tuple[str, ...]:
        """Words of a field that can be pointed at."""
        return self.models if name == "models" else SETS.get(name, ())

    def holds(self, name: str, word: str) -> bool:
        """Whether a set has a word switched on."""
        return word in self.text(name).split()

    def turn(self, steps: int) -> SweepForm:
        """Another word of a set pointed at, or the next larger number; `steps` is 1 or -1."""
        name = self.field
        if words := self.words(name):
            return replace(self, place=min(max(self.place + steps, 0), len(words) - 1))
        if name not in NUMBERS:
            return self
        try:
            value = float(self.text(name))
        except ValueError:
            return self
        least = {"blocks": 1.0, "seconds": 0.2}.get(name, 0.0)
        value = gate_turned(value, steps, self.base.sensor) if name == "gate" else max(value + steps, least)
        return self.put(name, f"{value:g}")

    def switch(self) -> SweepForm:
        """The word of a set that is pointed at, on or off; the order stays that of the words."""
        if (words := SETS.get(self.field)) is None:
            return self
        word = words[self.place]
        kept = [w for w in words if self.holds(self.field, w) != (w == word)]
        return self.put(self.field, " ".join(kept))

    def pick(self, model: str) -> SweepForm:
        """One more model, unless it is there."""
        if model in self.models:
            return self
        return self.to("models", len(self.models)).put("models", "\n".join((*self.models, model)))

    def type(self, letter: str) -> SweepForm:
        """A letter that the field takes; anything else leaves the form as it was."""
        name, text = self.field, "" if self.fresh else self.text(self.field)
        if name in LISTS and (letter.isdecimal() or letter in " ,"):
            letter = " " if letter == "," else letter
            return self.put(name, (text + letter)[:60]) if letter != " " or text[-1:].isdecimal() else self
        if name in NUMBERS and (letter.isdecimal() or (letter == "." and name != "blocks")):
            return self.put(name, (text + letter)[:9])
        if name == "name" and (letter.isalnum() or letter in NAME_LETTERS):
            return self.put(name, (text + letter)[:40])
        return self

    def erase(self) -> SweepForm:
        """Without its last letter; of models, without the one that is pointed at."""
        name = self.field
        if name == "models":
            kept = [m for i, m in enumerate(self.models) if i != self.place]
            return replace(self.put("models", "\n".join(kept)), place=max(min(self.place, len(kept) - 1), 0))
        typed = name in LISTS or name in NUMBERS or name == "name"
        return self.put(name, self.text(name)[:-1].rstrip()) if typed else self

    def plan(self) -> SweepPlan:
        """The plan that is meant.

        Raises:
            UsageError: a field cannot be meant; the sentence names it.
        """
        protocol = replace(self.base.protocol, blocks=self._whole("blocks"), window_s=self._number("seconds"))
        gate_s = self._number("gate")
        if gate_s != protocol.gate_s:
            protocol = replace(protocol, gate_s=gate_s, gate_timeout_s=max(protocol.gate_timeout_s, LOOKS * gate_s))
        if not self.models:
            raise UsageError("The sweep names no model.", keyed("Press {sweep-form.model|/} to choose one."))
        made = replace(
            self.base,
            name=self.text("name") or "own",
            models=self.models,
            quantizations=tuple(self.text("quants").split()),
            engines=tuple(self.text("engines").split()),
            batch_sizes=self._wholes("batches"),
            prompt_tokens=self._wholes("prompt"),
            new_tokens=self._wholes("tokens"),
            gpus=self._wholes("boards"),
            protocol=protocol,
        )
        for name in SETS:
            if not self.text(name):
                raise UsageError(f"No {name[:-1]} is chosen.", keyed("{sweep-form.switch|Space} switches one on."))
        try:
            return made.checked()
        except UsageError as error:
            raise told(error, NAMES) from error

    @property
    def trouble(self) -> UsageError | None:
        """What `plan` would raise."""
        try:
            self.plan()
        except UsageError as error:
            return error
        return None

    def _number(self, name: str) -> float:
        return number_of(self.text(name), f"The {NUMBERS[name]}")

    def _whole(self, name: str) -> int:
        return whole_of(self.text(name), f"The {NUMBERS[name]}")

    def _wholes(self, name: str) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in self.text(name).split())
        except ValueError:
            raise UsageError(f"The {LISTS[name]} must be whole numbers, not {self.text(name)!r}.") from None


def _joined(values: Iterable[int]) -> str:
    return " ".join(str(v) for v in values)

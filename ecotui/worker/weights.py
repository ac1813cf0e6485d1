"""A model on the device, built or loaded; arms that differ in batch, length or engine alone share one."""

from __future__ import annotations

from typing import Any

import torch

from ecotui.core import shapes
from ecotui.core.arm import Arm, quantization
from ecotui.core.messages import Load
from ecotui.worker import census, checkpoint, outliers, prompt, quantize, synthetic

Identity = tuple[str, str, bool, bool, int, str, int]


def identity(command: Load) -> Identity:
    """What two arms must have in common to share weights."""
    arm = command.arm
    return (
        arm.model,
        arm.quantization,
        arm.outliers,
        arm.trust_remote_code,
        command.seed,
        command.device,
        command.gpu,
    )


class Weights:
    """The model, and what was counted of it before its first call.

    On the CPU bitsandbytes packs 4-bit weights anew in their first product: later the count would be another.
    """

    def __init__(self, arm: Arm, device: torch.device, seed: int) -> None:
        chosen = quantization(arm.quantization)
        self.threshold = chosen.threshold
        self.facts = {} if chosen.bitsandbytes is None else {"bitsandbytes": quantize.require_bitsandbytes()}
        self.kind = "random" if arm.synthetic else "checkpoint"
        self.model: Any = None
        if arm.synthetic:
            shape = shapes.shape(arm.model)
            self.facts |= {"shape": shape.name, "shape_of": shape.hub_id or "made up"}
            self.model = synthetic.build(shape, chosen, device, seed, carry=arm.outliers)
            self.facts["outlier_recipe"] = str(outliers.recipe(self.model.config)) if arm.outliers else "none"
        else:
            self.model = checkpoint.load(arm, device)
        self.model.eval().requires_grad_(False)
        self.special = prompt.special_ids(self.model)
        # generate() fills what an explicit configuration leaves open from the model's own, which a hub model ships
        # with sampling settings and penalties: that one has to be ours as well.
        self.model.generation_config = prompt.greedy(arm.new_tokens, self.special)
        self._count()

    def _count(self) -> None:
        model = self.model
        self.parameters, self.weights_b = census.parameters(model), census.weights_b(model)
        self.layers, self.step_weights_b = census.linear_layers(model), census.step_weights_b(model)
        self.facts |= {
            "architecture": type(model).__name__,
            "dtype": str(model.dtype).removeprefix("torch."),
            "attention": str(getattr(model.config, "_attn_implementation", "unknown")),
            "weights_on": ", ".join(sorted(census.devices(model))),
        }
        if revision := getattr(model.config, "_commit_hash", None):
            self.facts["revision"] = str(revision)

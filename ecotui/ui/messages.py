"""What widgets tell their screens: facts in the past tense."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from ecotui.core.plan import Plan


@dataclass
class PlanChanged(Message):
    """The operator edited the plan."""

    plan: Plan


@dataclass
class RunAsked(Message):
    """The operator wants the plan on screen to be run."""

    plan: Plan


@dataclass
class PlanSought(Message):
    """A key of the plan was pressed while it was out of sight."""


@dataclass
class ModelAsked(Message):
    """The operator wants to choose a model."""


@dataclass
class PositionPicked(Message):
    """A place on the seek bar was clicked."""

    share: float
    """0 at the left end, 1 at the right."""

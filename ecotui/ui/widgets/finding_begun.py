"""The workload that the operator's settings begin with, for the Findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecotui.core.errors import UsageError

if TYPE_CHECKING:
    from ecotui.analysis.carbon import Workload
    from ecotui.ui.app import EcotuiApp


def workload_begun(app: EcotuiApp) -> Workload | None:
    """The workload of the settings; None where they name none, or none that can be meant, which is said."""
    from ecotui.analysis.workload import FIELDS, workload_of

    if not any(name in app.parts.workload for name in FIELDS):
        return None
    try:
        return workload_of(app.parts.workload)
    except UsageError as error:
        app.tell(error)
        return None

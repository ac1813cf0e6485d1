"""What was measured, as a report: a session, or runs held against each other; exports render it."""

from __future__ import annotations

from ecotui.analysis.report_comparison import comparison_document
from ecotui.analysis.report_session import session_document

__all__ = ["comparison_document", "session_document"]

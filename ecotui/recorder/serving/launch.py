"""Starts the recorder of a watched session, detached, as those of measured ones are."""

from __future__ import annotations

from ecotui.recorder.launch import Recording, new_session_id, started
from ecotui.recorder.serving.request import Request
from ecotui.store.home import Home


def launch_watched(home: Home, request: Request) -> Recording:
    """Start a recorder of a server and a board.

    The address goes over its stdin: it may hold a password, and arguments are everybody's to read.

    Raises:
        UsageError: the request cannot be meant.
        HomeError: the session's folder cannot be made.
    """
    request.checked()
    session = new_session_id()
    return started(home, session, ["record-watched", session], request.to_dict())

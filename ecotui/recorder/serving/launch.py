"""Starts the recorder of a watched session, detached, as those of measured ones are."""

from __future__ import annotations

import json
import subprocess
import sys

from ecotui.core.errors import HomeError
from ecotui.recorder.launch import Recording, new_session_id
from ecotui.recorder.serving.request import Request
from ecotui.recorder.worker import private
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
    folder = home.session(session)
    try:
        folder.mkdir(mode=0o700, parents=True)
        with open(folder / "recorder.log", "wb", opener=private) as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "ecotui", "record-watched", session],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
    except OSError as error:
        raise HomeError(
            f"The session's folder {folder} cannot be made ({error.strerror}).",
            "Set ECOTUI_HOME to a folder that can be written.",
        ) from error
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(json.dumps(request.to_dict()).encode())
    return Recording(folder / "log.jsonl", process)

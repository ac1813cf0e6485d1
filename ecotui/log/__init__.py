"""The session log: an append-only file of events, and the one reader that everything else uses."""

from ecotui.log.follow import Follower
from ecotui.log.lock import is_running
from ecotui.log.reader import open_log, read_events, read_timeline
from ecotui.log.writer import LogWriter

__all__ = ["Follower", "LogWriter", "is_running", "open_log", "read_events", "read_timeline"]

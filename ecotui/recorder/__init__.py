"""A session from start to result: the protocol, the worker's process, the log."""

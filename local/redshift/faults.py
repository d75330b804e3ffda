"""Faults on demand, for tests of what must survive them.

A fault is armed for a number of requests or statements and then is gone.
- ``throttle``: the next requests fail with ThrottlingException.
- ``resuming``: the next statements are refused because the workgroup resumes.
- ``drop``: the next submissions are accepted, but the connection closes without an answer.
- ``serializable``: the next statements fail with error 1023.
- ``delay``: the next statements stay STARTED for so many seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .errors import CANCELLED, ApiError, SqlError, fail_if

KINDS = ("throttle", "resuming", "drop", "serializable", "delay")


class Dropped(Exception):
    """Close the connection without an answer."""


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, list[float]] = {}

    def arm(self, kind: str, *, count: int = 1, seconds: float = 0.0) -> None:
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        with self._lock:
            self._armed[kind] = [count, seconds]

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def _spend(self, kind: str) -> float | None:
        with self._lock:
            armed = self._armed.get(kind)
            if armed is None or armed[0] <= 0:
                return None
            armed[0] -= 1
            return armed[1]

    def before(self, operation: str) -> None:
        """Called for each request before it is looked at."""
        if self._spend("throttle") is not None:
            raise ApiError("ThrottlingException", "Rate exceeded")
        if operation in ("ExecuteStatement", "BatchExecuteStatement") and self._spend("resuming") is not None:
            raise ApiError("ValidationException", "The Redshift Serverless workgroup is resuming. Try again later.")

    def after_submit(self) -> None:
        if self._spend("drop") is not None:
            raise Dropped

    def during(self, statement: str, cancelled: Callable[[], bool]) -> None:
        """Called in the statement's own thread while it is STARTED."""
        if (seconds := self._spend("delay")) is not None:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                fail_if(cancelled(), CANCELLED)
                time.sleep(min(0.05, max(deadline - time.monotonic(), 0)))
        if self._spend("serializable") is not None:
            raise SqlError("1023 DETAIL: Serializable isolation violation on table in Redshift")

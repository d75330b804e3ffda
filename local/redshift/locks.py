"""Who waits for whom: what a transaction locks is read from its statements' first words, before it begins.

All locks of a transaction are taken at once: no deadlock, and no conflict in DuckDB, which would fail the second
writer of a table where Redshift makes it wait.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import CANCELLED, SqlError, fail_if
from .syntax import Words, main_verb

READS = ("SELECT", "WITH", "(")
_WRITES = ("INSERT", "UPDATE", "DELETE", "COPY", "LOCK", "MERGE", "TRUNCATE")
_DDL = ("CREATE", "ALTER", "DROP", "GRANT", "REVOKE")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """``writes`` and ``locks`` (by LOCK) are tables as "schema.table"; ``words`` is all that the statements say."""

    writes: frozenset[str] = _NONE
    locks: frozenset[str] = _NONE
    words: frozenset[str] = _NONE
    ddl: bool = False

    def __or__(self, other: Plan) -> Plan:
        more = (self.writes | other.writes, self.locks | other.locks, self.words | other.words)
        return Plan(*more, self.ddl or other.ddl)

    @property
    def changes(self) -> bool:
        return bool(self.writes) or self.ddl


def plan(sql: str) -> Plan:
    """Broken SQL locks nothing: it will fail."""
    try:
        words = Words(sql)
        said = frozenset(token.text.lower() for token in words.tokens)
        first = main_verb(words)
        if first in _WRITES:
            tables = _tables(words)
            return Plan(tables, tables if first == "LOCK" else _NONE, said)
    except SqlError:
        return Plan()
    if first in READS:
        return Plan(words=said)
    temporary = first == "CREATE" and (words.peek(1) in ("TEMP", "TEMPORARY", "LOCAL") or words.peek(2).startswith("#"))
    return Plan(words=said, ddl=first in _DDL and not temporary)


def _tables(words: Words) -> frozenset[str]:
    several = words.word().upper() == "LOCK"
    for skipped in ("INTO", "FROM", "TABLE"):
        words.take(skipped)
    names = words.several(words.qualified) if several else [words.qualified()]
    return frozenset(".".join(name[-2:]) if len(name) > 1 else f"public.{name[0]}" for name in names)


class Locks:
    """DDL excludes every writer, for the catalogue is one document; LOCK also makes those wait who only read."""

    def __init__(self, reading: Callable[[frozenset[str]], frozenset[str]]) -> None:
        """``reading`` adds to the words of a statement those of the views that they name."""
        self._reading = reading
        self._changed = threading.Condition()
        self._written: set[str] = set()
        self._locked: set[str] = set()
        self._writers = 0
        self._exclusive = False

    @contextlib.contextmanager
    def hold(self, wanted: Plan, cancelled: Callable[[], bool]) -> Iterator[None]:
        with self._changed:
            while self._in_the_way(wanted):
                fail_if(cancelled(), CANCELLED)
                self._changed.wait(0.2)
            if wanted.changes:
                self._written |= wanted.writes
                self._locked |= wanted.locks
                self._writers += 1
                self._exclusive = wanted.ddl
        try:
            yield
        finally:
            if wanted.changes:
                with self._changed:
                    self._written -= wanted.writes
                    self._locked -= wanted.locks
                    self._writers -= 1
                    self._exclusive = False
                    self._changed.notify_all()

    def _in_the_way(self, wanted: Plan) -> bool:
        if self._locked and {table.partition(".")[2] for table in self._locked} & self._reading(wanted.words):
            return True
        if not wanted.changes:
            return False
        return self._exclusive or bool(self._writers if wanted.ddl else wanted.writes & self._written)

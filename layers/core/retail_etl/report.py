"""What became of a delivery, as it stands in `reports/`. Pure: the bucket is the ledger, this is its handwriting."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self


@dataclass(frozen=True)
class _Report:
    source_key: str
    etag: str
    started_at: str
    delivered_at: str | None = field(default=None, kw_only=True)

    def to_json(self) -> bytes:
        """The report as UTF-8 JSON, one field a line."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a report; fields that this version does not know are passed over."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in json.loads(text).items() if name in known})


@dataclass(frozen=True)
class CleanReport(_Report):
    """One delivery's cleaning. `rows_read == rows_clean + rows_rejected + duplicates_dropped`.

    `monthly_key` is the monthly file that is in force for the raw key: after a refusal, still the earlier one.
    `delivered_at` and `started_at` are ISO 8601 in UTC, `seconds` the wall time from the latter.
    """

    status: Literal["cleaned", "refused", "superseded", "withdrawn"]
    sequencer: str = ""
    month: str | None = None
    monthly_key: str | None = None
    rows_read: int = 0
    rows_clean: int = 0
    rows_rejected: int = 0
    duplicates_dropped: int = 0
    bytes_read: int = 0
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()
    recoded_lines: int = 0
    seconds: float = 0.0
    error: str | None = None

    def keeps(self, monthly_key: str) -> bool:
        """Whether this monthly file of the raw key is in force. A report of an event that came late does not know."""
        return self.status == "superseded" or self.monthly_key == monthly_key


@dataclass(frozen=True)
class LoadReport(_Report):
    """One monthly file's load. `etag` is the raw version's, `monthly_etag` the loaded object's.

    While `status` is `loading`, `attempt`, `statement_id` and `known_loads` (how many loads of this file and raw key
    the history held when the statement was sent) are what a retry needs to go on waiting.
    """

    status: Literal["loading", "loaded", "failed", "superseded", "withdrawn"]
    monthly_key: str
    monthly_etag: str
    load_id: str
    attempt: int = 1
    statement_id: str | None = None
    known_loads: int = 0
    month: str | None = None
    rows_clean: int | None = None
    rows_loaded: int = 0
    rows_already_present: int = 0
    rows_replaced: int = 0
    seconds: float = 0.0
    error: str | None = None
    load_errors: tuple[Mapping[str, Any], ...] = ()

"""What cleaning one file came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Cleaned:
    """Counts of one cleaned file; `rows_read == rows_clean + rows_rejected + duplicates_dropped` always.

    `refusal` says why the file as a whole must not be loaded (too many rejects, no clean row), else it is None.
    `months` are the months (`YYYY-MM`) that clean rows fall in; `first_day` and `last_day` are None without clean rows.
    """

    rows_read: int
    rows_clean: int
    rows_rejected: int
    duplicates_dropped: int
    reject_reasons: Mapping[str, int]
    ignored_columns: tuple[str, ...]
    recoded_lines: int
    months: frozenset[str]
    first_day: date | None
    last_day: date | None
    refusal: str | None

"""What every object is called. Pure: a key in, a key out.

Keys are data: nothing here escapes, decodes or normalises them beyond what the rules say.
"""

import base64
import re
from collections.abc import Collection
from hashlib import sha256

RAW = "raw/"
MONTHLY = "monthly_data/"
DASHBOARD = "dashboard_data/"
REJECTED = "rejected/"
REPORTS = "reports/"
STAGING = "staging/"
MANIFESTS = "manifests/"

MAX_KEY_BYTES = 1024  # S3 user guide, "Naming Amazon S3 objects"

_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS = {name.lower(): number for number, name in enumerate(_MONTH_NAMES, 1)} | {
    name[:3].lower(): number for number, name in enumerate(_MONTH_NAMES, 1)
}
_MONTH_IN_KEY = re.compile(
    r"(?<![0-9])(?P<iso_year>[0-9]{4})-(?P<iso_month>0[1-9]|1[0-2])(?:-[0-9]{2})?(?![0-9])"
    r"|(?<![a-z])(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")[-_](?P<year>[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)


def key_hash(raw_key: str) -> str:
    """The sha256 of a key as 64 hex digits: its identity where the key itself cannot stand."""
    return sha256(raw_key.encode("utf-8")).hexdigest()


def month_of_key(raw_key: str, months: Collection[str]) -> str | None:
    """The last month (`YYYY-MM`) that the key names, if it is one of `months`."""
    named = None
    for found in _MONTH_IN_KEY.finditer(raw_key):
        if found["name"]:
            named = f"{found['year']}-{_MONTHS[found['name'].lower()]:02}"
        else:
            named = f"{found['iso_year']}-{found['iso_month']}"
    return named if named in months else None


def delivery_month(raw_key: str, months: Collection[str]) -> str:
    """The month of a delivery: the one its key names, else that of its newest clean row. `months` is not empty."""
    return month_of_key(raw_key, months) or max(months)


def monthly_keys(raw_key: str, month: str, prefix: str) -> list[str]:
    """The names a monthly file may take, the first that no other raw key owns."""
    folders, _, _ = _below(raw_key).rpartition("/")
    year, number = month.split("-")
    stem = f"{prefix}_{_MONTH_NAMES[int(number) - 1][:3]}-{year}"
    identity = key_hash(raw_key)
    names = [f"{stem}.csv", f"{stem}_{identity[:8]}.csv", f"{stem}_{identity}.csv"]
    return [_cut(MONTHLY, folders, f"/{name}" if folders else name, raw_key) for name in names]


def latest_key(prefix: str) -> str:
    """Where a copy of the newest monthly file stands."""
    return f"{DASHBOARD}{prefix}_latest.csv"


def clean_report_key(raw_key: str) -> str:
    """Where the report on cleaning a raw key stands."""
    return _cut(REPORTS, _below(raw_key), ".clean.json", raw_key)


def load_report_key(raw_key: str) -> str:
    """Where the report on loading a raw key's monthly file stands."""
    return _cut(REPORTS, _below(raw_key), ".load.json", raw_key)


def load_report_key_by_hand(monthly_key: str) -> str:
    """Where the report on loading a monthly file stands that no raw key owns: someone put it there by hand."""
    return _cut(REPORTS, monthly_key, ".by_hand.load.json", monthly_key)


def rejects_key(raw_key: str) -> str:
    """Where the rejects of a raw key stand."""
    return _cut(REJECTED, _below(raw_key), ".rejects.csv", raw_key)


def staging_key(event_id: str) -> str:
    """Where the clean file of one event is written while its month is not known yet."""
    return f"{STAGING}{key_hash(event_id)}.csv"


def manifest_key(load_id: str) -> str:
    """Where COPY finds the one object of a load. Holds no character that SQL could take for its own."""
    return f"{MANIFESTS}{key_hash(load_id)}.json"


def to_metadata(text: str) -> str:
    """A key as the ASCII that S3 metadata needs; 1,024 bytes become 1,368, within its 2 KB."""
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii")


def from_metadata(text: str) -> str:
    """The key that `to_metadata` wrote."""
    return base64.urlsafe_b64decode(text).decode("utf-8")


def _below(raw_key: str) -> str:
    return raw_key.removeprefix(RAW)


def _cut(start: str, body: str, end: str, raw_key: str) -> str:
    key = start + body + end
    if len(key.encode()) <= MAX_KEY_BYTES:
        return key
    end = f"~{key_hash(raw_key)[:16]}{end}"
    return (start + body).encode()[: MAX_KEY_BYTES - len(end.encode())].decode("utf-8", "ignore") + end

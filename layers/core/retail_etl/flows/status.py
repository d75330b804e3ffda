"""Where a delivery stands, read from the bucket alone: the warehouse is not woken for it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from retail_etl import naming
from retail_etl.adapters.store import ObjectHead, ObjectStore
from retail_etl.flows.clean import read_clean_report
from retail_etl.report import CleanReport, LoadReport

Stage = Literal["waiting", "cleaned", "loading", "loaded", "refused", "failed", "superseded", "withdrawn"]


@dataclass(frozen=True)
class Delivery:
    """One raw object and what became of it. The reports are None until there is one for this version."""

    raw: ObjectHead
    stage: Stage
    clean: CleanReport | None
    load: LoadReport | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.stage in ("loaded", "refused", "failed", "superseded", "withdrawn")

    @property
    def since(self) -> str:
        """When it got there, ISO 8601 in UTC."""
        last = self.load or self.clean
        return last.started_at if last else self.raw.modified.isoformat(timespec="seconds")

    @property
    def reason(self) -> str | None:
        """Why it was refused, failed or superseded."""
        last = self.load or self.clean
        return last.error if last else None


def delivery(bucket: ObjectStore, raw_key: str) -> Delivery | None:
    """The delivery under a raw key, or None if there is no such object."""
    raw = bucket.head(raw_key)
    if raw is None:
        return None
    clean, _ = read_clean_report(bucket, raw_key)
    # The same content delivered again has the same etag.
    delivered_at = raw.modified.isoformat(timespec="seconds")
    if clean is None or (clean.etag, clean.delivered_at or delivered_at) != (raw.etag, delivered_at):
        return Delivery(raw, "waiting", None, None)
    if clean.status != "cleaned":
        return Delivery(raw, clean.status, clean, None)
    found = bucket.read(naming.load_report_key(raw_key))
    load = LoadReport.from_json(found[0]) if found else None
    if load is None or not _is_load_of(load, clean):
        return Delivery(raw, "cleaned", clean, None)
    return Delivery(raw, load.status, clean, load)


def _is_load_of(load: LoadReport, clean: CleanReport) -> bool:
    # A withdrawn load is the past of a delivery that a replay has taken up again.
    return load.status != "withdrawn" and (load.etag, load.delivered_at, load.monthly_key) == (
        clean.etag,
        clean.delivered_at,
        clean.monthly_key,
    )


def deliveries(bucket: ObjectStore, newest: int) -> list[Delivery]:
    """The newest deliveries, newest first."""
    raw = [item for item in bucket.list(naming.RAW) if not (item.key.endswith("/") and item.size == 0)]
    raw.sort(key=lambda item: (item.modified, item.key), reverse=True)
    with ThreadPoolExecutor(max_workers=8) as readers:
        found = readers.map(lambda item: delivery(bucket, item.key), raw[:newest])
    return [item for item in found if item]

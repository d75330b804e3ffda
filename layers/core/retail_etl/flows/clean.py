"""From one raw object to its monthly file, rejects and report.

Order matters, because a crash can come between any two calls:

1. The clean file and the rejects are uploaded without becoming visible (the month is known last).
2. The rejects become visible, then the report, each on the condition that nobody else has written it meanwhile. The
   report names the monthly file that is in force from now on: the load takes no other of this raw key.
3. The monthly file becomes visible, whole, on the condition that its name is still free or this raw key's own.
4. The latest file follows.

A retry after a crash does all of it again and ends in the same state. Two versions of one raw key at once: the older
one sees that the raw object or the report has changed, and stops.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from retail_etl import naming
from retail_etl.adapters.store import Condition, Conflict, Gone, ObjectHead, ObjectStore
from retail_etl.contract import Contract
from retail_etl.errors import DeliveryRefused, Superseded, TransientError
from retail_etl.notifications import ObjectCreated, is_older, is_replay
from retail_etl.report import CleanReport

if TYPE_CHECKING:
    from retail_etl.cleaning import Cleaned

CSV = "text/csv; charset=utf-8"
JSON = "application/json"
_RACES = 8  # how often a name may be lost to another writer before the queue's retry takes over


def clean_delivery(
    created: ObjectCreated, bucket: ObjectStore, contract: Contract, max_rows: int | None = None
) -> CleanReport:
    """Clean one delivery and leave its outputs in the bucket; a file of more than `max_rows` rows is refused.

    Returns the report as it stands in the bucket: `cleaned`, `refused`, or `superseded` when the event names a
    version that is not there any more.

    Raises:
        TransientError: another event of the same raw key got in between; try again.
    """
    clock, started_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    report = CleanReport(
        status="superseded",
        source_key=created.key,
        etag=created.etag,
        sequencer=created.sequencer,
        started_at=started_at,
    )
    try:
        raw = bucket.head(created.key)
        if raw is None:
            raise Superseded("the object was deleted before it was cleaned")
        if created.etag and raw.etag != created.etag:
            raise Superseded(f"the object has changed since this event: it is now version {raw.etag}")
        delivered_at = raw.modified.isoformat(timespec="seconds")
        report = replace(report, etag=raw.etag, delivered_at=delivered_at, bytes_read=raw.size)
        earlier, _ = read_clean_report(bucket, created.key)
        if earlier and is_older(created.sequencer, earlier.sequencer):
            raise Superseded("a later event of this object was handled already")
        if earlier and earlier.status == "withdrawn" and not created.is_replay:
            # Or the same content came again: S3 keeps whole seconds; a sequencer, where there is one, tells more.
            same = (earlier.etag, earlier.delivered_at) == (raw.etag, delivered_at)
            if same and not is_older(earlier.sequencer, created.sequencer):
                raise Superseded("the delivery was withdrawn; `etl replay` takes it up again")
        return _clean(raw, report, bucket, contract, clock, max_rows)
    except (Superseded, Gone) as reason:
        report = replace(report, seconds=round(time.monotonic() - clock, 3), error=str(reason))
        # Only where nothing is known of the key yet: whoever came later tells more.
        with suppress(Conflict):
            bucket.write(naming.clean_report_key(created.key), report.to_json(), JSON, Condition(None))
        return report


def read_clean_report(bucket: ObjectStore, raw_key: str) -> tuple[CleanReport | None, Condition]:
    """The report on a raw key, if there is one, and the condition for writing it next."""
    found = bucket.read(naming.clean_report_key(raw_key))
    if found is None:
        return None, Condition(None)
    return CleanReport.from_json(found[0]), Condition(found[1])


def _clean(
    raw: ObjectHead,
    report: CleanReport,
    bucket: ObjectStore,
    contract: Contract,
    clock: float,
    max_rows: int | None,
) -> CleanReport:
    # pandas and pyarrow come with the engine: the other functions never load them.
    from retail_etl.cleaning import clean

    rejects_key = naming.rejects_key(raw.key)
    rejects_before = bucket.head(rejects_key)
    staging_key = naming.staging_key(f"{raw.key} {raw.etag} {report.sequencer}")
    with (
        bucket.open(raw.key, raw.etag) as content,
        bucket.upload(staging_key, CSV) as clean_out,
        bucket.upload(rejects_key, CSV) as rejects_out,
    ):
        try:
            cleaned = clean(content, contract, clean_out=clean_out, rejects_out=rejects_out, max_rows=max_rows)
        except DeliveryRefused as refusal:
            report = replace(report, status="refused", error=str(refusal))
            return _write_report(report, raw, bucket, clock)
        try:
            rejects_out.complete(Condition(rejects_before.etag if rejects_before else None))
        except Conflict as error:
            raise TransientError(str(error)) from error
        report = replace(
            report,
            status="refused" if cleaned.refusal else "cleaned",
            rows_read=cleaned.rows_read,
            rows_clean=cleaned.rows_clean,
            rows_rejected=cleaned.rows_rejected,
            duplicates_dropped=cleaned.duplicates_dropped,
            reject_reasons=dict(cleaned.reject_reasons),
            ignored_columns=cleaned.ignored_columns,
            recoded_lines=cleaned.recoded_lines,
            error=cleaned.refusal,
        )
        if cleaned.refusal:
            return _write_report(report, raw, bucket, clock)
        clean_out.complete()
    report = replace(report, month=naming.delivery_month(raw.key, cleaned.months))
    return _publish(report, cleaned, staging_key, raw, bucket, contract, clock)


def _write_report(report: CleanReport, raw: ObjectHead, bucket: ObjectStore, clock: float) -> CleanReport:
    """Report on this version of the raw object, unless it has been superseded by now.

    A report that names no monthly file keeps the one that was in force: a refusal changes nothing. A replay has no
    place among the events of S3, so its report keeps the one that was handled last.
    """
    earlier, unchanged = read_clean_report(bucket, raw.key)
    now = bucket.head(raw.key)
    if now and now.etag != raw.etag:
        raise Superseded(f"the object has changed while it was cleaned: it is now version {now.etag}")
    if earlier:
        report = replace(
            report,
            monthly_key=report.monthly_key or _left_in_force(earlier, raw.key, bucket),
            sequencer=earlier.sequencer if is_replay(report.sequencer) else report.sequencer,
        )
    report = replace(report, seconds=round(time.monotonic() - clock, 3))
    try:
        bucket.write(naming.clean_report_key(raw.key), report.to_json(), JSON, unchanged)
    except Conflict as error:
        raise TransientError(str(error)) from error
    return report


def _left_in_force(earlier: CleanReport, raw_key: str, bucket: ObjectStore) -> str | None:
    """The monthly file that a refusal leaves in force.

    The one that the report names, unless whoever wrote that died before the file became visible: then the one before.
    """
    if earlier.monthly_key is None:
        return None
    folder, _, _ = earlier.monthly_key.rpartition("/")
    for key in chain([earlier.monthly_key], (item.key for item in bucket.list(f"{folder}/"))):
        head = bucket.head(key)
        if head and head.metadata.get("raw_key_sha256") == naming.key_hash(raw_key):
            return key
    return None


def _publish(
    report: CleanReport,
    cleaned: "Cleaned",
    staging_key: str,
    raw: ObjectHead,
    bucket: ObjectStore,
    contract: Contract,
    clock: float,
) -> CleanReport:
    metadata = {
        "raw_key": naming.to_metadata(raw.key),
        "raw_key_sha256": naming.key_hash(raw.key),
        "raw_etag": raw.etag,
        "month": report.month or "",
        "rows_clean": str(cleaned.rows_clean),
        "first_purchase_date": str(cleaned.first_day),
        "last_purchase_date": str(cleaned.last_day),
    }
    staged = bucket.head(staging_key)
    if staged is None:
        raise TransientError(f"{staging_key} was taken away before it was published")
    for _ in range(_RACES):
        key, unchanged = _own_name(report, raw.key, bucket, contract)
        report = _write_report(replace(report, monthly_key=key), raw, bucket, clock)
        try:
            bucket.copy(staged, key, metadata=metadata, condition=unchanged)
        except Conflict:
            continue
        refresh_latest(key, bucket, naming.latest_key(contract.monthly_file_prefix))
        bucket.delete(staging_key)
        return report
    raise TransientError(f"other writers kept taking the name of the monthly file of {raw.key}")


def _own_name(report: CleanReport, raw_key: str, bucket: ObjectStore, contract: Contract) -> tuple[str, Condition]:
    """The name of the monthly file that is free or this raw key's own, and the condition that it still is."""
    names = naming.monthly_keys(raw_key, report.month or "", contract.monthly_file_prefix)
    found = [(name, bucket.head(name)) for name in names[:2]]
    for name, there in found:
        if there and there.metadata.get("raw_key_sha256") == naming.key_hash(raw_key):
            return name, Condition(there.etag)
    for name, there in found:
        if there is None:
            return name, Condition(None)
    # Two raw keys with the same first 32 bits of sha256, or a file that someone named so by hand.
    last = bucket.head(names[2])
    return names[2], Condition(last.etag if last else None)


def refresh_latest(monthly_key: str, bucket: ObjectStore, latest_key: str) -> None:
    """Have the latest file be a copy of the monthly file with the newest purchase date, then the greatest raw key."""
    for _ in range(_RACES):
        latest, newest = bucket.head(latest_key), bucket.head(monthly_key)
        if newest is None:
            return
        if latest and rank(latest.metadata) > rank(newest.metadata):
            owner = newest.metadata["raw_key_sha256"]
            if latest.metadata.get("raw_key_sha256") != owner:
                return
            # This raw key held the latest file and has got older: any other may be the newest now.
            heads = (bucket.head(item.key) for item in bucket.list(naming.MONTHLY))
            others = (head for head in heads if head and head.metadata.get("raw_key_sha256") != owner)
            newest = max((newest, *others), key=lambda head: rank(head.metadata))
        try:
            bucket.copy(
                newest, latest_key, metadata=newest.metadata, condition=Condition(latest.etag if latest else None)
            )
        except (Conflict, Gone):
            continue
        return
    raise TransientError(f"other writers kept changing {latest_key}")


def rank(metadata: Mapping[str, str]) -> tuple[str, str]:
    """What orders monthly files by age: the newest purchase date, then the raw key."""
    if "raw_key" not in metadata:
        return ("", "")
    return metadata["last_purchase_date"], naming.from_metadata(metadata["raw_key"])

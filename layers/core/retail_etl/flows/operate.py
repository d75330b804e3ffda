"""What an operator does: have deliveries run again, take one back, bring in files that were there before."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from retail_etl import naming
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Queue
from retail_etl.adapters.store import Condition, ObjectHead
from retail_etl.errors import EtlError
from retail_etl.flows.clean import JSON, rank, read_clean_report
from retail_etl.notifications import ObjectCreated, objects_created
from retail_etl.report import CleanReport


class NothingToDo(EtlError):
    """There is nothing that the command could act on."""


def replay(bucket: Bucket, raw_queue: Queue, raw_keys: Iterable[str]) -> list[str]:
    """Have deliveries run again as they are in the bucket now, and return their keys.

    Each becomes a new event, which idempotency does not take for a repeat.
    """
    sent = []
    for raw_key in raw_keys:
        raw = bucket.head(raw_key)
        if raw is None:
            raise NothingToDo(f"there is no {bucket.uri(raw_key)}")
        raw_queue.send(ObjectCreated(bucket.name, raw.key, raw.etag).replayed())
        sent.append(raw_key)
    return sent


def delivered_since(bucket: Bucket, since: datetime) -> list[str]:
    """The keys of the deliveries that arrived at or after a moment."""
    return [raw.key for raw in raw_objects(bucket, naming.RAW) if raw.modified >= since]


def not_handled(bucket: Bucket, prefix: str) -> list[str]:
    """The raw keys below a prefix that nothing has reported on: files that were there before the stack."""
    return [raw.key for raw in raw_objects(bucket, prefix) if read_clean_report(bucket, raw.key)[0] is None]


def redrive(dead_letters: Queue, queue: Queue) -> Iterator[ObjectCreated]:
    """Send what is in a dead-letter queue to its queue again, as new events; yield each.

    A message that announces nothing is dropped; one that cannot be read stops the redrive and stays.
    """
    for body in dead_letters.take():
        for created in objects_created(body):
            queue.send(created.replayed())
            yield created


def withdraw(bucket: Bucket, monthly_queue: Queue, raw_key: str) -> CleanReport:
    """Take a delivery back: mark it as withdrawn, and have the load take its rows out and delete its monthly file.

    The raw file stays. A replay, or a new version under the same key, takes it up again.

    Raises:
        NothingToDo: nothing of this key was ever cleaned, or it is withdrawn already.
        Conflict: it is being cleaned right now; try again.
    """
    report, unchanged = read_clean_report(bucket, raw_key)
    if report is None or report.monthly_key is None:
        raise NothingToDo(f"nothing of {raw_key} is in the warehouse")
    withdrawn = replace(
        report, status="withdrawn", monthly_key=None, error=f"withdrawn at {datetime.now(UTC).isoformat()}"
    )
    bucket.write(naming.clean_report_key(raw_key), withdrawn.to_json(), JSON, unchanged)
    # Not only the file in force: its month may just be changing, and the file in the table be another.
    for item in bucket.list(report.monthly_key.rpartition("/")[0] + "/"):
        monthly = bucket.head(item.key)
        if monthly and monthly.metadata.get("raw_key_sha256") == naming.key_hash(raw_key):
            monthly_queue.send(ObjectCreated(bucket.name, monthly.key, monthly.etag).replayed())
    return report


def renew_latest(bucket: Bucket, latest_key: str) -> None:
    """Have the latest file be a copy of the newest monthly file that is left, after one was taken away."""
    latest = bucket.head(latest_key)
    heads = [head for item in bucket.list(naming.MONTHLY) if (head := bucket.head(item.key))]
    if heads:
        newest = max(heads, key=lambda head: rank(head.metadata))
        bucket.copy(newest, latest_key, metadata=newest.metadata, condition=Condition(latest.etag if latest else None))
    elif latest:
        bucket.delete(latest_key, latest.etag)


def raw_objects(bucket: Bucket, prefix: str) -> Iterator[ObjectHead]:
    """The deliveries below a prefix, without folder markers."""
    for item in bucket.list(prefix):
        if not (item.key.endswith("/") and item.size == 0):
            yield item

"""clean_raw against moto: what one delivery leaves in the bucket, and what events may do to it."""

import csv
import io
import json
from typing import Any

import boto3
import pytest

from functions.clean_raw.handler import handler
from retail_etl import naming
from retail_etl.adapters.bucket import Bucket
from retail_etl.notifications import ObjectCreated
from retail_etl.report import CleanReport
from tests.handlers.conftest import BUCKET, SAMPLE, Context, put

HEADER = (
    b"Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    b"Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)


def _row(customer: str, day: str = "2025-06-15", amount: str = "10.00") -> bytes:
    return f"{customer},30,Male,Berlin,Home,Lamp,{day},{amount},UPI,Yes,5,No\n".encode()


def _sqs(*events: ObjectCreated) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "",
                "body": json.dumps(created.notification()),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for number, created in enumerate(events)
        ]
    }


def _report(bucket: Bucket, raw_key: str) -> CleanReport:
    found = bucket.read(naming.clean_report_key(raw_key))
    assert found is not None
    return CleanReport.from_json(found[0])


def _rows(bucket: Bucket, key: str) -> list[dict[str, str]]:
    found = bucket.read(key)
    assert found is not None
    return list(csv.DictReader(io.StringIO(found[0].decode("utf-8"))))


def test_a_delivery_becomes_monthly_file_latest_rejects_and_report(bucket: Bucket, context: Context) -> None:
    created = put(bucket, "raw/north/purchases 2025-06.csv", SAMPLE.read_bytes())
    answer = handler(_sqs(created), context)

    assert answer == {"batchItemFailures": []}
    report = _report(bucket, created.key)
    assert report.status == "cleaned"
    assert report.source_key == created.key
    assert report.etag == created.etag
    assert report.month == "2025-06"
    assert report.monthly_key == "monthly_data/north/walmart_customer_Jun-2025.csv"
    assert report.rows_read == report.rows_clean + report.rows_rejected + report.duplicates_dropped == 1000
    assert min(report.rows_rejected, report.duplicates_dropped) > 0
    rows = _rows(bucket, report.monthly_key)
    assert len(rows) == report.rows_clean
    assert _rows(bucket, "dashboard_data/walmart_customer_latest.csv") == rows
    assert len(_rows(bucket, "rejected/north/purchases 2025-06.csv.rejects.csv")) == report.rows_rejected
    head = bucket.head(report.monthly_key)
    assert head is not None
    assert dict(head.metadata) == {
        "raw_key": naming.to_metadata(created.key),
        "raw_key_sha256": naming.key_hash(created.key),
        "raw_etag": created.etag,
        "month": "2025-06",
        "rows_clean": str(report.rows_clean),
        "first_purchase_date": min(row["purchase_date"] for row in rows),
        "last_purchase_date": max(row["purchase_date"] for row in rows),
    }
    assert [item.key for item in bucket.list("staging/")] == []
    assert [item.key for item in bucket.list("raw/")] == [created.key]


def test_a_bare_event_without_version_is_handled(bucket: Bucket, context: Context) -> None:
    put(bucket, "raw/a 2025-06.csv", HEADER + _row("c1"))
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": "raw/a+2025-06.csv"}},
    }
    handler({"Records": [record]}, context)
    assert _report(bucket, "raw/a 2025-06.csv").rows_clean == 1


def test_an_event_that_names_no_version_is_handled_each_time(bucket: Bucket, context: Context) -> None:
    for customer in ("c1", "c2"):
        put(bucket, "raw/2025-06.csv", HEADER + _row(customer))
        handler(_sqs(ObjectCreated(BUCKET, "raw/2025-06.csv")), context)
        assert [row["customer_id"] for row in _rows(bucket, "monthly_data/walmart_customer_Jun-2025.csv")] == [customer]


def test_the_events_that_announce_nothing_pass_quietly(bucket: Bucket, context: Context) -> None:
    bodies = ['{"Event": "s3:TestEvent"}', json.dumps(ObjectCreated(BUCKET, "raw/folder/").notification())]
    event = _sqs(*[ObjectCreated(BUCKET, "x")] * 2)
    for record, body in zip(event["Records"], bodies, strict=True):
        record["body"] = body
    assert handler(event, context) == {"batchItemFailures": []}
    assert list(bucket.list("")) == []


def test_every_record_is_handled_and_only_the_failed_one_comes_again(bucket: Bucket, context: Context) -> None:
    good = [put(bucket, f"raw/{name} 2025-06.csv", HEADER + _row(name)) for name in "ab"]
    event = _sqs(good[0], good[0], good[1])
    event["Records"][1]["body"] = "no notification"
    assert handler(event, context) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert [_report(bucket, created.key).status for created in good] == ["cleaned", "cleaned"]


def test_a_batch_that_fails_whole_does_not_crash(bucket: Bucket, context: Context) -> None:
    event = _sqs(ObjectCreated(BUCKET, "raw/a.csv"))
    event["Records"][0]["body"] = "no notification"
    assert handler(event, context) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_a_bare_event_that_fails_raises(bucket: Bucket, context: Context) -> None:
    with pytest.raises(Exception, match=r"404|NoSuchBucket"):
        handler(ObjectCreated("nowhere-000", "raw/a.csv", "e").notification(), context)


def test_a_repeated_event_is_answered_from_memory(bucket: Bucket, context: Context) -> None:
    created = put(bucket, "raw/2025-06.csv", HEADER + _row("c1"), "0A")
    handler(_sqs(created), context)
    bucket.delete("monthly_data/walmart_customer_Jun-2025.csv")
    handler(_sqs(created, created), context)
    assert bucket.head("monthly_data/walmart_customer_Jun-2025.csv") is None
    replay = ObjectCreated(BUCKET, created.key, created.etag, "replay-1")
    handler(_sqs(replay), context)
    assert bucket.head("monthly_data/walmart_customer_Jun-2025.csv") is not None


@pytest.mark.parametrize(
    ("content", "rows_read", "error"),
    [
        (b"", 0, "."),
        (b"a,b\n1,2\n", 0, "column"),
        (HEADER + _row("c1", amount="x"), 1, "."),
    ],
    ids=["empty", "other columns", "all rejected"],
)
def test_a_refusal_keeps_what_an_earlier_version_left(
    bucket: Bucket, context: Context, content: bytes, rows_read: int, error: str
) -> None:
    handler(_sqs(put(bucket, "raw/2025-06.csv", HEADER + _row("c1"))), context)
    before = bucket.read("monthly_data/walmart_customer_Jun-2025.csv")
    refused = put(bucket, "raw/2025-06.csv", content)
    assert handler(_sqs(refused), context) == {"batchItemFailures": []}
    report = _report(bucket, "raw/2025-06.csv")
    assert report.status == "refused"
    assert report.etag == refused.etag
    assert report.rows_read == rows_read
    assert report.error
    assert bucket.read("monthly_data/walmart_customer_Jun-2025.csv") == before
    assert report.monthly_key == "monthly_data/walmart_customer_Jun-2025.csv"


def test_a_file_too_large_for_the_function_is_refused_before_it_fails(bucket: Bucket, context: Context) -> None:
    context.memory_limit_in_mb = 128
    handler(_sqs(put(bucket, "raw/2025-06.csv", HEADER + _row("c1"))), context)
    report = _report(bucket, "raw/2025-06.csv")
    assert report.status == "refused"
    assert "memory" in str(report.error)


def test_two_raw_keys_of_one_month_never_overwrite_each_other(bucket: Bucket, context: Context) -> None:
    first = put(bucket, "raw/shop-1 2025-06.csv", HEADER + _row("c1"))
    second = put(bucket, "raw/shop-2 2025-06.csv", HEADER + _row("c2"))
    handler(_sqs(first, second), context)
    names = [_report(bucket, created.key).monthly_key for created in (first, second)]
    hashed = f"monthly_data/walmart_customer_Jun-2025_{naming.key_hash(second.key)[:8]}.csv"
    assert names == ["monthly_data/walmart_customer_Jun-2025.csv", hashed]
    again = put(bucket, second.key, HEADER + _row("c3"))
    handler(_sqs(again), context)
    assert [row["customer_id"] for row in _rows(bucket, hashed)] == ["c3"]
    assert [row["customer_id"] for row in _rows(bucket, names[0] or "")] == ["c1"]


def test_latest_is_the_file_with_the_newest_purchase(bucket: Bucket, context: Context) -> None:
    def deliver(key: str, day: str) -> None:
        handler(_sqs(put(bucket, key, HEADER + _row(key[4:8], day))), context)

    def latest() -> str:
        return _rows(bucket, "dashboard_data/walmart_customer_latest.csv")[0]["purchase_date"]

    deliver("raw/june.csv", "2025-06-15")
    deliver("raw/may.csv", "2025-05-15")
    assert latest() == "2025-06-15"
    deliver("raw/july.csv", "2025-07-15")
    assert latest() == "2025-07-15"
    deliver("raw/july.csv", "2025-04-01")
    assert latest() == "2025-06-15"


@pytest.mark.parametrize("how", ["changed", "deleted", "later event"])
def test_an_event_older_than_its_object_is_superseded(bucket: Bucket, context: Context, how: str) -> None:
    old = put(bucket, "raw/2025-06.csv", HEADER + _row("c1"), "0A")
    match how:
        case "changed":
            bucket.write(old.key, HEADER + _row("c2"), "text/csv")
        case "deleted":
            bucket.delete(old.key)
        case "later event":
            handler(_sqs(ObjectCreated(BUCKET, old.key, old.etag, "0B")), context)
            bucket.delete("monthly_data/walmart_customer_Jun-2025.csv")
    assert handler(_sqs(old), context) == {"batchItemFailures": []}
    assert list(bucket.list("monthly_data/")) == []
    assert _report(bucket, old.key).status == ("cleaned" if how == "later event" else "superseded")


def test_a_version_that_arrives_while_an_older_one_is_cleaned_wins(
    bucket: Bucket, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = put(bucket, "raw/2025-06.csv", HEADER + _row("c1"))
    real_complete = bucket.__class__.write
    raced: list[ObjectCreated] = []

    def write(self: Bucket, key: str, *arguments: Any) -> str:
        if key.startswith("reports/") and not raced:
            raced.append(put(bucket, old.key, HEADER + _row("c2", day="2025-05-15")))
            handler(_sqs(raced[0]), context)
        return real_complete(self, key, *arguments)

    monkeypatch.setattr(Bucket, "write", write)
    failures = handler(_sqs(old), context)["batchItemFailures"]
    assert failures, "the older one lost the race for the report and comes again"
    assert handler(_sqs(old), context) == {"batchItemFailures": []}
    assert _report(bucket, old.key).etag == raced[0].etag
    assert [item.key for item in bucket.list("monthly_data/")] == ["monthly_data/walmart_customer_May-2025.csv"]


def test_nothing_is_left_of_a_cleaning_that_crashed(
    bucket: Bucket, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = put(bucket, "raw/2025-06.csv", HEADER + _row("c1"))

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        patch.setattr("retail_etl.cleaning.clean", crash)
        assert handler(_sqs(created), context)["batchItemFailures"]
    uploads = boto3.client("s3").list_multipart_uploads(Bucket=BUCKET)
    assert "Uploads" not in uploads
    assert [item.key for item in bucket.list("")] == [created.key]
    assert handler(_sqs(created), context) == {"batchItemFailures": []}
    assert _report(bucket, created.key).status == "cleaned"

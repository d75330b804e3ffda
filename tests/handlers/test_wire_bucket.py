"""wire_bucket against moto: what a bucket that was there before announces, and to whom."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.wire_bucket.handler import handler
from tests.handlers.conftest import Context

BUCKET = "made-by-hand"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def queue(name: str) -> str:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn


def request(kind: str, context: Context, raw: str, monthly: str, bucket: str = BUCKET) -> None:
    properties = {"Bucket": bucket, "Queues": {"raw/": raw, "monthly_data/": monthly}}
    handler({"RequestType": kind, "ResourceProperties": properties}, context)


def wired(s3: Any) -> dict[str, str]:
    found = s3.get_bucket_notification_configuration(Bucket=BUCKET)
    return {
        item["Filter"]["Key"]["FilterRules"][0]["Value"]: item["QueueArn"]
        for item in found.get("QueueConfigurations", ())
    }


def announce(s3: Any, prefix: str, arn: str) -> None:
    """Wire the bucket as somebody else would."""
    rule = {"Name": "prefix", "Value": prefix}
    other = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [rule]}}}
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [other]})


def test_both_prefixes_are_announced_and_a_retry_changes_nothing(s3: Any, context: Context) -> None:
    raw, monthly = queue("raw"), queue("monthly")
    for _ in range(2):
        request("Create", context, raw, monthly)
        assert wired(s3) == {"raw/": raw, "monthly_data/": monthly}


def test_what_others_are_told_stays(s3: Any, context: Context) -> None:
    other, raw, monthly = queue("other"), queue("raw"), queue("monthly")
    announce(s3, "invoices/", other)
    request("Create", context, raw, monthly)
    assert wired(s3) == {"invoices/": other, "raw/": raw, "monthly_data/": monthly}
    request("Delete", context, raw, monthly)
    assert wired(s3) == {"invoices/": other}


def test_a_queue_of_an_earlier_stack_gives_way(s3: Any, context: Context) -> None:
    announce(s3, "raw/", queue("earlier"))
    raw, monthly = queue("raw"), queue("monthly")
    request("Create", context, raw, monthly)
    assert wired(s3) == {"raw/": raw, "monthly_data/": monthly}


def test_a_bucket_that_is_gone_does_not_keep_the_stack_from_going(s3: Any, context: Context) -> None:
    request("Delete", context, "arn:aws:sqs:us-east-1:1:raw", "arn:aws:sqs:us-east-1:1:monthly", bucket="gone")

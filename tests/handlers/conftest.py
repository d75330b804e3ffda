"""What every handler test stands on: moto's S3, SQS and DynamoDB, and the environment that template.yaml gives."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from retail_etl.adapters.bucket import Bucket
from retail_etl.notifications import ObjectCreated

BUCKET = "walmart-sales-dashboard-000000000000"
SAMPLE = Path(__file__).parents[2] / "samples" / "purchases_sample.csv"


@dataclass
class Context:
    """A Lambda context with as much time left as a test wants."""

    function_name: str = "function"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:function"
    aws_request_id: str = "request"
    seconds: float = 60.0
    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.seconds - (time.monotonic() - self.began)) * 1000)


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS as moto plays it, and nothing of the machine's own."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "IDEMPOTENCY_TABLE": "idempotency",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("dynamodb").create_table(
            TableName="idempotency",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        topic = boto3.client("sns").create_topic(Name="alerts")
        monkeypatch.setenv("ALERT_TOPIC_ARN", topic["TopicArn"])
        queue = boto3.client("sqs").create_queue(QueueName="queue")
        monkeypatch.setenv("QUEUE_URL", queue["QueueUrl"])
        yield


@pytest.fixture
def bucket(environment: None) -> Bucket:
    return Bucket(boto3.client("s3"), BUCKET)


def put(bucket: Bucket, key: str, content: bytes, sequencer: str = "") -> ObjectCreated:
    """Write an object and return the event that announces it."""
    return ObjectCreated(bucket.name, key, bucket.write(key, content, "text/csv"), sequencer)

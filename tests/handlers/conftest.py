"""What every handler test stands on: moto's S3, SQS and DynamoDB, and the environment that template.yaml gives."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


@dataclass
class CloudFormation:
    """The other end of a ResponseURL, and of the event bus."""

    url: str
    answers: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    hangs_up: int = 0  # so many times more


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            length = int(self.headers["Content-Length"])
            if found.hangs_up:
                found.hangs_up -= 1
                self.close_connection = True
                return
            found.sizes.append(length)
            found.answers.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            assert self.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
            found.events.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Entries"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}')

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = CloudFormation(f"http://127.0.0.1:{server.server_port}/answer")
    monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", found.url)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def put(bucket: Bucket, key: str, content: bytes, sequencer: str = "") -> ObjectCreated:
    """Write an object and return the event that announces it."""
    return ObjectCreated(bucket.name, key, bucket.write(key, content, "text/csv"), sequencer)

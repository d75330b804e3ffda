"""SQS, EventBridge and SNS: what the pipeline tells itself and its people."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from retail_etl.alerts import Message
from retail_etl.errors import TransientError
from retail_etl.notifications import ObjectCreated

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

EVENT_SOURCE = "retail.etl"
LOAD_COMMITTED = "Load Committed"
RELEASE_DEPLOYED = "Release Deployed"


class Queue:
    """One SQS queue of object notifications."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, created: ObjectCreated, delay_seconds: int = 0) -> None:
        """Have an object handled as if S3 had just announced it, after at most 900 seconds."""
        self._client.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(created.notification()), DelaySeconds=delay_seconds
        )

    def depth(self) -> int:
        """About how many messages wait here."""
        name: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
        return int(self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])["Attributes"][name])

    def take(self) -> Iterator[str]:
        """The bodies of the messages that wait, each taken off the queue once the caller asks for the next."""
        while messages := self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages"):
            for message in messages:
                yield message["Body"]
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def return_after(self, receipt_handle: str, seconds: int) -> None:
        """Let a message that is being handled come back sooner (or later) than its visibility timeout says."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


class Topic:
    """One SNS topic that people read."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, message: Message) -> None:
        """Publish a message. SNS takes subjects of 1 to 99 ASCII characters without line breaks."""
        subject = " ".join(message.subject.encode("ascii", "replace").decode().split())[:99]
        self._client.publish(TopicArn=self._arn, Subject=subject, Message=message.text)


class EventBus:
    """One EventBridge bus."""

    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        self._client = client
        self._name = name

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Send one event.

        Raises:
            TransientError: the bus did not take it; PutEvents answers 200 even then.
        """
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": EVENT_SOURCE,
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail),
                }
            ]
        )
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise TransientError(f"event {detail_type!r} was not taken: {entry.get('ErrorMessage')}")

"""S3: which queue a bucket tells of which objects."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Notifications:
    """What one bucket announces. Whatever else it announces, and to whom, is left alone."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def announce(self, queues: Mapping[str, str]) -> None:
        """Have every object that is created under a prefix announced to its queue, by ARN, and to no other queue.

        A queue that was told of the same prefix until now no longer is: it belonged to an earlier stack. Anything
        else that is told of it makes S3 refuse, since two may not be told of the same object.
        """
        wired, others = self._wired()
        kept = [item for item in others if _prefix(item) not in queues]
        own = [
            {
                "QueueArn": arn,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
            }
            for prefix, arn in queues.items()
        ]
        self._write({**wired, "QueueConfigurations": [*kept, *own]})

    def silence(self, queues: Mapping[str, str]) -> None:
        """Announce nothing to these queues any more; nothing happens where the bucket is gone."""
        try:
            wired, others = self._wired()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return
            raise
        kept = [item for item in others if item["QueueArn"] not in queues.values()]
        self._write({**wired, "QueueConfigurations": kept})

    def _wired(self) -> tuple[dict[str, Any], list[Any]]:
        """What the bucket announces, queues apart."""
        found: dict[str, Any] = {**self._client.get_bucket_notification_configuration(Bucket=self._bucket)}
        found.pop("ResponseMetadata", None)
        return found, found.pop("QueueConfigurations", [])

    def _write(self, wired: Mapping[str, Any]) -> None:
        self._client.put_bucket_notification_configuration(
            Bucket=self._bucket,
            NotificationConfiguration=wired,  # type: ignore[arg-type] # as S3 gave it
        )


def _prefix(configuration: Mapping[str, Any]) -> str:
    rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    return next((rule["Value"] for rule in rules if rule["Name"].lower() == "prefix"), "")

"""Events as they reach a function, and the deliveries in them. Pure.

A function is given S3 notifications bare (`sam local generate-event s3 put`, a console test) or wrapped in SQS
messages, one notification with any number of records in each.
"""

import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, unquote_plus
from uuid import uuid4

_REPLAY = "replay-"
# What `sam local generate-event s3 put` writes where S3 names the version: it names none.
_PLACEHOLDERS = frozenset({"0123456789abcdef0123456789abcdef", "0A1B2C3D4E5F678901"})


@dataclass(frozen=True)
class ObjectCreated:
    """One version of one object, as a notification names it. `key` is decoded; `etag` has no quotes.

    `etag` and `sequencer` are empty where the sender left them out, as some emulators do.
    """

    bucket: str
    key: str
    etag: str = ""
    sequencer: str = ""

    @property
    def id(self) -> str:
        """The same for every copy of one event, another for a later event, whatever it says of the same key."""
        return sha256(f"{self.bucket}\n{self.key}\n{self.etag}\n{self.sequencer}".encode()).hexdigest()

    @property
    def is_replay(self) -> bool:
        """Whether someone asked for it, and not S3."""
        return is_replay(self.sequencer)

    def replayed(self) -> "ObjectCreated":
        """A new event for the same version: not a repeat, which would be answered from memory."""
        return replace(self, sequencer=f"{_REPLAY}{uuid4()}")

    def notification(self) -> dict[str, Any]:
        """This event as S3 would send it: what `objects_created` reads back."""
        return {
            "Records": [
                {
                    "eventVersion": "2.1",
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "s3": {
                        "bucket": {"name": self.bucket},
                        "object": {"key": quote_plus(self.key), "eTag": self.etag, "sequencer": self.sequencer},
                    },
                }
            ]
        }


def as_sqs_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as SQS would deliver it: a bare S3 notification becomes one message for each of its records."""
    records = event.get("Records", [])
    if not isinstance(records, list) or all("body" in record for record in records):
        return dict(event)
    return {
        "Records": [
            {"messageId": f"record-{number}", "body": json.dumps({"Records": [record]}), "eventSource": "aws:sqs"}
            for number, record in enumerate(records)
        ]
    }


def objects_created(body: str) -> Iterator[ObjectCreated]:
    """The objects that one notification announces.

    Yields nothing for the `s3:TestEvent` that a bucket sends when it is wired to a queue, for removals and for
    folder markers (an empty object whose key ends in `/`).

    Raises:
        ValueError: the body is not an S3 notification.
    """
    notification = json.loads(body)
    if not isinstance(notification, dict):
        raise ValueError("the message is not an S3 notification")
    if notification.get("Event") == "s3:TestEvent":
        return
    if "Records" not in notification:
        raise ValueError("the message is not an S3 notification: it has no Records")
    for record in notification["Records"]:
        if not record["eventName"].startswith("ObjectCreated:"):
            continue
        item = record["s3"]["object"]
        key = unquote_plus(item["key"])
        if key.endswith("/") and not item.get("size", 0):
            continue
        yield ObjectCreated(
            bucket=record["s3"]["bucket"]["name"],
            key=key,
            etag=_named(item.get("eTag", "").strip('"')),
            sequencer=_named(item.get("sequencer", "")),
        )


def committed_loads(event: Mapping[str, Any]) -> list[str]:
    """The ids of the loads that "Load Committed" events announce, wrapped in SQS messages or bare.

    An event that names none, as "Release Deployed" does, gives an empty id: it says only that something has changed.
    """
    bodies = [json.loads(record["body"]) for record in event["Records"]] if "Records" in event else [event]
    return [str(body.get("detail", {}).get("load_id", "")) for body in bodies]


def _named(version: str) -> str:
    return "" if version in _PLACEHOLDERS else version


def is_replay(sequencer: str) -> bool:
    """Whether it stands for an event that someone asked for, and not S3."""
    return sequencer.startswith(_REPLAY)


def is_older(sequencer: str, than: str) -> bool:
    """Whether one event of a key came before another. Only sequencers of equal length can be compared so."""
    comparable = len(sequencer) == len(than) and set(sequencer + than) <= set(string.hexdigits)
    return comparable and sequencer.upper() < than.upper()

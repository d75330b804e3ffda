"""S3 notifications, bare and wrapped."""

import json
from typing import Any

import pytest

from retail_etl.notifications import ObjectCreated, as_sqs_event, is_older, objects_created


def _record(key: str = "raw/a.csv", event_name: str = "ObjectCreated:Put", **item: Any) -> dict[str, Any]:
    return {"eventName": event_name, "s3": {"bucket": {"name": "data"}, "object": {"key": key, **item}}}


def _objects(*records: dict[str, Any]) -> list[ObjectCreated]:
    return list(objects_created(json.dumps({"Records": records})))


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("raw/june+2025.csv", "raw/june 2025.csv"),
        ("raw/a%2Bb.csv", "raw/a+b.csv"),
        ("raw/%252B.csv", "raw/%2B.csv"),
        ("raw/%C3%BC%22%27%3BDROP+TABLE+x%3B--.CSV", "raw/ü\"';DROP TABLE x;--.CSV"),
        ("raw/..%2F%0A%5C", "raw/../\n\\"),
    ],
)
def test_keys_are_decoded_once(sent: str, key: str) -> None:
    assert [created.key for created in _objects(_record(sent))] == [key]


def test_every_record_counts_and_markers_and_removals_pass_quietly() -> None:
    records = [
        _record("raw/a.csv", eTag='"abc"', sequencer="0A", size=3),
        _record("raw/folder/", size=0),
        _record("raw/not-a-marker/", size=7),
        _record("raw/b.csv", event_name="ObjectRemoved:Delete"),
        _record("raw/empty.csv", size=0),
    ]
    assert _objects(*records) == [
        ObjectCreated("data", "raw/a.csv", "abc", "0A"),
        ObjectCreated("data", "raw/not-a-marker/"),
        ObjectCreated("data", "raw/empty.csv"),
    ]


def test_a_generated_event_names_no_version() -> None:
    record = _record("raw/a.csv", eTag="0123456789abcdef0123456789abcdef", sequencer="0A1B2C3D4E5F678901")
    assert _objects(record) == [ObjectCreated("data", "raw/a.csv")]


def test_the_test_event_of_a_new_bucket_announces_nothing() -> None:
    assert list(objects_created('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "data"}')) == []


@pytest.mark.parametrize("body", ["[]", "{}", '"text"', "no json"])
def test_what_is_no_notification_is_an_error(body: str) -> None:
    with pytest.raises(ValueError, match=r"notification|Expecting value"):
        list(objects_created(body))


def test_a_bare_notification_becomes_one_message_a_record() -> None:
    bare = {"Records": [_record("raw/a.csv"), _record("raw/b.csv")]}
    wrapped = as_sqs_event(bare)
    assert [next(iter(objects_created(message["body"]))).key for message in wrapped["Records"]] == [
        "raw/a.csv",
        "raw/b.csv",
    ]
    assert as_sqs_event(wrapped) == wrapped


def test_our_own_notifications_are_read_back_as_sent() -> None:
    created = ObjectCreated("data", "raw/a b+c%2B'\n☕.csv", "abc", "replay-1")
    assert list(objects_created(json.dumps(created.notification()))) == [created]


def test_an_event_is_the_same_whatever_message_brings_it_and_another_for_another_version() -> None:
    first = ObjectCreated("data", "raw/a.csv", "abc", "0A")
    assert first.id == ObjectCreated("data", "raw/a.csv", "abc", "0A").id
    others = [
        ObjectCreated("data2", "raw/a.csv", "abc", "0A"),
        ObjectCreated("data", "raw/b.csv", "abc", "0A"),
        ObjectCreated("data", "raw/a.csv", "abd", "0A"),
        ObjectCreated("data", "raw/a.csv", "abc", "0B"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5


@pytest.mark.parametrize(
    ("sequencer", "than", "older"),
    [
        ("0A", "0B", True),
        ("0a", "0B", True),
        ("0B", "0B", False),
        ("0C", "0B", False),
        ("0A", "0BB", False),
        ("", "", False),
        ("replay-1", "replay-2", False),
    ],
)
def test_only_sequencers_of_equal_length_tell_which_came_first(sequencer: str, than: str, older: bool) -> None:
    assert is_older(sequencer, than) is older

"""check_freshness: how old the newest load is, from what the last publish has written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.check_freshness import handler as function
from retail_etl import runtime
from retail_etl.adapters.bucket import Bucket
from retail_etl.flows.publish import MANIFEST
from retail_etl.publishing.manifest import Manifest
from tests.handlers.conftest import BUCKET, Context


@pytest.fixture
def sent(environment: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The metrics that were sent."""
    found: dict[str, Any] = {}
    monkeypatch.setenv("BUCKET_NAME", BUCKET)

    def count(**values: float) -> None:
        found.update(values)
        runtime.count(**values)

    monkeypatch.setattr(function, "count", count)
    return found


def publish(bucket: Bucket, as_of: str) -> None:
    manifest = Manifest("2025-01-01T00:00:00+00:00", as_of, ("load",), "release", {})
    bucket.write(MANIFEST, manifest.to_json(), "application/json")


def test_the_days_since_the_newest_load_are_a_metric(bucket: Bucket, sent: dict[str, Any], context: Context) -> None:
    publish(bucket, (datetime.now(UTC) - timedelta(days=35)).isoformat(timespec="seconds"))
    function.handler({}, context)
    assert sent["DaysSinceLoad"] == pytest.approx(35, abs=0.01)


@pytest.mark.parametrize("published", [False, True])
def test_before_the_first_load_there_is_none(
    published: bool, bucket: Bucket, sent: dict[str, Any], context: Context
) -> None:
    if published:
        publish(bucket, as_of="")
    assert function.handler({}, context) == {}
    assert not sent

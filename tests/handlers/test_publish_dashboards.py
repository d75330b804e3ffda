"""publish_dashboards: whole or not at all, once for a burst, mended by its retry."""

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.publish_dashboards.handler import handler
from retail_etl.adapters.bucket import Bucket
from retail_etl.errors import TransientError
from retail_etl.flows.publish import MANIFEST
from retail_etl.flows.pull import NothingPublished, pull
from retail_etl.publishing.manifest import Manifest
from retail_etl.publishing.views import published_views
from tests.handlers.conftest import BUCKET, Context
from tests.views.data_api import DataApi
from tests.views.engines import DuckDb, write_clean_csv

EVENTS = Path(__file__).parents[2] / "events"


class Warehouse(DataApi):
    """The Data API with the views over a table of purchases and the history of its loads."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._duckdb = folder, DuckDb()
        self._duckdb.run("CREATE TABLE public.load_history (load_id VARCHAR, loaded_at TIMESTAMP, replaced_by VARCHAR)")
        super().__init__(self._duckdb)

    def commit(self, load_id: str, *purchases: dict[str, str]) -> None:
        """One load that the table holds from now on, and nothing else."""
        self._duckdb.load(write_clean_csv(self._folder / "clean.csv", purchases))
        self._duckdb.run(f"UPDATE public.load_history SET replaced_by = '{load_id}'")
        moment = f"2025-07-01 00:00:{len(self._duckdb.query('SELECT * FROM public.load_history')):02}"
        self._duckdb.run(f"INSERT INTO public.load_history VALUES ('{load_id}', '{moment}', NULL)")


@pytest.fixture
def warehouse(environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Warehouse:
    api = Warehouse(tmp_path)
    monkeypatch.setattr(
        "functions.publish_dashboards.handler.client",
        lambda service: api if service == "redshift-data" else boto3.client(service),
    )
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    monkeypatch.setenv("WORKGROUP_NAME", "workgroup")
    monkeypatch.setenv("DATABASE_NAME", "dev")
    api.commit("first", {"city": "Springfield", "purchase_amount": "12.34"}, {"city": "Shelbyville"})
    return api


def committed(*load_ids: str, receipt: str = "") -> dict[str, Any]:
    event = json.loads((EVENTS / "publish_dashboards.json").read_text("utf-8"))
    (record,) = event["Records"]
    bodies = [json.loads(record["body"]) | {"detail": {"load_id": load_id}} for load_id in load_ids]
    return {"Records": [record | {"body": json.dumps(body), "receiptHandle": receipt} for body in bodies]}


def published(bucket: Bucket) -> dict[str, bytes]:
    """What stands in dashboard_data/, by its name there."""
    found = {head.key.removeprefix("dashboard_data/"): bucket.read(head.key) for head in bucket.list("dashboard_data/")}
    return {name: content[0] for name, content in found.items() if content}


def manifest_of(bucket: Bucket) -> Manifest:
    return Manifest.from_json(published(bucket)["manifest.json"])


def is_whole(bucket: Bucket) -> bool:
    files = published(bucket)
    manifest = Manifest.from_json(files.pop("manifest.json"))
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    return hashes == {name: file.sha256 for name, file in manifest.files.items()}


def revenue(bucket: Bucket) -> str:
    (row,) = csv.DictReader(io.StringIO(published(bucket)["views/vw_category_revenue.csv"].decode()))
    return row["total_revenue"]


@pytest.mark.parametrize("event", [committed("first"), json.loads(committed("first")["Records"][0]["body"])])
def test_a_load_is_published_whole(warehouse: Warehouse, bucket: Bucket, context: Context, event: Any) -> None:
    assert handler(event, context)["status"] == "published"
    files = published(bucket)
    assert set(files) == {
        *(f"views/{view.name}.csv" for view in published_views()),
        "data_dictionary.csv",
        "index.html",
        "manifest.json",
    }
    assert is_whole(bucket)
    manifest = manifest_of(bucket)
    assert (manifest.loads, manifest.as_of) == (("first",), "2025-07-01T00:00:00+00:00")
    assert manifest.files["views/vw_city_revenue.csv"].rows == 2
    assert manifest.files["index.html"].rows is None
    assert files["views/vw_city_revenue.csv"] == (
        b"city,total_orders,total_revenue,average_order_value\nSpringfield,1,12.34,12.34\nShelbyville,1,10.00,10.00\n"
    )
    assert b"Shelbyville" in files["index.html"]
    assert len(warehouse.batches) == 1  # one transaction: every file shows the same data


def test_a_load_that_is_published_wakes_nothing(warehouse: Warehouse, bucket: Bucket, context: Context) -> None:
    handler(committed("first"), context)
    before = published(bucket)
    assert handler(committed("first", "first"), context) == {"status": "current", "loads": 1, "batchItemFailures": []}
    assert (len(warehouse.batches), warehouse.queries, published(bucket)) == (1, [], before)


@pytest.mark.parametrize("announced", ["", "replaced long ago"])
def test_an_event_for_no_current_load_is_checked_against_the_history(
    warehouse: Warehouse, bucket: Bucket, context: Context, announced: str
) -> None:
    handler(committed("first"), context)
    assert handler(committed(announced), context)["status"] == "current"
    assert (len(warehouse.batches), len(warehouse.queries)) == (1, 1)


def test_a_new_release_is_published_without_a_load(
    warehouse: Warehouse, bucket: Bucket, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler(committed("first"), context)
    migrated = committed("")  # names no load, as "Release Deployed" does
    assert handler(migrated, context)["status"] == "current"
    monkeypatch.setattr("retail_etl.flows.publish.made_by", lambda: "another release")
    assert [handler(migrated, context)["status"] for _ in range(2)] == ["published", "current"]
    assert manifest_of(bucket).made_by == "another release"
    assert len(warehouse.batches) == 2


def test_a_burst_of_loads_is_one_publish(warehouse: Warehouse, bucket: Bucket, context: Context) -> None:
    warehouse.commit("second", {"purchase_amount": "1.00"})
    warehouse.commit("third", {"purchase_amount": "2.00"})
    burst = committed("first", "second", "third")
    assert [handler(burst, context)["status"], handler(burst, context)["status"]] == ["published", "current"]
    assert (len(warehouse.batches), revenue(bucket)) == (1, "2.00")


def test_another_load_is_published_anew(warehouse: Warehouse, bucket: Bucket, context: Context) -> None:
    handler(committed("first"), context)
    warehouse.commit("second", {"purchase_amount": "0.01"})
    assert handler(committed("second"), context)["status"] == "published"
    assert (manifest_of(bucket).loads, revenue(bucket)) == (("second",), "0.01")
    assert is_whole(bucket)


def test_an_empty_warehouse_gives_a_page_that_says_so(warehouse: Warehouse, bucket: Bucket, context: Context) -> None:
    warehouse.commit("removed")
    assert handler(committed(""), context)["status"] == "published"
    assert published(bucket)["views/vw_city_revenue.csv"] == b"city,total_orders,total_revenue,average_order_value\n"


FILES = len(published_views()) + 3


@pytest.mark.parametrize("writes", [0, 1, 5, FILES - 2, FILES - 1])
def test_a_publish_that_was_cut_off_is_seen_and_mended(
    warehouse: Warehouse, bucket: Bucket, context: Context, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    handler(committed("first"), context)
    warehouse.commit("second", {"purchase_amount": "5.00"})
    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "write", _cut_off_after(writes, Bucket.write))
        with pytest.raises(KeyboardInterrupt):
            handler(committed("second"), context)
    assert manifest_of(bucket).loads == ("first",)
    assert is_whole(bucket) == (writes == 0)
    assert handler(committed("second"), context)["status"] == "published"
    assert (manifest_of(bucket).loads, revenue(bucket), is_whole(bucket)) == (("second",), "5.00", True)


def _cut_off_after(writes: int, write: Callable[..., str]) -> Callable[..., str]:
    left = iter(range(writes))

    def limited(*arguments: Any) -> str:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return write(*arguments)

    return limited


@pytest.mark.parametrize("damage", ["overwritten", "deleted", "no manifest"])
def test_damaged_files_are_published_again(warehouse: Warehouse, bucket: Bucket, context: Context, damage: str) -> None:
    handler(committed("first"), context)
    match damage:
        case "overwritten":
            bucket.write("dashboard_data/index.html", b"half a page", "text/html")
        case "deleted":
            bucket.delete("dashboard_data/views/vw_city_revenue.csv")
        case "no manifest":
            bucket.write(MANIFEST, b"{}", "application/json")
    assert handler(committed("first"), context)["status"] == "published"
    assert is_whole(bucket)


def test_two_publishes_at_once_end_in_a_whole_one(
    warehouse: Warehouse, bucket: Bucket, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one finds another manifest when it writes its own, and its retry sees to the files."""
    write, overtaken = Bucket.write, False

    def overtake(self: Bucket, key: str, *arguments: Any) -> str:
        nonlocal overtaken
        if key.endswith("index.html") and not overtaken:
            overtaken = True
            warehouse.commit("second", {"purchase_amount": "7.00"})
            handler(committed("second"), context)
        return write(self, key, *arguments)

    monkeypatch.setattr(Bucket, "write", overtake)
    with pytest.raises(TransientError, match="another publish"):
        handler(committed("first"), context)
    assert not is_whole(bucket)
    assert handler(committed("first"), context)["status"] == "published"
    assert (manifest_of(bucket).loads, revenue(bucket), is_whole(bucket)) == (("second",), "7.00", True)


def test_a_transient_failure_brings_the_messages_back_soon(warehouse: Warehouse, context: Context) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="load")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=720)["Messages"]
    warehouse.fail_with = "the workgroup is resuming"
    event = committed("first", receipt=message["ReceiptHandle"])
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "0"
    with pytest.raises(TransientError, match="resuming"):
        handler(event, context)
    assert "Messages" in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=3)


def test_pull_takes_a_whole_publish(warehouse: Warehouse, bucket: Bucket, context: Context, tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="no dashboards"):
        pull(bucket, tmp_path / "out")
    handler(committed("first"), context)
    manifest = pull(bucket, tmp_path / "out")
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert written == {*manifest.files, "manifest.json"}


def test_pull_leaves_a_half_done_publish(
    warehouse: Warehouse, bucket: Bucket, context: Context, tmp_path: Path
) -> None:
    handler(committed("first"), context)
    bucket.write("dashboard_data/index.html", b"of the next publish", "text/html")
    with pytest.raises(NothingPublished, match=r"index\.html"):
        pull(bucket, tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""From committed loads to what people look at: a CSV per view, the dashboard page, the data dictionary, the manifest.

Everything is queried in one transaction, so that the files agree with each other and with the loads that the manifest
names. The manifest is written last and on the condition that nobody else has written one meanwhile: a publish that was
cut off, or overtaken, leaves files whose etags are not the manifest's, and the retry publishes anew.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from retail_etl import naming
from retail_etl.adapters.store import Condition, Conflict, ObjectStore
from retail_etl.adapters.warehouse import SecondsLeft, Warehouse
from retail_etl.contract import Contract
from retail_etl.errors import TransientError
from retail_etl.publishing.dictionary import data_dictionary
from retail_etl.publishing.manifest import Manifest, PublishedFile, made_by
from retail_etl.publishing.page import build_page
from retail_etl.publishing.tables import Table, write_csv
from retail_etl.publishing.views import published_views
from retail_etl.warehouse.history import current_load_ids

MANIFEST = f"{naming.DASHBOARD}manifest.json"
PAGE = "index.html"

_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True)
class PublishPorts:
    """What a publish needs of the world."""

    bucket: ObjectStore
    warehouse: Warehouse
    seconds_left: SecondsLeft
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class Publication:
    """What came of it: `published`, or `current` where everything stood there already."""

    status: Literal["published", "current"]
    manifest: Manifest


def publish(announced: Collection[str], ports: PublishPorts, contract: Contract) -> Publication:
    """Make dashboard_data/ reflect the warehouse. `announced` are the ids of the loads that asked for it.

    Raises:
        TransientError: try again; another publish was faster, or Redshift is not done.
    """
    found, etag = read_manifest(ports.bucket)
    if found and found.made_by == made_by() and _stands(found, ports.bucket):
        # Without a question to the warehouse, which would wake it, if the manifest names every load that asks.
        if announced and set(announced) <= set(found.loads):
            return Publication("current", found)
        if _current_loads(ports, contract) == found.loads:
            return Publication("current", found)
    moment = ports.now()
    loads, tables = _snapshot(ports, contract, moment)
    written = {
        name: _write(ports.bucket, name, content, rows) for name, content, rows in _files(tables, contract, moment)
    }
    manifest = Manifest(
        published_at=moment.isoformat(timespec="seconds"),
        as_of=_in_utc(loads.rows[-1][1]) if loads.rows else "",
        loads=tuple(row[0] for row in loads.rows),
        made_by=made_by(),
        files=written,
    )
    try:
        ports.bucket.write(MANIFEST, manifest.to_json(), _TYPES["json"], Condition(etag))
    except Conflict as conflict:
        raise TransientError("another publish has written its manifest meanwhile") from conflict
    return Publication("published", manifest)


def read_manifest(bucket: ObjectStore) -> tuple[Manifest | None, str | None]:
    """The manifest, if there is one that this version can read, and the etag of what stands in its place."""
    found = bucket.read(MANIFEST)
    if found is None:
        return None, None
    content, etag = found
    try:
        return Manifest.from_json(content), etag
    except ValueError:
        return None, etag


def _in_utc(timestamp: str) -> str:
    """A timestamp of the warehouse, which keeps UTC and does not say so, in ISO 8601."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).isoformat(timespec="seconds")


def _stands(manifest: Manifest, bucket: ObjectStore) -> bool:
    """Whether every file is there as the manifest names it."""
    etags = {head.key: head.etag for head in bucket.list(naming.DASHBOARD)}
    return all(etags.get(naming.DASHBOARD + name) == file.etag for name, file in manifest.files.items())


def _current_loads(ports: PublishPorts, contract: Contract) -> tuple[str, ...]:
    return tuple(row["load_id"] for row in ports.warehouse.query(current_load_ids(contract), ports.seconds_left))


def _snapshot(ports: PublishPorts, contract: Contract, moment: datetime) -> tuple[Table, Mapping[str, Table]]:
    views = published_views()
    queries = [current_load_ids(contract), *(view.rows_of(contract.schema) for view in views)]
    name = f"publish {moment.isoformat(timespec='seconds')}"
    loads, *tables = ports.warehouse.snapshot(queries, ports.seconds_left, name=name)
    return loads, {view.name: table for view, table in zip(views, tables, strict=True)}


def _files(
    tables: Mapping[str, Table], contract: Contract, moment: datetime
) -> Iterator[tuple[str, bytes, int | None]]:
    for name, table in tables.items():
        yield f"views/{name}.csv", write_csv(table), len(table.rows)
    dictionary = data_dictionary(contract, tables)
    yield "data_dictionary.csv", write_csv(dictionary), len(dictionary.rows)
    yield PAGE, build_page(tables, moment), None


def _write(bucket: ObjectStore, name: str, content: bytes, rows: int | None) -> PublishedFile:
    etag = bucket.write(naming.DASHBOARD + name, content, _TYPES[name.rpartition(".")[2]])
    return PublishedFile(rows, len(content), sha256(content).hexdigest(), etag)

"""From one monthly file to the warehouse: exactly once, whatever is repeated or cut off.

The transaction in `warehouse.load` writes the `load_history` row together with the data, so that row is the proof of a
load. The report only helps a retry to go on where it was: it is written before the statement is sent (with the
attempt, which makes the Data API's token), and again with the statement's id. After the commit come, in this order,
what other files need because of it, the event, and the report; a retry that finds the load committed does these again.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from retail_etl import naming
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import LOAD_COMMITTED, EventBus, Queue
from retail_etl.adapters.store import ObjectHead
from retail_etl.adapters.warehouse import SecondsLeft, StillRunning, UnknownStatement, Warehouse
from retail_etl.contract import Contract
from retail_etl.errors import Superseded, TransientError, WarehouseError
from retail_etl.flows.clean import JSON, read_clean_report
from retail_etl.notifications import ObjectCreated
from retail_etl.report import CleanReport, LoadReport
from retail_etl.warehouse.history import committed_load, load_errors, overlapping_files, replaced_files
from retail_etl.warehouse.load import Batch, Load, load_batch, manifest, withdraw_batch


@dataclass(frozen=True)
class LoadPorts:
    """What a load needs of the world. `seconds_left` tells how long it may still wait for its statement."""

    bucket: Bucket
    warehouse: Warehouse
    monthly_queue: Queue
    events: EventBus
    copy_role: str
    seconds_left: SecondsLeft


def load_file(created: ObjectCreated, ports: LoadPorts, contract: Contract) -> LoadReport:
    """Make the warehouse reflect one monthly file.

    Returns the report: `loaded`; `withdrawn` (its delivery was, and its rows are out); `failed` (Redshift refuses it,
    and would again); or `superseded` when the file has another version by now, or is not the one in force for its raw
    key.

    Raises:
        StillRunning: the statement goes on; handle the event again later to wait for it.
        TransientError: try again.
    """
    clock = time.monotonic()
    head = ports.bucket.head(created.key)
    clean = _clean_report(head, ports.bucket)
    report = _report(created, head, clean)
    try:
        if head is None:
            raise Superseded("the object was deleted before it was loaded")
        if created.etag and head.etag != created.etag:
            raise Superseded(f"the object has changed since this event: it is now version {head.etag}")
        if clean and clean.monthly_key not in (None, head.key):
            ports.bucket.delete(head.key, head.etag)
            raise Superseded(f"{clean.monthly_key} has taken its place")
        withdrawn = clean is not None and clean.status == "withdrawn"
        try:
            report = _run(report, _load(report, head), ports, contract, withdrawn=withdrawn)
        except WarehouseError as error:
            now = ports.bucket.head(created.key)
            if now is None or now.etag != head.etag:
                raise Superseded("the object changed while it was loaded") from error
            report = _earlier(report, ports.bucket) or report  # it knows the statement
            failed = replace(report, status="failed", seconds=_seconds(clock), error=_explained(error, report))
            return _write(replace(failed, load_errors=_load_errors(error, report, ports)), ports)
    except Superseded as reason:
        return replace(report, status="superseded", seconds=_seconds(clock), error=str(reason))
    report = _committed(report, ports, contract, "withdrawn" if withdrawn else "loaded", clock)
    if withdrawn:
        ports.bucket.delete(head.key, head.etag)
    return report


def _clean_report(head: ObjectHead | None, bucket: Bucket) -> CleanReport | None:
    """The report that says which monthly file is in force for the raw key that owns this one."""
    if head is None or "raw_key" not in head.metadata:
        return None
    return read_clean_report(bucket, naming.from_metadata(head.metadata["raw_key"]))[0]


def _report(created: ObjectCreated, head: ObjectHead | None, clean: CleanReport | None) -> LoadReport:
    metadata = head.metadata if head else {}
    by_hand = "raw_key" not in metadata
    return LoadReport(
        status="loading",
        source_key=created.key if by_hand else naming.from_metadata(metadata["raw_key"]),
        etag=metadata.get("raw_etag", created.etag),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        delivered_at=clean.delivered_at if clean else None,
        monthly_key=created.key,
        monthly_etag=head.etag if head else created.etag,
        load_id=created.id,
        month=metadata.get("month"),
        rows_clean=None if by_hand else int(metadata["rows_clean"]),
    )


def _load(report: LoadReport, head: ObjectHead) -> Load:
    return Load(
        id=report.load_id,
        source_file=report.monthly_key,
        source_etag=report.monthly_etag,
        # A file that was put there by hand is its own raw key.
        raw_key_sha256=naming.key_hash(report.source_key),
        month=report.month or "",
        rows_clean=report.rows_clean,
        first_day=head.metadata.get("first_purchase_date", ""),
        last_day=head.metadata.get("last_purchase_date", ""),
    )


def _run(report: LoadReport, load: Load, ports: LoadPorts, contract: Contract, *, withdrawn: bool) -> LoadReport:
    """Have the transaction committed once, going on with whatever an earlier try has left running."""
    earlier = _earlier(report, ports.bucket)
    if earlier:
        report = replace(report, started_at=earlier.started_at, attempt=earlier.attempt)
        if _history_row(report, ports, contract):
            return report
    statement_id = earlier.statement_id if earlier else None
    if statement_id is None:
        report = _write(report, ports)
        if withdrawn:
            batch = withdraw_batch(load, contract, attempt=report.attempt)
        else:
            batch = _load_batch(load, report.attempt, ports, contract)
        statement_id = ports.warehouse.submit(batch.statements, batch.parameters, name=batch.name, token=batch.token)
    report = _write(replace(report, statement_id=statement_id), ports)
    try:
        ports.warehouse.wait(statement_id, ports.seconds_left)
    except StillRunning:
        raise
    except UnknownStatement:
        if not _history_row(report, ports, contract):
            _write(_next_attempt(report), ports)
            raise
    except TransientError:
        _write(_next_attempt(report), ports)
        raise
    return report


def _load_batch(load: Load, attempt: int, ports: LoadPorts, contract: Contract) -> Batch:
    manifest_key = naming.manifest_key(load.id)
    ports.bucket.write(manifest_key, manifest(ports.bucket.uri(load.source_file)), JSON)
    uri = ports.bucket.uri(manifest_key)
    return load_batch(load, contract, manifest_uri=uri, copy_role=ports.copy_role, attempt=attempt)


def _next_attempt(report: LoadReport) -> LoadReport:
    return replace(report, attempt=report.attempt + 1, statement_id=None)


def _committed(
    report: LoadReport, ports: LoadPorts, contract: Contract, status: Literal["loaded", "withdrawn"], clock: float
) -> LoadReport:
    """What is due after the commit. Each step may be done twice, none may be left out."""
    row = _history_row(report, ports, contract)
    if row is None:
        raise TransientError(f"load {report.load_id} has finished, but load_history does not show it yet")
    if row["rows_replaced"] or row["rows_removed"]:
        _take_away_replaced(report, ports, contract)
    if row["rows_removed"]:
        _load_overlapping_again(report, ports, contract)
    report = replace(
        report,
        status=status,
        rows_loaded=row["rows_loaded"],
        rows_already_present=row["rows_already_present"],
        rows_replaced=row["rows_replaced"],
    )
    ports.events.send(
        LOAD_COMMITTED,
        {
            "load_id": report.load_id,
            "monthly_key": report.monthly_key,
            "source_key": report.source_key,
            "month": row["month"],
            "rows_loaded": report.rows_loaded,
        },
    )
    ports.bucket.delete(naming.manifest_key(report.load_id))
    return _write(replace(report, seconds=_seconds(clock)), ports)


def _take_away_replaced(report: LoadReport, ports: LoadPorts, contract: Contract) -> None:
    """Delete the monthly files whose rows this load has replaced: those its raw key owned for another month."""
    parameters = {"load_id": report.load_id, "source_file": report.monthly_key}
    for row in ports.warehouse.query(replaced_files(contract), ports.seconds_left, parameters):
        ports.bucket.delete(row["source_file"], row["source_etag"])


def _load_overlapping_again(report: LoadReport, ports: LoadPorts, contract: Contract) -> None:
    """Load those files again that may hold a row which this load has taken out and they had skipped as present."""
    for row in ports.warehouse.query(overlapping_files(contract), ports.seconds_left, {"load_id": report.load_id}):
        ports.monthly_queue.send(
            ObjectCreated(
                ports.bucket.name, row["source_file"], row["source_etag"], sequencer=f"after-{report.load_id}"
            )
        )


def _history_row(report: LoadReport, ports: LoadPorts, contract: Contract) -> dict[str, Any] | None:
    rows = ports.warehouse.query(committed_load(contract), ports.seconds_left, {"load_id": report.load_id})
    return rows[0] if rows else None


def _earlier(report: LoadReport, bucket: Bucket) -> LoadReport | None:
    """The report of an earlier try of this same load, if there was one."""
    found = bucket.read(_report_key(report))
    earlier = LoadReport.from_json(found[0]) if found else None
    return earlier if earlier and earlier.load_id == report.load_id else None


def _load_errors(error: WarehouseError, report: LoadReport, ports: LoadPorts) -> tuple[dict[str, Any], ...]:
    """What COPY stumbled over, if it was COPY that failed."""
    if "load_error" not in str(error).lower():
        return ()
    try:
        uri = ports.bucket.uri(report.monthly_key)
        return tuple(ports.warehouse.query(load_errors(), ports.seconds_left, {"uri": uri}))
    except (WarehouseError, TransientError):
        return ()  # the failure itself is reported all the same


def _write(report: LoadReport, ports: LoadPorts) -> LoadReport:
    ports.bucket.write(_report_key(report), report.to_json(), JSON)
    return report


def _report_key(report: LoadReport) -> str:
    if report.source_key == report.monthly_key:
        return naming.load_report_key_by_hand(report.monthly_key)
    return naming.load_report_key(report.source_key)


def _explained(error: WarehouseError, report: LoadReport) -> str:
    if "divide by zero" in str(error).lower():
        return f"{report.monthly_key} does not hold the {report.rows_clean} rows that the cleaning counted: {error}"
    return str(error)


def _seconds(clock: float) -> float:
    return round(time.monotonic() - clock, 3)

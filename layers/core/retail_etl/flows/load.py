"""From one monthly file to the warehouse: exactly once, whatever is repeated, cut off or overtaken.

Two rules carry it. The table holds the rows of the monthly files in force (the one that a raw key's clean report
names; any file that no raw key owns): every other file is taken out when its turn comes. And a file is deleted only
after its rows are out.

The transaction in `warehouse.load` writes the `load_history` row together with the data, so that row is the proof of a
load; it fails if other loads of the file were committed since it was sent, so a statement that somebody left running
can never undo what came later. The report only helps a retry to go on where it was: it is written before the statement
is sent, and again with the statement's id. After the commit come, in this order, what other files need because of it,
the event, and the report; a retry that finds the load committed does these again, and so does the next load of the
same raw key.
"""

import csv
import io
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from retail_etl import naming
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import LOAD_COMMITTED, EventBus, Queue
from retail_etl.adapters.store import Condition, Conflict, Gone, ObjectHead
from retail_etl.adapters.warehouse import SecondsLeft, StillRunning, UnknownStatement, Warehouse
from retail_etl.contract import Contract
from retail_etl.errors import TransientError, WarehouseError
from retail_etl.flows.clean import JSON, read_clean_report
from retail_etl.notifications import ObjectCreated
from retail_etl.report import CleanReport, LoadReport
from retail_etl.warehouse.history import load_errors, overlapping_files, own_loads
from retail_etl.warehouse.load import Batch, Load, load_batch, manifest, withdraw_batch

_HEADER_BYTES = 65_536  # ample: Redshift allows 1,600 columns a table, but names of ours are short


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
    """Make the warehouse reflect one monthly file: hold its rows, or none of them if it is not in force.

    Returns the report: `loaded`; `withdrawn` (it is not in force: its rows and the file are gone); `failed` (Redshift
    refuses it, and would again); or `superseded` when the object has another version by now, or is gone.

    Raises:
        StillRunning: the statement goes on; handle the event again later to wait for it.
        TransientError: try again.
    """
    clock = time.monotonic()
    found = ports.bucket.head(created.key)
    if found is None and not created.is_replay:
        return _superseded(created, "the object was deleted before it was loaded")
    if found and created.etag and found.etag != created.etag:
        return _superseded(created, f"the object has changed since this event: it is now version {found.etag}")
    # Asked for by hand, a file that is gone is taken out: S3 may tell late of files that are gone by right.
    head = found or ObjectHead(created.key, created.etag, 0, datetime.now(UTC), {})
    clean = _clean_report(head, ports.bucket)
    in_force = found is not None and _in_force(found, clean)
    report = _report(created, head, clean, in_force=in_force)
    try:
        report = _run(report, head, ports, contract, in_force=in_force)
    except WarehouseError as error:
        now = ports.bucket.head(created.key)
        if (now and now.etag) != (found and found.etag):
            return replace(report, status="superseded", error=f"the object changed while it was loaded: {error}")
        report = _earlier(report, ports.bucket) or report  # it knows the statement
        failed = replace(report, status="failed", seconds=_seconds(clock), error=_explained(error, report))
        return _write(replace(failed, load_errors=_load_errors(error, report, ports)), ports)
    report = _committed(report, ports, contract)
    if not in_force:
        _delete(head.key, head.etag, ports)
    return _write(replace(report, status="loaded" if in_force else "withdrawn", seconds=_seconds(clock)), ports)


def _superseded(created: ObjectCreated, reason: str) -> LoadReport:
    return LoadReport(
        status="superseded",
        source_key=created.key,
        etag=created.etag,
        started_at=_now(),
        monthly_key=created.key,
        monthly_etag=created.etag,
        load_id=created.id,
        error=reason,
    )


def _clean_report(head: ObjectHead, bucket: Bucket) -> CleanReport | None:
    """The report that says which monthly file is in force for the raw key that owns this one."""
    if "raw_key" not in head.metadata:
        return None
    return read_clean_report(bucket, naming.from_metadata(head.metadata["raw_key"]))[0]


def _in_force(head: ObjectHead, clean: CleanReport | None) -> bool:
    """Whether the table shall hold the file's rows. Where the report is lost, the file speaks for itself."""
    return clean is None or clean.keeps(head.key)


def _report(created: ObjectCreated, head: ObjectHead, clean: CleanReport | None, *, in_force: bool) -> LoadReport:
    # A file that was put there by hand is its own source, and so is one whose raw key has another in force by now:
    # the raw key's load report tells of that one.
    owned = "raw_key" in head.metadata and (in_force or (clean and clean.monthly_key is None))
    counted = "rows_clean" in head.metadata
    # Taking a file out is another load than loading it, though the same event may have asked for both.
    load_id = created.id if in_force else naming.key_hash(f"withdraw {created.id}")
    return LoadReport(
        status="loading",
        source_key=naming.from_metadata(head.metadata["raw_key"]) if owned else created.key,
        etag=head.metadata.get("raw_etag", created.etag),
        started_at=_now(),
        delivered_at=clean.delivered_at if clean else None,
        monthly_key=created.key,
        monthly_etag=head.etag,
        load_id=load_id,
        month=head.metadata.get("month"),
        rows_clean=int(head.metadata["rows_clean"]) if counted else None,
    )


def _run(report: LoadReport, head: ObjectHead, ports: LoadPorts, contract: Contract, *, in_force: bool) -> LoadReport:
    """Have the transaction committed once, going on with whatever an earlier try has left running."""
    earlier = _earlier(report, ports.bucket)
    if earlier:
        report = replace(
            report,
            started_at=earlier.started_at,
            attempt=earlier.attempt,
            statement_id=earlier.statement_id,
            known_loads=earlier.known_loads,
        )
    loads = _own_loads(report, ports, contract)
    if _committed_row(report, loads):
        return report
    if report.statement_id is None:
        report = replace(report, known_loads=len(loads))
        ports.bucket.write(_report_key(report), report.to_json(), JSON)
        batch = _batch(report, head, ports, contract, in_force=in_force)
        statement_id = ports.warehouse.submit(batch.statements, batch.parameters, name=batch.name, token=batch.token)
        report = _write(replace(report, statement_id=statement_id), ports)
    try:
        ports.warehouse.wait(report.statement_id or "", ports.seconds_left)
    except StillRunning:
        raise
    except UnknownStatement:
        if not _committed_row(report, _own_loads(report, ports, contract)):
            _write(_next_attempt(report), ports)
            raise
    except TransientError:
        _write(_next_attempt(report), ports)
        raise
    except WarehouseError as error:
        if len(_own_loads(report, ports, contract)) == report.known_loads:
            raise
        _write(_next_attempt(report), ports)
        raise TransientError(f"another load of {report.monthly_key} was committed meanwhile") from error
    return report


def _batch(report: LoadReport, head: ObjectHead, ports: LoadPorts, contract: Contract, *, in_force: bool) -> Batch:
    load = Load(
        id=report.load_id,
        source_file=report.monthly_key,
        source_etag=report.monthly_etag,
        raw_key_sha256=naming.key_hash(report.source_key),
        month=report.month or "",
        rows_clean=report.rows_clean,
        first_day=head.metadata.get("first_purchase_date", ""),
        last_day=head.metadata.get("last_purchase_date", ""),
        header=_header(head, ports.bucket) if in_force else (),
    )
    if not in_force:
        return withdraw_batch(load, contract, attempt=report.attempt, known_loads=report.known_loads)
    manifest_key = naming.manifest_key(load.id)
    ports.bucket.write(manifest_key, manifest(ports.bucket.uri(load.source_file)), JSON)
    return load_batch(
        load,
        contract,
        manifest_uri=ports.bucket.uri(manifest_key),
        copy_role=ports.copy_role,
        attempt=report.attempt,
        known_loads=report.known_loads,
    )


def _header(head: ObjectHead, bucket: Bucket) -> tuple[str, ...]:
    try:
        with bucket.open(head.key, head.etag) as content:
            first = content.read(_HEADER_BYTES).decode("utf-8", "replace")
    except Gone as error:
        raise TransientError(str(error)) from error
    return tuple(next(csv.reader(io.StringIO(first, newline="")), ()))


def _next_attempt(report: LoadReport) -> LoadReport:
    return replace(report, attempt=report.attempt + 1, statement_id=None)


def _committed(report: LoadReport, ports: LoadPorts, contract: Contract) -> LoadReport:
    """What is due after the commit. Each step may be done twice, none may be left out.

    Also what earlier loads of the same raw key have left undone: nobody comes back for them once they are superseded.
    """
    loads = _own_loads(report, ports, contract)
    row = _committed_row(report, loads)
    if row is None:
        raise TransientError(f"load {report.load_id} has finished, but load_history does not show it yet")
    replaced = {(each["source_file"], each["source_etag"]) for each in loads if each["replaced_by"]}
    for source_file, source_etag in sorted(replaced):
        if source_file != report.monthly_key:
            _delete(source_file, source_etag, ports)
    if any(each["rows_removed"] for each in loads):
        _load_overlapping_again(report, ports, contract)
    report = replace(
        report,
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
    return report


def _delete(monthly_key: str, etag: str, ports: LoadPorts) -> None:
    """Delete a monthly file whose rows are out, unless it has been written again or is in force again by now."""
    head = ports.bucket.head(monthly_key)
    if head and not _in_force(head, _clean_report(head, ports.bucket)):
        ports.bucket.delete(monthly_key, etag)


def _load_overlapping_again(report: LoadReport, ports: LoadPorts, contract: Contract) -> None:
    """Load those files again that may hold a row which has been taken out and they had skipped as present."""
    for row in ports.warehouse.query(overlapping_files(contract), ports.seconds_left, _own(report)):
        ports.monthly_queue.send(
            ObjectCreated(
                ports.bucket.name, row["source_file"], row["source_etag"], sequencer=f"after-{report.load_id}"
            )
        )


def _own(report: LoadReport) -> dict[str, str]:
    return {"source_file": report.monthly_key, "raw_key_sha256": naming.key_hash(report.source_key)}


def _own_loads(report: LoadReport, ports: LoadPorts, contract: Contract) -> list[dict[str, Any]]:
    return ports.warehouse.query(own_loads(contract), ports.seconds_left, _own(report))


def _committed_row(report: LoadReport, loads: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The proof of a load, if it was committed."""
    return next((row for row in loads if row["load_id"] == report.load_id), None)


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
    """Report on a load that was begun, unless another load of the raw key was begun since: the report is its now."""
    found = ports.bucket.read(_report_key(report))
    if found and LoadReport.from_json(found[0]).load_id == report.load_id:
        with suppress(Conflict):
            ports.bucket.write(_report_key(report), report.to_json(), JSON, Condition(found[1]))
    return report


def _report_key(report: LoadReport) -> str:
    if report.source_key == report.monthly_key:
        return naming.load_report_key_by_hand(report.monthly_key)
    return naming.load_report_key(report.source_key)


def _explained(error: WarehouseError, report: LoadReport) -> str:
    if "divide by zero" in str(error).lower():
        return f"{report.monthly_key} does not hold the {report.rows_clean} rows that the cleaning counted: {error}"
    return str(error)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _seconds(clock: float) -> float:
    return round(time.monotonic() - clock, 3)

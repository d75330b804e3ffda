"""Deliveries: send them, follow them, list them, have them run again, take them back."""

import csv
import io
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from etl import show
from etl.failures import CommandFailed, errors
from etl.target import Target
from retail_etl import naming
from retail_etl.contract import shipped_contract
from retail_etl.errors import DeliveryRefused
from retail_etl.flows import operate
from retail_etl.flows.clean import read_clean_report
from retail_etl.flows.reconcile import compare, differences, gather, repair
from retail_etl.flows.status import Delivery, deliveries, delivery

_QUERY_SECONDS = 600
_FOLLOW_SECONDS = 900
_CSV = "text/csv"


def raw_key(key: str) -> str:
    """A key as people say it, with or without raw/ before it."""
    return naming.RAW + key.removeprefix(naming.RAW)


def upload(
    target: Target, files: Sequence[Path], key: str | None, check: bool | None, wait: bool, as_json: bool
) -> None:
    """Check the files, send them, follow them if told to."""
    keys = [raw_key(key or file.name) for file in files]
    if twice := sorted({item for item in keys if keys.count(item) > 1}):
        raise typer.BadParameter(f"several files would become {', '.join(twice)}: send them one by one, with --key")
    if check is not False:
        for file in files:
            _check(file, must_pass=check is True)
    say: Callable[[str], object] = (lambda _: None) if as_json else show.line
    for file, sent in zip(files, keys, strict=True):
        _send(target, file, sent)
        say(f"{file} is at {target.bucket.uri(sent)}")
    found = [follow(target, sent, say) for sent in keys] if wait else []
    if as_json:
        stages = {item.raw.key: {"stage": item.stage, "reason": item.reason} for item in found}
        show.as_json(
            [{"file": str(file), "key": sent} | stages.get(sent, {}) for file, sent in zip(files, keys, strict=True)]
        )
    if failed := [item for item in found if item.stage != "loaded"]:
        raise CommandFailed("; ".join(f"{item.raw.key} was {item.stage}: {item.reason}" for item in failed))


def _send(target: Target, file: Path, key: str) -> None:
    with show.progress() as bar:
        task = bar.add_task(f"Uploading {file.name}", total=file.stat().st_size)
        target.bucket.send(file, key, _CSV, lambda count: bar.advance(task, count))


def _check(file: Path, *, must_pass: bool) -> None:
    """Say what the contract makes of a file; whoever sits there decides whether a file that it refuses is sent."""
    from etl.files import would_become

    try:
        outcome = would_become(file, shipped_contract())
        refusal = outcome.refusal
    except DeliveryRefused as error:
        refusal = str(error)
    if refusal is None:
        return
    told = f"{file} will be refused: {refusal}"
    if must_pass:
        raise CommandFailed(f"{told}. Nothing was uploaded")
    errors.print(f"[bold yellow]warning:[/] {show.plain(told)}")
    if not sys.stdin.isatty():
        return
    try:
        is_wanted = typer.confirm("Upload it all the same?", err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not is_wanted:
        raise CommandFailed("nothing was uploaded")


def follow(target: Target, key: str, say: Callable[[str], object]) -> Delivery:
    """Say each stage as a delivery reaches it, and return it at its end."""
    began, said = time.monotonic(), ""
    with show.waiting(f"Following {key}"):
        while time.monotonic() - began < _FOLLOW_SECONDS:
            found = delivery(target.bucket, key)
            if found and found.stage != said:
                said = found.stage
                say(f"  {time.monotonic() - began:5.1f} s  {said}")
            if found and found.ended:
                return found
            time.sleep(0.1)
    raise CommandFailed(f"{key} was still {said or 'not there'} after {_FOLLOW_SECONDS} seconds")


def status(target: Target, key: str, as_json: bool) -> None:
    """One delivery's whole story."""
    found = delivery(target.bucket, raw_key(key))
    if found is None:
        raise CommandFailed(f"there is no {key} under raw/; `etl status` lists what is there")
    if as_json:
        show.as_json({"key": found.raw.key, "stage": found.stage, "clean": found.clean, "load": found.load})
        return
    show.line(f"{found.raw.key}: {found.stage} since {found.since}")
    if found.clean:
        show.report(found.clean, found.load)


def newest(target: Target, count: int, as_json: bool) -> None:
    """The newest deliveries, and how many messages the dead-letter queues hold."""
    rows: list[dict[str, Any]] = [
        {
            "key": found.raw.key,
            "stage": found.stage,
            "since": found.since,
            "rows_read": found.clean and found.clean.rows_read,
            "rows_clean": found.clean and found.clean.rows_clean,
            "rows_rejected": found.clean and found.clean.rows_rejected,
            "rows_loaded": found.load and found.load.rows_loaded,
        }
        for found in deliveries(target.bucket, count)
    ]
    depths = {name: queue.depth() for name, queue in target.dead_letters.items()}
    if as_json:
        show.as_json({"deliveries": rows, "dead_letters": depths})
        return
    if not rows:
        show.line("Nothing was delivered yet: `etl upload FILE` does.")
    else:
        show.rows(rows)
    for name, depth in depths.items():
        show.line(f"{name}: {depth} message{'s' if depth != 1 else ''}{'; see docs/operations.md' if depth else ''}")


def rejects(target: Target, key: str, as_json: bool) -> None:
    """The rejected records of a delivery, as they are in the bucket or as JSON."""
    report, _ = read_clean_report(target.bucket, raw_key(key))
    found = target.bucket.read(naming.rejects_key(raw_key(key)))
    if report is None or found is None:
        raise CommandFailed(f"there are no rejects of {key}: {report.error if report else 'it was not cleaned yet'}")
    if as_json:
        rows = csv.DictReader(io.StringIO(found[0].decode(), newline=""))
        show.as_json([row | {"line": int(row["line"]), "reasons": row["reasons"].split(";")} for row in rows])
    else:
        sys.stdout.buffer.write(found[0])


def replay(target: Target, key: str | None, dead_letters: bool, since: datetime | None, as_json: bool) -> None:
    """Run deliveries again: one, those since a day, or those that were given up."""
    if dead_letters:
        queues = {"RawDeadLetters": target.raw_queue, "MonthlyDeadLetters": target.monthly_queue}
        sent = [
            created.key
            for name, queue in queues.items()
            for created in operate.redrive(target.dead_letters[name], queue)
        ]
    else:
        keys = operate.delivered_since(target.bucket, since.replace(tzinfo=UTC)) if since else [raw_key(key or "")]
        sent = operate.replay(target.bucket, target.raw_queue, keys)
    _say_sent(sent, "replaying", as_json)


def backfill(target: Target, prefix: str, as_json: bool) -> None:
    """Bring in raw files that nothing has reported on."""
    keys = operate.not_handled(target.bucket, raw_key(prefix))
    _say_sent(operate.replay(target.bucket, target.raw_queue, keys), "bringing in", as_json)
    if not as_json:
        show.line(f"{len(keys)} file{'s' if len(keys) != 1 else ''} sent; `etl status` shows how far they are.")


def _say_sent(sent: Sequence[str], what: str, as_json: bool) -> None:
    if as_json:
        show.as_json(sent)
        return
    for key in sent:
        show.line(f"{what} {key}")


def remove(target: Target, key: str) -> None:
    """Take a delivery back, and wait until the warehouse has."""
    before = operate.withdraw(target.bucket, target.monthly_queue, raw_key(key))
    with show.step(f"Taking {before.monthly_key} out of the warehouse"):
        deadline = time.monotonic() + _FOLLOW_SECONDS
        while target.bucket.head(before.monthly_key or "") is not None:
            if time.monotonic() > deadline:
                raise CommandFailed(f"waited {_FOLLOW_SECONDS} seconds for {before.monthly_key} to go")
            time.sleep(0.2)
    operate.renew_latest(target.bucket, naming.latest_key(shipped_contract().monthly_file_prefix))
    show.line(f"{raw_key(key)} is withdrawn; `etl replay {key}` takes it up again.")


def reconcile(target: Target, mend: bool, older_table: str | None, as_json: bool) -> None:
    """List every difference between raw files, reports, monthly files, history and table, and an older table's."""
    deadline = time.monotonic() + _QUERY_SECONDS
    where = target.warehouse, shipped_contract()
    with show.waiting("Comparing"):
        ledger = gather(target.bucket, *where, lambda: deadline - time.monotonic())
        older = compare(*where, older_table, lambda: deadline - time.monotonic()) if older_table else []
    found = [*differences(ledger), *older]
    if as_json:
        show.as_json(found)
    else:
        for difference in found:
            show.line(f"{difference.key} {difference.what}")
    if mend:
        sent = repair(found, ledger, target.bucket, target.raw_queue, target.monthly_queue)
        errors.print(f"{sent} of {len(found)} sent to be mended; run `etl reconcile` again when they are through.")
    if left := [difference for difference in found if not (mend and difference.repair)]:
        raise CommandFailed(f"{len(left)} difference{'s' if len(left) != 1 else ''}; see docs/operations.md")
    if not found:
        errors.print(
            f"No difference: {len(ledger.monthly)} monthly files, {sum(t.rows for t in ledger.held.values()):,} rows."
        )


def sql(target: Target, statement: str, as_json: bool) -> None:
    """Ask the warehouse one statement."""
    deadline = time.monotonic() + _QUERY_SECONDS
    with show.waiting("Asking the warehouse"):
        rows = target.warehouse.query(statement, lambda: deadline - time.monotonic())
    if as_json:
        show.as_json(rows)
    else:
        show.rows(rows)

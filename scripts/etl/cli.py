"""The `etl` command. Each command is a thin wrapper: it reads its options, calls a flow, prints what came of it.

Exit codes: 0 done, 1 refused or failed (with one clear line on stderr), 2 wrong usage.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from etl import show
from etl.target import CLOUD_FOLDER, Target, find
from local import cloud, stack
from retail_etl import naming
from retail_etl.adapters.folder import Folder
from retail_etl.contract import check_contract, load_contract, shipped_contract
from retail_etl.errors import EtlError
from retail_etl.flows import operate
from retail_etl.flows.clean import clean_delivery, read_clean_report
from retail_etl.flows.publish import PAGE
from retail_etl.flows.pull import pull as take
from retail_etl.flows.reconcile import differences, gather, repair
from retail_etl.flows.status import Delivery, deliveries, delivery
from retail_etl.notifications import ObjectCreated

_QUERY_SECONDS = 600
_FOLLOW_SECONDS = 900
_PIECE_BYTES = 1 << 20

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Clean raw retail CSVs, load them into Redshift exactly once, look at what came of it.",
)
errors = Console(stderr=True, highlight=False)

StackOption = Annotated[str | None, typer.Option("--stack", help="A stack in an AWS account.", envvar="ETL_STACK")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class CommandFailed(EtlError):
    """The command did what it could, and the answer is no."""


def main() -> None:
    """Run the command line; whatever goes wrong ends in one clear line, not a stack trace."""
    with one_line_errors():
        app()


@app.command()
def clean(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The raw CSV, or .csv.gz.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write, laid out like the bucket.")],
    contract: Annotated[Path | None, typer.Option("--contract", exists=True, dir_okay=False)] = None,
) -> None:
    """Clean a file on this machine, without any cloud.

    Example: etl clean purchases_2025-06.csv --out cleaned
    """
    declared = load_contract(contract) if contract else shipped_contract()
    key = f"{naming.RAW}{file.name}"
    report = clean_delivery(ObjectCreated(str(out), key), Folder(out, {key: file}), declared)
    show.report(report)
    if report.status != "cleaned":
        raise CommandFailed(f"{file} was {report.status}: {report.error}")


contract_app = typer.Typer(no_args_is_help=True, help="Data contracts: what a raw file must hold.")
app.add_typer(contract_app, name="contract")


@contract_app.command("check")
def contract_check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An ODCS contract, *.odcs.yaml.")],
) -> None:
    """Say what is wrong in a contract, with the line.

    Example: etl contract check other.odcs.yaml
    """
    problems = check_contract(file)
    for problem in problems:
        typer.echo(f"{file}:{problem.line}: {problem.text}")
    if problems:
        raise CommandFailed(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in {file}")
    typer.echo(f"{file} is a contract that can be used.")


@app.command()
def up() -> None:
    """Start the emulated cloud on this machine and deploy the stack into it.

    Example: etl up && etl upload samples/purchases_sample.csv --wait
    """
    with show.step("Building functions and layers with `sam build`"):
        stack.build(CLOUD_FOLDER / "sam-build.log")
    with show.step("Starting the emulated cloud"):
        running = cloud.start(CLOUD_FOLDER)
    with show.step("Deploying template.yaml with `sam deploy`"):
        stack.deploy(running, CLOUD_FOLDER / "sam-deploy.log")
    typer.echo(f"The emulated cloud is up. Its state is in {CLOUD_FOLDER}; `etl down` stops it.")


@app.command()
def down() -> None:
    """Stop the emulated cloud; its state is kept for the next `etl up`."""
    typer.echo("Stopped." if cloud.stop(CLOUD_FOLDER) else "No emulated cloud was running.")


@app.command()
def env() -> None:
    """Print `export` lines that point the aws command line at the emulated cloud.

    Example: eval "$(etl env)" && aws s3 ls "s3://$ETL_BUCKET/"
    """
    running = cloud.running(CLOUD_FOLDER)
    if running is None:
        raise CommandFailed("no emulated cloud runs here: start one with `etl up`")
    for name, value in (running.environment() | {"ETL_BUCKET": find().bucket.name}).items():
        typer.echo(f"export {name}={value}")


@app.command()
def upload(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Raw files.")],
    key: Annotated[str | None, typer.Option("--key", help="The object's key below raw/, for a single file.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow each file until it is loaded or refused.")] = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Drop raw files into the bucket.

    Example: etl upload purchases_2025-06.csv --wait
    """
    if key is not None and len(files) > 1:
        raise typer.BadParameter("--key names one object, but there are several files")
    target = find(stack_name, profile)
    keys = []
    for file in files:
        raw_key = _raw_key(key or file.name)
        with file.open("rb") as content, target.bucket.upload(raw_key, "text/csv") as sending:
            shutil.copyfileobj(content, sending, _PIECE_BYTES)
            sending.complete()
        typer.echo(f"{file} is at {target.bucket.uri(raw_key)}")
        keys.append(raw_key)
    if wait:
        failed = [
            found for found in (follow(target, raw_key, typer.echo) for raw_key in keys) if found.stage != "loaded"
        ]
        if failed:
            raise CommandFailed("; ".join(f"{found.raw.key} was {found.stage}: {found.reason}" for found in failed))


def follow(target: Target, raw_key: str, say: Callable[[str], object]) -> Delivery:
    """Say each stage as a delivery reaches it, and return it at its end."""
    began, said = time.monotonic(), ""
    while time.monotonic() - began < _FOLLOW_SECONDS:
        found = delivery(target.bucket, raw_key)
        if found and found.stage != said:
            said = found.stage
            say(f"  {time.monotonic() - began:5.1f} s  {said}")
        if found and found.ended:
            return found
        time.sleep(0.1)
    raise CommandFailed(f"{raw_key} was still {said or 'not there'} after {_FOLLOW_SECONDS} seconds")


@app.command()
def status(
    key: Annotated[str | None, typer.Argument(help="A raw file's key, for its whole story.")] = None,
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many deliveries to list.")] = 20,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Say where deliveries stand, newest first, and how deep the dead-letter queues are; the warehouse is not woken.

    Example: etl status purchases_2025-06.csv
    """
    target = find(stack_name, profile)
    if key is None:
        _list_deliveries(target, newest, as_json)
        return
    found = delivery(target.bucket, _raw_key(key))
    if found is None:
        raise CommandFailed(f"there is no {key} under raw/")
    if as_json:
        clean_report, load_report = found.clean and asdict(found.clean), found.load and asdict(found.load)
        story = {"key": found.raw.key, "stage": found.stage, "clean": clean_report, "load": load_report}
        typer.echo(json.dumps(story, indent=2))
        return
    typer.echo(f"{found.raw.key}: {found.stage} since {found.since}")
    if found.clean:
        show.report(found.clean, found.load)


def _list_deliveries(target: Target, newest: int, as_json: bool) -> None:
    rows = [
        {
            "key": found.raw.key,
            "stage": found.stage,
            "since": found.since,
            "rows_read": found.clean and found.clean.rows_read,
            "rows_clean": found.clean and found.clean.rows_clean,
            "rows_rejected": found.clean and found.clean.rows_rejected,
            "rows_loaded": found.load and found.load.rows_loaded,
        }
        for found in deliveries(target.bucket, newest)
    ]
    depths = {name: queue.depth() for name, queue in target.dead_letters.items()}
    if as_json:
        typer.echo(json.dumps({"deliveries": rows, "dead_letters": depths}, indent=2))
        return
    show.rows(rows)
    for name, depth in depths.items():
        typer.echo(f"{name}: {depth} message{'s' if depth != 1 else ''}{'; see docs/operations.md' if depth else ''}")


@app.command()
def replay(
    key: Annotated[str | None, typer.Argument(help="A raw file's key.")] = None,
    dead_letters: Annotated[bool, typer.Option("--dead-letters", help="What is in the dead-letter queues.")] = False,
    since: Annotated[datetime | None, typer.Option("--since", help="Every delivery since this day (UTC).")] = None,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Run deliveries again as they are in the bucket, without a re-upload.

    Examples: etl replay purchases_2025-06.csv; etl replay --dead-letters; etl replay --since 2025-06-01
    """
    if sum((key is not None, dead_letters, since is not None)) != 1:
        raise typer.BadParameter("say what to replay: a KEY, --dead-letters, or --since DATE")
    target = find(stack_name, profile)
    if dead_letters:
        queues = {"RawDeadLetters": target.raw_queue, "MonthlyDeadLetters": target.monthly_queue}
        for name, queue in queues.items():
            for created in operate.redrive(target.dead_letters[name], queue):
                typer.echo(f"replaying {created.key}")
        return
    keys = operate.delivered_since(target.bucket, since.replace(tzinfo=UTC)) if since else [_raw_key(key or "")]
    for sent in operate.replay(target.bucket, target.raw_queue, keys):
        typer.echo(f"replaying {sent}")


@app.command()
def remove(
    key: Annotated[str, typer.Argument(help="A raw file's key.")],
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Take a wrong file back: its rows and its monthly file go, the raw file stays and is marked withdrawn.

    Example: etl remove purchases_2025-06.csv
    """
    target, raw_key = find(stack_name, profile), _raw_key(key)
    before = operate.withdraw(target.bucket, target.monthly_queue, raw_key)
    with show.step(f"Taking {before.monthly_key} out of the warehouse"):
        _wait_until(lambda: target.bucket.head(before.monthly_key or "") is None, f"{before.monthly_key} to go")
    latest = naming.latest_key(shipped_contract().monthly_file_prefix)
    operate.renew_latest(target.bucket, latest)
    typer.echo(f"{raw_key} is withdrawn; `etl replay {key}` takes it up again.")


@app.command()
def backfill(
    prefix: Annotated[str, typer.Argument(help="Below raw/; '' for all of it.")],
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Bring in raw files that were in the bucket before the stack: those that nothing has reported on.

    Example: etl backfill 2024/
    """
    target = find(stack_name, profile)
    keys = operate.not_handled(target.bucket, _raw_key(prefix))
    for sent in operate.replay(target.bucket, target.raw_queue, keys):
        typer.echo(f"bringing in {sent}")
    typer.echo(f"{len(keys)} file{'s' if len(keys) != 1 else ''} sent; `etl status` shows how far they are.")


@app.command()
def reconcile(
    mend: Annotated[bool, typer.Option("--repair", help="Have done again what can be mended so.")] = False,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Compare raw files, reports, monthly files, load_history and the table, and list every difference.

    Exits with 1 if there are differences that were not sent to be mended.
    """
    target, deadline = find(stack_name, profile), time.monotonic() + _QUERY_SECONDS
    ledger = gather(target.bucket, target.warehouse, shipped_contract(), lambda: deadline - time.monotonic())
    found = list(differences(ledger))
    if as_json:
        typer.echo(json.dumps([asdict(difference) for difference in found], indent=2))
    else:
        for difference in found:
            typer.echo(f"{difference.key} {difference.what}")
    if mend:
        sent = repair(found, ledger, target.bucket, target.raw_queue, target.monthly_queue)
        errors.print(f"{sent} of {len(found)} sent to be mended; run `etl reconcile` again when they are through.")
    by_hand = [difference for difference in found if not (mend and difference.repair)]
    if by_hand:
        raise CommandFailed(f"{len(by_hand)} difference{'s' if len(by_hand) != 1 else ''}; see docs/operations.md")
    if not found:
        errors.print(
            f"No difference: {len(ledger.monthly)} monthly files, {sum(t.rows for t in ledger.held.values()):,} rows."
        )


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One statement.")],
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Ask the warehouse: a table on a terminal, a JSON array of objects with --json.

    Example: etl sql "SELECT * FROM vw_category_revenue"
    """
    deadline = time.monotonic() + _QUERY_SECONDS
    rows = find(stack_name, profile).warehouse.query(statement, lambda: deadline - time.monotonic())
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        show.rows(rows)


@app.command()
def rejects(
    key: Annotated[str, typer.Argument(help="A raw file's key.")],
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Print the rejected records of a delivery as CSV: line, reasons, record."""
    target, raw_key = find(stack_name, profile), _raw_key(key)
    report, _ = read_clean_report(target.bucket, raw_key)
    found = target.bucket.read(naming.rejects_key(raw_key))
    if report is None or found is None:
        raise CommandFailed(f"there are no rejects of {key}: {report.error if report else 'it was not cleaned yet'}")
    sys.stdout.buffer.write(found[0])


@app.command()
def pull(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="The folder to write.")],
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Download the published dashboards: the page, a CSV for every view, the data dictionary, the manifest.

    Example: etl pull dashboards
    """
    manifest = take(find(stack_name, profile).bucket, folder)
    typer.echo(f"Published {manifest.published_at}. Open {(folder / PAGE).resolve()}")


def _raw_key(key: str) -> str:
    return naming.RAW + key.removeprefix(naming.RAW)


def _wait_until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _FOLLOW_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise CommandFailed(f"waited {_FOLLOW_SECONDS} seconds for {what}")
        time.sleep(0.2)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what goes wrong into one line on stderr and exit code 1."""
    try:
        yield
    except (EtlError, cloud.CloudError, ClientError, BotoCoreError, OSError) as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("stopped")
        sys.exit(130)

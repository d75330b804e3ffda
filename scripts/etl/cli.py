"""The `etl` command. Each command is a thin wrapper: it reads its options, calls a flow, prints what came of it.

Exit codes: 0 done, 1 refused or failed (with one clear line on stderr), 2 wrong usage.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
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
from retail_etl.contract import load_contract, shipped_contract
from retail_etl.errors import EtlError
from retail_etl.flows.clean import clean_delivery, read_clean_report
from retail_etl.flows.status import Delivery, delivery
from retail_etl.notifications import ObjectCreated

_QUERY_SECONDS = 600
_FOLLOW_SECONDS = 900

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
        raw_key = naming.RAW + (key or file.name).removeprefix(naming.RAW)
        target.bucket.write(raw_key, file.read_bytes(), "text/csv")
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
    key: Annotated[str, typer.Argument(help="A raw file's key.")],
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Say where a delivery stands, from its reports; the warehouse is not woken."""
    found = delivery(find(stack_name, profile).bucket, naming.RAW + key.removeprefix(naming.RAW))
    if found is None:
        raise CommandFailed(f"there is no {key} under raw/")
    if as_json:
        reports = {
            name: asdict(item) if item else None for name, item in (("clean", found.clean), ("load", found.load))
        }
        typer.echo(json.dumps({"key": found.raw.key, "stage": found.stage, **reports}, indent=2))
        return
    typer.echo(f"{found.raw.key}: {found.stage}")
    if found.clean:
        show.report(found.clean, found.load)


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
    target, raw_key = find(stack_name, profile), naming.RAW + key.removeprefix(naming.RAW)
    report, _ = read_clean_report(target.bucket, raw_key)
    found = target.bucket.read(naming.rejects_key(raw_key))
    if report is None or found is None:
        raise CommandFailed(f"there are no rejects of {key}: {report.error if report else 'it was not cleaned yet'}")
    sys.stdout.buffer.write(found[0])


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

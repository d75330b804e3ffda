"""The `etl` command: what one types. What is done stands in the modules beside this one.

They are imported when a command runs: `etl --help` and completion load neither boto3 nor pandas.
Exit codes: 0 done, 1 refused or failed (with one clear line on stderr), 2 wrong usage, 130 stopped with Ctrl-C.
"""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from etl.failures import one_line_errors

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Clean raw retail CSVs, load them into Redshift exactly once, look at what came of it.\n\n"
    "Commands talk to the emulated cloud of this machine (`etl up`), or to a stack in an AWS account with --stack.",
)
contract_app = typer.Typer(no_args_is_help=True, help="Data contracts: what a raw file must hold.")

_FILES, _CLOUD, _DELIVERIES, _WAREHOUSE = "Files on this machine", "Where things run", "Deliveries", "Warehouse"


def main() -> None:
    """Run the command line; whatever goes wrong ends in one clear line, not a stack trace."""
    with one_line_errors():
        app(prog_name="etl")


def _complete_key(incomplete: str) -> list[str]:
    """The keys below raw/ that begin so, for the shell's completion; none where no cloud answers."""
    from etl.target import find

    try:
        prefix = f"raw/{incomplete.removeprefix('raw/')}"
        keys = [item.key.removeprefix("raw/") for item in find().bucket.list(prefix)]
    except Exception:  # whatever is wrong: a shell that completes a word has no place for it
        return []
    return keys


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"etl {version('retail-etl')}")
        raise typer.Exit


StackOption = Annotated[str | None, typer.Option("--stack", help="A stack in an AWS account.", envvar="ETL_STACK")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KeyArgument = Annotated[str, typer.Argument(help="A raw file's key, below raw/.", autocompletion=_complete_key)]
ContractOption = Annotated[
    Path | None,
    typer.Option("--contract", exists=True, dir_okay=False, help="An ODCS contract; the shipped one if left out."),
]
RawFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The raw CSV, or .csv.gz.")]


@app.callback()
def _etl(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel=_FILES)
def clean(
    file: RawFile,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write, laid out like the bucket.")],
    contract: ContractOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clean a file on this machine, without any cloud.

    Example: etl clean purchases_2025-06.csv --out cleaned
    """
    from etl import files

    files.clean(file, out, contract, as_json)


@app.command(rich_help_panel=_FILES)
def profile(
    file: RawFile,
    draft: Annotated[
        Path | None, typer.Option("--draft", dir_okay=False, help="Where the draft goes; NAME.odcs.yaml if left out.")
    ] = None,
    write: Annotated[bool, typer.Option("--write/--no-write", help="Whether to write a draft.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write over a draft that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a new file holds, and write a draft contract for it.

    Example: etl profile sales.csv && etl clean sales.csv --contract sales.odcs.yaml --out cleaned
    """
    from etl import files

    wanted = draft or Path(f"{file.name.split('.', 1)[0] or file.name}.odcs.yaml")
    files.profile(file, wanted if write else None, force, as_json)


app.add_typer(contract_app, name="contract", rich_help_panel=_FILES)


@contract_app.command("check")
def contract_check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An ODCS contract, *.odcs.yaml.")],
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong in a contract, with the line.

    Example: etl contract check other.odcs.yaml
    """
    from etl import contracts

    contracts.check(file, as_json)


@contract_app.command("describe")
def contract_describe(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="An ODCS contract; the shipped one if left out.")
    ] = None,
) -> None:
    """Print a contract as a page of Markdown: each column, its rule in words.

    Example: etl contract describe > contract.md
    """
    from etl import contracts

    contracts.describe(file)


@app.command(rich_help_panel=_CLOUD)
def up() -> None:
    """Start the emulated cloud on this machine and deploy the stack into it.

    Example: etl up && etl upload samples/purchases_sample.csv --wait
    """
    from etl import machine

    machine.up()


@app.command(rich_help_panel=_CLOUD)
def down() -> None:
    """Stop the emulated cloud; its state is kept for the next `etl up`."""
    from etl import machine

    machine.down()


@app.command(rich_help_panel=_CLOUD)
def env() -> None:
    """Print `export` lines that point the aws command line at the emulated cloud.

    Example: eval "$(etl env)" && aws s3 ls "s3://$ETL_BUCKET/"
    """
    from etl import machine

    machine.env()


@app.command(rich_help_panel=_CLOUD)
def doctor(as_json: JsonOption = False, stack_name: StackOption = None, profile: ProfileOption = None) -> None:
    """Say what is missing on this machine or in this account, and what to do about it.

    Asks the warehouse for nothing but `SELECT 1`, which wakes it. Exits with 1 if something is missing.

    Example: etl doctor --stack retail-etl --profile me
    """
    from etl import doctor

    doctor.run(stack_name, profile, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def upload(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Raw files.")],
    key: Annotated[str | None, typer.Option("--key", help="The object's key below raw/, for a single file.")] = None,
    check: Annotated[
        bool | None,
        typer.Option(
            "--check/--no-check",
            show_default=False,
            help="Clean it here first, and do not send a file that would be refused. Left out: ask on a terminal, "
            "warn in a script, where the refusal by the pipeline is what reaches the team.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow each file until it is loaded or refused.")] = False,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Drop raw files into the bucket.

    With --wait it exits with 1 unless every file was loaded. Stopped with Ctrl-C, an unfinished file never appears.

    Example: etl upload purchases_2025-06.csv --wait
    """
    from etl import deliveries
    from etl.target import find

    if key is not None and len(files) > 1:
        raise typer.BadParameter("--key names one object, but there are several files")
    deliveries.upload(find(stack_name, profile), files, key, check, wait, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def status(
    key: Annotated[
        str | None, typer.Argument(help="A raw file's key, for its whole story.", autocompletion=_complete_key)
    ] = None,
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many deliveries to list.")] = 20,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Say where deliveries stand, newest first, and how deep the dead-letter queues are; the warehouse is not woken.

    Example: etl status purchases_2025-06.csv
    """
    from etl import deliveries
    from etl.target import find

    if key is None:
        deliveries.newest(find(stack_name, profile), newest, as_json)
    else:
        deliveries.status(find(stack_name, profile), key, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def rejects(
    key: KeyArgument, as_json: JsonOption = False, stack_name: StackOption = None, profile: ProfileOption = None
) -> None:
    """Print the rejected records of a delivery as CSV: line, reasons, record.

    Example: etl rejects purchases_2025-06.csv > rejects.csv
    """
    from etl import deliveries
    from etl.target import find

    deliveries.rejects(find(stack_name, profile), key, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def replay(
    key: Annotated[str | None, typer.Argument(help="A raw file's key.", autocompletion=_complete_key)] = None,
    dead_letters: Annotated[bool, typer.Option("--dead-letters", help="What is in the dead-letter queues.")] = False,
    since: Annotated[datetime | None, typer.Option("--since", help="Every delivery since this day (UTC).")] = None,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Run deliveries again as they are in the bucket, without a re-upload.

    Examples: etl replay purchases_2025-06.csv; etl replay --dead-letters; etl replay --since 2025-06-01
    """
    from etl import deliveries
    from etl.target import find

    if sum((key is not None, dead_letters, since is not None)) != 1:
        raise typer.BadParameter("say what to replay: a KEY, --dead-letters, or --since DATE")
    deliveries.replay(find(stack_name, profile), key, dead_letters, since, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def remove(key: KeyArgument, stack_name: StackOption = None, profile: ProfileOption = None) -> None:
    """Take a wrong file back: its rows and its monthly file go, the raw file stays and is marked withdrawn.

    Example: etl remove purchases_2025-06.csv
    """
    from etl import deliveries
    from etl.target import find

    deliveries.remove(find(stack_name, profile), key)


@app.command(rich_help_panel=_DELIVERIES)
def backfill(
    prefix: Annotated[str, typer.Argument(help="Below raw/; '' for all of it.")],
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Bring in raw files that were in the bucket before the stack: those that nothing has reported on.

    Example: etl backfill 2024/
    """
    from etl import deliveries
    from etl.target import find

    deliveries.backfill(find(stack_name, profile), prefix, as_json)


@app.command(rich_help_panel=_DELIVERIES)
def reconcile(
    mend: Annotated[bool, typer.Option("--repair", help="Have done again what can be mended so.")] = False,
    older_table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Compare a table of the same purchases, made by hand before, as well."),
    ] = None,
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Compare raw files, reports, monthly files, load_history and the table, and list every difference.

    Exits with 1 if there are differences that were not sent to be mended.

    Examples: etl reconcile --repair; etl reconcile --older-table walmart_sales_by_hand
    """
    from etl import deliveries
    from etl.target import find

    deliveries.reconcile(find(stack_name, profile), mend, older_table, as_json)


@app.command(rich_help_panel=_WAREHOUSE)
def sql(
    statement: Annotated[str, typer.Argument(help="One statement.")],
    as_json: JsonOption = False,
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Ask the warehouse: a table on a terminal, a JSON array of objects with --json.

    Example: etl sql "SELECT * FROM vw_category_revenue"
    """
    from etl import deliveries
    from etl.target import find

    deliveries.sql(find(stack_name, profile), statement, as_json)


@app.command(rich_help_panel=_WAREHOUSE)
def pull(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="The folder to write.")],
    stack_name: StackOption = None,
    profile: ProfileOption = None,
) -> None:
    """Download the published dashboards: the page, a CSV for every view, the data dictionary, the manifest.

    Example: etl pull dashboards
    """
    from etl.target import find
    from retail_etl.flows.publish import PAGE
    from retail_etl.flows.pull import pull

    manifest = pull(find(stack_name, profile).bucket, folder)
    typer.echo(f"Published {manifest.published_at}. Open {(folder / PAGE).resolve()}")

"""Typed wrong, or with nothing there to work on: one line that says what, and an exit code; never a stack trace."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.models import CommandInfo

from etl.cli import app, contract_app
from tests.cli.conftest import Etl

WRONG = [
    # arguments, exit code, what stderr says
    (["no-such-command"], 2, "No such command 'no-such-command'"),
    (["--no-such-option"], 2, "No such option"),
    (["status", "--no-such-option"], 2, "No such option"),
    (["status", "--newest", "none"], 2, "--newest"),
    (["status", "--newest", "0"], 2, "--newest"),
    (["clean"], 2, "Missing argument"),
    (["clean", "good.csv"], 2, "--out"),
    (["clean", "no-such-file.csv", "--out", "out"], 2, "no-such-file.csv"),
    (["clean", "folder", "--out", "out"], 2, "is a directory"),
    (["clean", "good.csv", "--out", "good.csv"], 2, "good.csv"),
    (["clean", "good.csv", "--out", "/proc/nowhere"], 1, "/proc/nowhere"),
    (["clean", "good.csv", "--out", "out", "--contract", "no-such.yaml"], 2, "no-such.yaml"),
    (["clean", "good.csv", "--out", "out", "--contract", "good.csv"], 1, "good.csv is not a contract"),
    (["clean", "broken.yaml", "--out", "out"], 1, "the header on line 1 lacks customer_id"),
    (["clean", "workbook.xlsx", "--out", "out"], 1, "perhaps an Excel workbook"),
    (["clean", "empty.csv", "--out", "out"], 1, "the file is empty"),
    (["clean", "image.png", "--out", "out"], 1, "image.png was refused"),
    (["contract"], 2, ""),
    (["contract", "check", "no-such.yaml"], 2, "no-such.yaml"),
    (["contract", "check", "broken.yaml"], 1, "1 problem in broken.yaml"),
    (["contract", "describe", "broken.yaml"], 1, "broken.yaml is not a contract"),
    (["profile", "no-such-file.csv"], 2, "no-such-file.csv"),
    (["profile", "empty.csv"], 1, "the file is empty"),
    (["profile", "no-day.csv"], 1, "needs a column with the day of each row"),
    (["upload"], 2, "Missing argument"),
    (["upload", "no-such-file.csv"], 2, "no-such-file.csv"),
    (["upload", "folder"], 2, "is a directory"),
    (["upload", "good.csv", "broken.yaml", "--key", "one.csv"], 2, "--key names one object"),
    (["upload", "good.csv"], 1, "start one with `etl up`"),
    (["status"], 1, "start one with `etl up`"),
    (["status", "--profile", "nobody"], 1, "aws configure list-profiles"),
    (["status", "--stack", "nowhere"], 1, "export AWS_DEFAULT_REGION=us-east-1"),
    (["env"], 1, "start one with `etl up`"),
    (["sql", "SELECT 1"], 1, "start one with `etl up`"),
    (["sql"], 2, "Missing argument"),
    (["rejects", "one.csv"], 1, "start one with `etl up`"),
    (["replay"], 2, "say what to replay"),
    (["replay", "one.csv", "--dead-letters"], 2, "say what to replay"),
    (["replay", "--since", "yesterday"], 2, "--since"),
    (["remove"], 2, "Missing argument"),
    (["backfill", "2024/"], 1, "start one with `etl up`"),
    (["reconcile"], 1, "start one with `etl up`"),
    (["pull", "dashboards"], 1, "start one with `etl up`"),
]


@pytest.fixture(autouse=True)
def _files(here: Path) -> None:
    (here / "folder").mkdir()
    (here / "good.csv").write_text("a,b\n1,2\n", "utf-8")
    (here / "no-day.csv").write_text("a,b\n1,2\n", "utf-8")
    (here / "empty.csv").touch()
    (here / "broken.yaml").write_text("schema: [\n", "utf-8")
    (here / "workbook.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    (here / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(1000))


@pytest.mark.parametrize(("arguments", "code", "says"), WRONG, ids=[" ".join(item[0]) for item in WRONG])
def test_wrong_usage(etl: Etl, arguments: list[str], code: int, says: str) -> None:
    done = etl(*arguments, code=code)
    told = re.sub(r"[│\s]+", " ", done.stderr)
    assert says in told
    if code == 1:
        assert done.stderr.count("\n") == 1, "what failed is told in one line"
        assert done.stderr.startswith("error: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(etl: Etl, here: Path) -> None:
    (here / "good.csv").chmod(0)
    assert "good.csv" in etl("clean", "good.csv", "--out", "out", code=2).stderr


def test_the_doctor_of_an_empty_account(etl: Etl) -> None:
    done = etl("doctor", "--stack", "nowhere", code=1)
    assert "missing      credentials: " in done.stdout
    assert "→ aws configure" in done.stdout
    assert "error: missing: credentials" in done.stderr


@pytest.mark.parametrize(
    "command", [*app.registered_commands, *contract_app.registered_commands], ids=lambda it: it.callback.__name__
)
def test_every_command_has_help_with_an_example(command: CommandInfo) -> None:
    assert command.callback is not None
    told = command.callback.__doc__ or ""
    assert command.callback.__name__ == "down" or "Example" in told


def test_help_needs_neither_pandas_nor_boto3() -> None:
    """They take a second; a shell that completes a word waits for them."""
    script = "import sys, etl.cli; print({'boto3', 'botocore', 'pandas', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout == "set()\n"

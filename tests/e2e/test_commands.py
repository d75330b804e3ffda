"""The `etl` command as people type it: a process of its own, its exit code, what it prints."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from etl.target import Target

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)
Etl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def etl(target: Target, folder: Path) -> Etl:
    command = Path(sys.executable).with_name("etl")

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(command), *arguments],
            env={**os.environ, "ETL_CLOUD": str(folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"etl {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def shop(tmp_path: Path) -> tuple[str, Path, list[str]]:
    """A raw file of its own, by key, path and customers."""
    customers = [f"{uuid4()}" for _ in range(30)]
    lines = [f"{customer},30,Male,Berlin,Home,Lamp,2025-06-15,10.00,UPI,Yes,5,No\n" for customer in customers]
    path = tmp_path / "2025-06.csv"
    path.write_text(
        HEADER + "".join(lines) + "bad id,30,Male,Berlin,Home,Lamp,2025-06-15,10.00,UPI,Yes,5,No\n", "utf-8"
    )
    return f"commands {uuid4()}/2025-06.csv", path, customers


def _stage(etl: Etl, key: str) -> Any:
    return json.loads(etl("status", key, "--json").stdout)


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _held(etl: Etl, customer: str) -> int:
    statement = f"SELECT COUNT(*) AS n FROM walmart_sales WHERE customer_id = '{customer}'"
    return int(json.loads(etl("sql", statement, "--json").stdout)[0]["n"])


def test_the_days_of_an_operator(etl: Etl, target: Target, shop: tuple[str, Path, list[str]]) -> None:
    key, path, customers = shop
    uploaded = etl("upload", str(path), "--key", key, "--wait")
    assert "loaded" in uploaded.stdout
    assert key in etl("status", "--newest", "100").stdout
    story = _stage(etl, key)
    assert (story["stage"], story["clean"]["rows_clean"], story["load"]["rows_loaded"]) == ("loaded", 30, 30)
    assert "customer_id:pattern" in etl("rejects", key).stdout
    assert "No difference" in etl("reconcile").stderr

    target.bucket.delete(story["clean"]["monthly_key"])
    found = etl("reconcile", code=1)
    assert f"raw/{key} has lost its monthly file" in found.stdout
    assert etl("reconcile", "--repair").returncode == 0
    _until(lambda: target.bucket.head(story["clean"]["monthly_key"]) is not None)
    _until(lambda: _stage(etl, key)["stage"] == "loaded")
    assert "No difference" in etl("reconcile").stderr

    assert "withdrawn" in etl("remove", key).stdout
    assert _stage(etl, key)["stage"] == "withdrawn"
    assert _held(etl, customers[0]) == 0
    assert "nothing of" in etl("remove", key, code=1).stderr
    assert f"replaying raw/{key}" in etl("replay", key).stdout
    _until(lambda: _stage(etl, key)["stage"] == "loaded")
    assert _held(etl, customers[0]) == 1
    assert "0 files sent" in etl("backfill", key.split("/", maxsplit=1)[0]).stdout
    assert etl("replay", "--dead-letters").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status", "no such key"], 1, "there is no no such key under raw/"),
        (["rejects", "no such key"], 1, "not cleaned yet"),
        (["replay", "no such key"], 1, "there is no s3://"),
        (["replay"], 2, "say what to replay"),
        (["sql", "SELECT nonsense"], 1, "nonsense"),
        (["upload", "no-such-file.csv"], 2, "no-such-file.csv"),
        (["no-such-command"], 2, "no-such-command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said_in_a_line(etl: Etl, arguments: list[str], code: int, says: str) -> None:
    assert says in etl(*arguments, code=code).stderr


def test_env_points_the_aws_command_line_at_the_emulated_cloud(etl: Etl, target: Target) -> None:
    if "ETL_STACK" not in os.environ:
        assert f"export ETL_BUCKET={target.bucket.name}" in etl("env").stdout

"""The `etl` command as people type it: a process of its own, its exit code, what it prints."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from etl.target import Target
from retail_etl import naming
from tests.e2e.conftest import Etl

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)


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


def _until(done: Callable[[], bool], pause: float = 0.5) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(pause)


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


def test_a_table_made_by_hand_is_compared(etl: Etl, shop: tuple[str, Path, list[str]]) -> None:
    key, path, customers = shop
    etl("upload", str(path), "--key", key, "--wait")
    etl("sql", "CREATE TABLE by_hand (customer_id VARCHAR(64), purchase_date DATE, purchase_amount FLOAT)")
    twice = ", ".join([f"('{customers[0]}', '2025-06-15', 10)"] * 2 + ["('nobody', '1999-12-31', 0.1)"])
    etl("sql", f"INSERT INTO by_hand VALUES {twice}")
    found = etl("reconcile", "--older-table", "by_hand", code=1).stdout.splitlines()
    assert found[0] == "by_hand differs in 1999-12; rows in no delivery: 1"
    assert any(line.startswith("by_hand differs in 2025-06; rows too many: 1, missing: ") for line in found)
    assert "there is no table public.by_nobody" in etl("reconcile", "--older-table", "by_nobody", code=1).stderr
    etl("sql", "DROP TABLE by_hand")
    etl("remove", key)


def test_several_files_are_sent_and_followed(etl: Etl, tmp_path: Path, shop: tuple[str, Path, list[str]]) -> None:
    _, path, _ = shop
    good, bad = tmp_path / f"{uuid4()}.csv", tmp_path / f"{uuid4()}.csv"
    good.write_bytes(path.read_bytes().replace(b"2025-06-15", b"2025-07-15"))
    bad.write_text("a,b\n1,2\n", "utf-8")
    done = etl("upload", str(good), str(bad), "--wait", "--json", code=1)
    assert [(item["key"], item["stage"]) for item in json.loads(done.stdout)] == [
        (f"raw/{good.name}", "loaded"),
        (f"raw/{bad.name}", "refused"),
    ]
    assert "will be refused: the header on line 1 lacks customer_id" in done.stderr
    assert f"raw/{bad.name} was refused" in done.stderr
    listed = json.loads(etl("status", "--newest", "100", "--json").stdout)
    assert {f"raw/{good.name}": "loaded", f"raw/{bad.name}": "refused"}.items() <= {
        item["key"]: item["stage"] for item in listed["deliveries"]
    }.items()
    assert set(listed["dead_letters"].values()) == {0}
    (reject,) = json.loads(etl("rejects", good.name, "--json").stdout)
    assert (reject["line"], reject["reasons"]) == (32, ["customer_id:pattern"])
    assert json.loads(etl("replay", good.name, "--json").stdout) == [f"raw/{good.name}"]
    etl("remove", good.name)


def test_a_file_that_would_be_refused_is_not_sent_if_asked(etl: Etl, target: Target, tmp_path: Path) -> None:
    bad = tmp_path / f"{uuid4()}.csv"
    bad.write_text("a,b\n1,2\n", "utf-8")
    assert "Nothing was uploaded" in etl("upload", str(bad), "--check", code=1).stderr
    assert target.bucket.head(f"raw/{bad.name}") is None
    assert etl("upload", str(bad), "--no-check").stderr == ""
    assert target.bucket.head(f"raw/{bad.name}") is not None


def test_the_question_whether_to_send_it_can_be_answered_with_ctrl_c(
    target: Target, folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / f"{uuid4()}.csv"
    bad.write_text("a,b\n1,2\n", "utf-8")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(Path(sys.executable).with_name("etl")), "upload", str(bad)],
        env={**os.environ, "ETL_CLOUD": str(folder), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"Upload it all the same? [y/N]: " not in shown:
        shown += os.read(ours, 65536)
    while process.poll() is None:  # Python misses a signal that comes while it goes to wait for the answer
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
    assert process.returncode == 130
    assert b"stopped" in os.read(ours, 65536)
    os.close(ours)
    assert target.bucket.head(f"raw/{bad.name}") is None


def test_a_file_is_sent_in_parts_with_their_checksums(etl: Etl, target: Target, tmp_path: Path) -> None:
    path = tmp_path / f"{uuid4()}.bin"
    path.write_bytes(os.urandom(20 << 20))
    etl("upload", str(path), "--no-check", "--key", f"{naming.RAW}parts/{path.name}")
    key = f"raw/parts/{path.name}"
    about = target.session.client("s3").head_object(Bucket=target.bucket.name, Key=key, ChecksumMode="ENABLED")
    assert about["ChecksumSHA256"].endswith("-3")
    with target.bucket.open(key, about["ETag"].strip('"')) as content:
        assert content.read() == path.read_bytes()


def test_an_upload_that_is_stopped_leaves_nothing(target: Target, folder: Path, tmp_path: Path) -> None:
    s3, bucket = target.session.client("s3"), target.bucket.name
    for _ in range(5):  # boto3's own upload misses one early Ctrl-C in eight on a busy machine
        path = tmp_path / f"{uuid4()}.csv"
        with path.open("wb") as sparse:
            sparse.truncate(1 << 30)
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(Path(sys.executable).with_name("etl")), "upload", str(path), "--no-check"],
            env={**os.environ, "ETL_CLOUD": str(folder)},
            stderr=subprocess.PIPE,
            text=True,
        )
        while "Uploads" not in s3.list_multipart_uploads(Bucket=bucket, Prefix=f"raw/{path.name}"):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert (process.returncode, told) == (130, "stopped\n")
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket, Prefix=f"raw/{path.name}")
        assert target.bucket.head(f"raw/{path.name}") is None


def test_a_reader_that_has_seen_enough_is_no_error(etl: Etl, folder: Path) -> None:
    command = f'"{Path(sys.executable).with_name("etl")}" sql "SELECT * FROM svv_columns" --json | head -1'
    done = subprocess.run(  # noqa: S602 - our own command
        command,
        shell=True,
        env={**os.environ, "ETL_CLOUD": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[\n", "")


def test_the_doctor_finds_all_well(etl: Etl) -> None:
    findings = {item["what"]: item["state"] for item in json.loads(etl("doctor", "--json").stdout)}
    asked = ("stack", "bucket", "permission to upload", "dead-letter queues", "warehouse")
    assert [findings[what] for what in asked] == ["ok"] * len(asked)


def test_the_shell_completes_keys(etl: Etl, folder: Path, shop: tuple[str, Path, list[str]]) -> None:
    key = f"{uuid4()}.csv"
    etl("upload", str(shop[1]), "--key", key, "--no-check")
    done = subprocess.run(  # noqa: S603 - our own command
        [str(Path(sys.executable).with_name("etl"))],
        env={
            **os.environ,
            "ETL_CLOUD": str(folder),
            "_ETL_COMPLETE": "complete_bash",
            "COMP_WORDS": f"etl status {key[:8]}",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == [key]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status", "no such key"], 1, "there is no no such key under raw/"),
        (["rejects", "no such key"], 1, "not cleaned yet"),
        (["replay", "no such key"], 1, "there is no s3://"),
        (["replay"], 2, "say what to replay"),
        (["remove", "no such key"], 1, "nothing of"),
        (["pull", "/proc/nowhere"], 1, "/proc/nowhere"),
        (["sql", "SELECT nonsense"], 1, "nonsense"),
        (["sql", "SELECT 1; SELECT 2"], 1, "multiple"),
        (["sql", ""], 1, "error:"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said_in_a_line(etl: Etl, arguments: list[str], code: int, says: str) -> None:
    assert says in etl(*arguments, code=code).stderr


def test_env_points_the_aws_command_line_at_the_emulated_cloud(etl: Etl, target: Target) -> None:
    if "ETL_STACK" not in os.environ:
        assert f"export ETL_BUCKET={target.bucket.name}" in etl("env").stdout

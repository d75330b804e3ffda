"""The commands that need no cloud: clean, profile, contract."""

import json
import os
import pty
import signal
import subprocess
import time
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from retail_etl.contract import check_contract
from tests.cli.conftest import COMMAND, SAMPLE, Etl

REAL_DATA = os.environ.get("ETL_REAL_DATA")
CAFE = Path(__file__).parents[2] / "docs" / "examples" / "cafe_sales.csv"


def test_clean_writes_a_folder_like_the_bucket(etl: Etl, here: Path) -> None:
    report = json.loads(etl("clean", str(SAMPLE), "--out", "out", "--json").stdout)
    assert (report["rows_read"], report["rows_clean"]) == (1000, 958)
    written = {str(path.relative_to(here / "out")) for path in (here / "out").rglob("*.*") if path.is_file()}
    assert written >= {
        "monthly_data/walmart_customer_Jun-2025.csv",
        "dashboard_data/walmart_customer_latest.csv",
        "rejected/purchases_sample.csv.rejects.csv",
        "reports/purchases_sample.csv.clean.json",
    }


def test_profile_drafts_a_contract_that_can_be_used_at_once(etl: Etl, here: Path) -> None:
    told = etl("profile", str(CAFE), "--json")
    assert [column["kind"] for column in json.loads(told.stdout)["columns"]][-1] == "day"
    draft = here / "cafe_sales.odcs.yaml"
    assert check_contract(draft) == []
    standard = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    jsonschema.validate(yaml.safe_load(draft.read_text("utf-8")), standard)
    assert "is a contract that can be used" in etl("contract", "check", draft.name).stdout
    report = json.loads(etl("clean", str(CAFE), "--contract", draft.name, "--out", "out", "--json").stdout)
    assert f"{report['rows_read']:,} rows are {report['rows_clean']:,} clean" in told.stderr
    assert "there already" in etl("profile", str(CAFE), code=1).stderr


@pytest.mark.skipif(REAL_DATA is None, reason="ETL_REAL_DATA names no folder")
@pytest.mark.parametrize(
    ("name", "rows", "clean"),
    [
        ("Walmart_customer_purchases.csv", 50_000, 50_000),
        ("walmart_2000_rows_slash_dates.csv", 2_000, 2_000),
        ("dirty_cafe_sales.csv", 10_000, 9_540),
    ],
)
def test_profile_of_the_real_files(etl: Etl, name: str, rows: int, clean: int) -> None:
    etl("profile", str(Path(REAL_DATA or "") / name), "--draft", "draft.yaml")
    done = etl("clean", str(Path(REAL_DATA or "") / name), "--contract", "draft.yaml", "--out", "out", "--json")
    report = json.loads(done.stdout)
    assert (report["rows_read"], report["rows_clean"]) == (rows, clean)


def test_what_is_wrong_in_a_contract_comes_with_its_line(etl: Etl, here: Path) -> None:
    contract = (CAFE.with_name("cafe_sales.odcs.yaml")).read_text("utf-8")
    (here / "wrong.yaml").write_text(contract.replace("physicalName: sold_on", "physicalName: order"), "utf-8")
    (problem,) = json.loads(etl("contract", "check", "wrong.yaml", "--json", code=1).stdout)
    assert "Redshift keeps for itself" in problem["text"]
    line = (here / "wrong.yaml").read_text("utf-8").splitlines()[problem["line"] - 1]
    assert line.strip() == "physicalName: order"


def test_a_terminal_shows_how_far_it_is(here: Path, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    command = [str(COMMAND), "clean", str(SAMPLE), "--out", "out"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=here, env=environment | {"TERM": "xterm-256color"}, stdout=theirs, stderr=theirs, stdin=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 65536):
            shown += more
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert b"Cleaning purchases_sample.csv" in shown
    assert b"rows_clean" in shown


def test_stopped_with_ctrl_c_it_leaves_nothing_half_done(here: Path, environment: dict[str, str]) -> None:
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    with (here / "big.csv").open("wb") as big:
        big.write(header)
        for _ in range(400):
            big.writelines(rows)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(COMMAND), "clean", "big.csv", "--out", "out"], cwd=here, env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list(here.glob("out/staging/.*.draft")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "stopped\n")
    assert [path for path in here.glob("out/**/*") if path.is_file()] == []

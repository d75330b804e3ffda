"""docs/change-a-column.md, step by step: its diffs, applied to a copy of the tree, update a deployed stack."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from etl.deliveries import follow
from etl.target import Target, emulated
from local import cloud, stack
from retail_etl import naming
from retail_etl.flows.publish import PAGE, read_manifest
from retail_etl.flows.status import Delivery

pytestmark = pytest.mark.skipif("ETL_STACK" in os.environ, reason="a real stack is left as it is")

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "change-a-column.md"
HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer"
)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The tree with the document's diffs applied."""
    tree = tmp_path / "tree"
    listed = _run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    diffs = re.findall(r"^```diff\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(diffs) == 5
    _run(tree, "git", "apply", "-", text="".join(diffs))
    modules = ROOT / "dashboard" / "node_modules"
    if modules.is_dir():  # whoever works on the page has Node.js; nobody else needs it
        (tree / "dashboard" / "node_modules").symlink_to(modules)
        _run(tree / "dashboard", "npm", "run", "check")
        _run(tree / "dashboard", "npm", "run", "build")
        assert "sales-channels" in (tree / "layers/core/retail_etl/publishing/page.html").read_text("utf-8")
    return tree


def _run(folder: Path, *command: str, text: str | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def before(target: Target, tmp_path: Path) -> Iterator[tuple[cloud.Cloud, Target]]:
    """A cloud of its own with the stack as it was; `target` has built it."""
    with cloud.started(tmp_path / "cloud") as running:
        stack.deploy(running, tmp_path / "sam-deploy.log")
        yield running, emulated(running)


def test_a_new_column(before: tuple[cloud.Cloud, Target], changed: Path, tmp_path: Path) -> None:
    running, target = before
    line = "30,Male,Berlin,Home,Lamp,{day},10.00,UPI,Yes,5,No"
    old = f"{uuid4()},{line.format(day='2025-05-15')}\n"
    assert _deliver(target, "2025-05.csv", f"{HEADER}\n{old}").stage == "loaded"

    stack.build(tmp_path / "sam-build.log", changed)
    stack.deploy(running, tmp_path / "sam-deploy.log", source=changed)

    channels = ["web"] * 20 + ["STORE"] * 10 + [""] * 2 + ["fax"]
    rows = [f"{uuid4()},{line.format(day='2025-06-15')},{channel}\n" for channel in channels]
    text = f"{HEADER},Sales Channel\n{''.join(rows)}"
    found = _deliver(target, "2025-06.csv", text)
    assert found.stage == "loaded", found.reason
    assert found.clean is not None
    assert found.clean.reject_reasons == {"sales_channel:not_allowed": 1}
    refused = _deliver(target, "2025-07.csv", f"{HEADER}\n{old}")
    assert (refused.stage, refused.reason) == ("refused", "the header on line 1 lacks sales_channel")

    expected = [
        {"sales_channel": "Online", "orders": "20", "total_revenue": "200.00"},
        {"sales_channel": "Store", "orders": "10", "total_revenue": "100.00"},
        {"sales_channel": "Unknown", "orders": "3", "total_revenue": "30.00"},
    ]
    deadline = time.monotonic() + 60
    held = target.warehouse.query(
        "SELECT * FROM public.vw_channel_revenue ORDER BY 1", lambda: deadline - time.monotonic()
    )
    assert [{name: str(value) for name, value in item.items()} for item in held] == expected
    _wait_for_publish(target, found)
    assert list(csv.DictReader(io.StringIO(_published(target, "views/vw_channel_revenue.csv")))) == expected
    assert "vw_channel_revenue,sales_channel" in _published(target, "data_dictionary.csv")
    assert '"channels":' in _published(target, PAGE)
    assert json.dumps(expected[0], separators=(",", ":")) in _published(target, PAGE)


def _deliver(target: Target, name: str, text: str) -> Delivery:
    target.bucket.write(f"{naming.RAW}{name}", text.encode(), "text/csv")
    return follow(target, f"{naming.RAW}{name}", print)


def _wait_for_publish(target: Target, found: Delivery) -> None:
    deadline = time.monotonic() + 120
    while True:
        manifest: Any = read_manifest(target.bucket)[0]
        if manifest and found.load and found.load.load_id in manifest.loads:
            return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _published(target: Target, name: str) -> str:
    found = target.bucket.read(f"{naming.DASHBOARD}{name}")
    assert found is not None, name
    return found[0].decode()

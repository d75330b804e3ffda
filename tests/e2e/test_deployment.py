"""Deployments of the real template: again, from an earlier one, one that fails, one that takes up what is there.

Only in an emulated cloud of the tests' own: a real stack is not put through this.
"""

import json
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from etl import built as built_functions
from etl import sam_local
from etl.target import Target, emulated
from local import cloud, stack
from retail_etl import naming
from retail_etl.flows.status import delivery

pytestmark = pytest.mark.skipif("ETL_STACK" in os.environ, reason="a real stack is left as it is")

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "samples" / "purchases_sample.csv").read_bytes()
TABLE = "public.walmart_sales"


def _poll[Found](ask: Callable[[], Found | None], enough: Callable[[Found], bool]) -> Found:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = ask()
        if found is not None and enough(found):
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come in time")


@dataclass
class Account:
    """An emulated account to deploy into."""

    running: cloud.Cloud
    folder: Path

    @property
    def target(self) -> Target:
        return emulated(self.running)

    def deploy(self, source: Path = ROOT, **parameters: str) -> str:
        """Deploy what was built in a source tree and return what SAM said."""
        log = self.folder / "sam-deploy.log"
        stack.deploy(self.running, log, parameters, source)
        return log.read_text("utf-8")

    def status(self) -> str:
        stacks = self.target.session.client("cloudformation").describe_stacks(StackName=stack.STACK_NAME)["Stacks"]
        return str(stacks[0]["StackStatus"])

    def resources(self) -> dict[str, str]:
        client = self.target.session.client("cloudformation")
        found = client.describe_stack_resources(StackName=stack.STACK_NAME)["StackResources"]
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}

    def layers(self) -> set[str]:
        """The layers by their names in the template, which SAM makes of their content."""
        return {name for name in self.resources() if name.startswith(("CoreLayer", "DataframeLayer"))}

    def reasons(self) -> str:
        client = self.target.session.client("cloudformation")
        events = client.describe_stack_events(StackName=stack.STACK_NAME)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def delete(self) -> None:
        client = self.target.session.client("cloudformation")
        client.delete_stack(StackName=stack.STACK_NAME)
        client.get_waiter("stack_delete_complete").wait(StackName=stack.STACK_NAME, WaiterConfig={"Delay": 1})

    def sql(self, statement: str) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 60
        return self.target.warehouse.query(statement, lambda: deadline - time.monotonic())

    def deliver(self, name: str, content: bytes = SAMPLE) -> None:
        key = f"{naming.RAW}{name}"
        self.target.bucket.write(key, content, "text/csv")
        found = _poll(lambda: delivery(self.target.bucket, key), lambda item: item.ended)
        assert found.stage == "loaded", found.reason

    def wait_for(self, key: str) -> None:
        _poll(lambda: self.target.bucket.head(key), lambda _: True)


def next_release(folder: Path) -> Path:
    """The source of a release whose contract has one column more, in the midst of the others."""
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    contract = folder / "layers/core/retail_etl/contracts/walmart_sales.odcs.yaml"
    text = contract.read_text("utf-8")
    before = "      - name: repeat_customer\n"
    column = """      - name: basket_size
        physicalName: basket_size
        physicalType: SMALLINT
        logicalType: integer
        logicalTypeOptions: {minimum: 1, maximum: 100}
        description: Items in the basket.
"""
    assert text.count(before) == 1
    contract.write_text(text.replace(before, column + before), "utf-8")
    return folder


FIRST_RELEASE = "bb6e223aea9b44985eaa1241472ef8987499a55c"  # what CHANGELOG.md calls 0.1.0


def first_release() -> str | None:
    """The first release, if this clone has its history; ETL_FIRST_RELEASE names another commit."""
    wanted = os.environ.get("ETL_FIRST_RELEASE", FIRST_RELEASE)
    return wanted if git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}") else None


def git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> None:
    stack.build(tmp_path_factory.mktemp("build") / "sam-build.log")


@pytest.fixture
def account(built: None, tmp_path: Path) -> Iterator[Account]:
    with cloud.started(tmp_path) as running:
        yield Account(running, tmp_path)


BUILD = ROOT / ".aws-sam" / "build"
MOST_BYTES = 200_000_000  # of both layers, unzipped; Lambda allows 262,144,000 for a function with its layers
UNCHECKED_HASH = 0b01  # PEP 552: valid whatever the source's time or content


def test_what_is_built_fits_into_a_lambda(built: None) -> None:
    def size(name: str) -> int:
        return sum(path.stat().st_size for path in (BUILD / name).rglob("*") if path.is_file())

    core, dataframe, code = size("CoreLayer"), size("DataframeLayer"), size("CleanRaw")
    print(f"core {core / 1e6:.1f} MB, dataframe {dataframe / 1e6:.1f} MB, clean_raw {code / 1e3:.1f} kB")
    assert core < 30_000_000, "every function starts with it"
    assert core + dataframe + code < MOST_BYTES


@pytest.mark.parametrize("package", ["pandas", "pyarrow", "numpy", "boto3", "botocore", "retail_etl/cleaning"])
def test_every_module_that_is_built_has_bytecode(built: None, package: str) -> None:
    layers = (BUILD / layer / "python" / package for layer in ("CoreLayer", "DataframeLayer"))
    (folder,) = (layer for layer in layers if layer.exists())
    for module in folder.glob("*.py"):
        bytecode = folder / "__pycache__" / f"{module.stem}.cpython-312.pyc"
        assert struct.unpack("<I", bytecode.read_bytes()[4:8]) == (UNCHECKED_HASH,)


def test_the_built_functions_handle_the_events_that_are_shipped(account: Account) -> None:
    """Under the SAM CLI's runtime emulator: the built code alone, Lambda's own client around it."""
    account.deploy()
    account.deliver("purchases 2025-06.csv")
    account.wait_for(f"{naming.DASHBOARD}manifest.json")
    is_what_sam_local_invoke_needs(account)
    # What changes nothing comes first: cleaning again has the stack itself load and publish again meanwhile.
    answers = {
        "test_event": "batchItemFailures",
        "migrate_warehouse": "Statements",
        "publish_dashboards": "batchItemFailures",
        "clean_raw": "batchItemFailures",
        "clean_raw_s3": "batchItemFailures",
        "copy_to_redshift": "batchItemFailures",
    }
    assert set(answers) == {path.stem for path in (ROOT / "events").glob("*.json")}
    for name, wanted in answers.items():
        function = "".join(part.capitalize() for part in name.removesuffix("_s3").split("_"))
        function = "CleanRaw" if name == "test_event" else function
        environment = built_functions.environment_of(account.target, function) | account.running.environment()
        answer = built_functions.invoke(function, (ROOT / "events" / f"{name}.json").read_bytes(), environment)
        assert isinstance(answer, dict)
        assert wanted in answer, (name, answer)


def is_what_sam_local_invoke_needs(account: Account) -> None:
    """Which itself needs Docker: built code and layers in their places, and no variable that SAM would not pass on."""
    folder = account.folder / "sam-local"
    sam_local.write(folder, account.target, account.running.environment())
    template = yaml.safe_load((folder / "template.yaml").read_text("utf-8"))
    environments = json.loads((folder / "env.json").read_text("utf-8"))
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    assert {"CleanRaw", "CopyToRedshift", "PublishDashboards", "MigrateWarehouse"} == set(environments)
    for name, environment in environments.items():
        properties = template["Resources"][name]["Properties"]
        assert (Path(properties["CodeUri"]) / "handler.py").exists()
        assert set(environment) <= set(shared) | set(properties["Environment"]["Variables"])
        assert environment["AWS_ENDPOINT_URL"] == account.running.aws.replace("127.0.0.1", "172.17.0.1")
        assert "127.0.0.1" not in str(environment), "a container's own"
    for layer in ("CoreLayer", "DataframeLayer"):
        assert (Path(template["Resources"][layer]["Properties"]["ContentUri"]) / "python").is_dir()


def test_again_then_one_that_fails_then_one_that_is_mended(account: Account) -> None:
    account.deploy()
    account.deliver("purchases_2025-06.csv")
    rows = account.sql(f"SELECT COUNT(*) AS n FROM {TABLE}")
    before = account.resources()

    assert "No changes to deploy" in account.deploy()
    assert account.resources() == before

    # Somebody changes the table by hand, so that it fits no release.
    account.target.warehouse.run(
        [f"ALTER TABLE {TABLE} ADD COLUMN note VARCHAR(10) NOT NULL DEFAULT ''"],
        lambda: 60.0,
        name="note",
        token=uuid4().hex,
    )
    with pytest.raises(cloud.CloudError):
        account.deploy(DailyRpuHours="9")
    assert account.status() in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
    assert "note is unknown and may not be NULL" in account.reasons()
    assert account.resources() == before
    assert account.sql(f"SELECT COUNT(*) AS n FROM {TABLE}") == rows


def test_a_bucket_that_an_earlier_stack_has_left_is_taken_up_again(account: Account) -> None:
    account.deploy()
    account.deliver("purchases_2025-06.csv")
    name = account.target.bucket.name
    account.delete()

    account.deploy(CreateBucket="false")
    target = account.target
    assert target.bucket.name == name
    assert target.bucket.head(f"{naming.RAW}purchases_2025-06.csv"), "what was delivered is still there"
    account.deliver("purchases_2025-07.csv")

    account.delete()
    wired = target.session.client("s3").get_bucket_notification_configuration(Bucket=name)
    assert not wired.get("QueueConfigurations"), "no dead queue is told of new files"


def test_back_from_a_release_with_a_column_more(account: Account, tmp_path_factory: pytest.TempPathFactory) -> None:
    release = next_release(tmp_path_factory.mktemp("next"))
    stack.build(account.folder / "next-build.log", release)
    account.deploy(release)
    header, *rows = SAMPLE.splitlines()
    wider = b"\n".join([header + b",Basket Size", *(row + b",3" for row in rows)])
    account.deliver("purchases_2025-06.csv", wider)
    held = f"SELECT COUNT(*) AS n, SUM(purchase_amount) AS revenue, SUM(basket_size) AS items FROM {TABLE}"
    (before,) = account.sql(held)
    assert before["items"] == 3 * before["n"]
    bucket, layers = account.target.bucket.name, account.layers()

    account.deploy()
    assert account.status() == "UPDATE_COMPLETE"
    assert account.target.bucket.name == bucket
    assert len(account.layers() & layers) == 1, "what a release does not change is built the same, and stays"
    assert account.sql(held) == [before], "the column stays, as the rows do"
    account.deliver("again/purchases_2025-06.csv", wider)
    assert account.sql(held) == [before], "overlapping rows are there once"


@pytest.mark.skipif(first_release() is None, reason="this clone has no history back to the first release")
def test_a_stack_that_was_deployed_from_the_first_release_is_brought_up_to_date(
    account: Account, tmp_path: Path
) -> None:
    release = tmp_path / "release"
    git("worktree", "add", "--detach", str(release), str(first_release()))
    try:
        stack.build(tmp_path / "first-build.log", release)
        account.deploy(release)
    finally:
        git("worktree", "remove", "--force", str(release))
    account.deliver("purchases_2025-06.csv")
    bucket, rows = account.target.bucket.name, account.sql(f"SELECT COUNT(*) AS n FROM {TABLE}")

    account.deploy()
    assert account.status() == "UPDATE_COMPLETE"
    assert account.target.bucket.name == bucket
    assert account.sql(f"SELECT COUNT(*) AS n FROM {TABLE}") == rows
    account.deliver("again/purchases_2025-06.csv")
    assert account.sql(f"SELECT COUNT(*) AS n FROM {TABLE}") == rows, "overlapping rows are there once"


def test_the_pipeline_runs_under_roles_that_are_enforced(
    built: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator evaluates the deployed policies for S3, SQS, SNS, DynamoDB and EventBridge.

    In a bucket that was there before, without the policy that refuses what does not come over TLS: the emulator's
    own calls do not.
    """
    monkeypatch.setenv("AUTH", "true")
    with cloud.started(tmp_path) as running:
        account = Account(running, tmp_path)
        session = account.target.session
        name = f"walmart-sales-dashboard-{session.client('sts').get_caller_identity()['Account']}"
        session.client("s3").create_bucket(Bucket=name)
        account.deploy(CreateBucket="false", QuietDays="35")
        account.deliver("purchases_2025-06.csv")
        account.deliver("again/purchases_2025-06.csv")
        account.wait_for(f"{naming.DASHBOARD}manifest.json")
        looked = session.client("lambda").invoke(FunctionName=account.resources()["CheckFreshness"], Payload=b"{}")
        assert json.load(looked["Payload"])["DaysSinceLoad"] == pytest.approx(0, abs=0.1)

"""migrate_warehouse against the embedded Redshift: what a deployment finds there, and what it makes of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.migrate_warehouse import handler as function
from local.redshift.server import Server
from retail_etl.adapters.warehouse import Warehouse
from retail_etl.contract import Column, Contract, Whole, shipped_contract
from retail_etl.notifications import committed_loads
from retail_etl.publishing.views import VIEWS
from tests.handlers.conftest import CloudFormation, Context

SALES = "public.walmart_sales"
BY_HAND = f"""CREATE TABLE {SALES} (customer_id VARCHAR(64), age INTEGER, purchase_date DATE, purchase_amount FLOAT)"""


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Warehouse]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "WORKGROUP_NAME": "workgroup",
        "DATABASE_NAME": "dev",
        "EVENT_BUS_NAME": "bus",
        "LOADER_ROLE_NAME": "loader",
        "PUBLISHER_ROLE_NAME": "publisher",
    }.items():
        monkeypatch.setenv(name, value)
    with Server(tmp_path / "redshift.duckdb", s3=lambda: None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", server.url)
        yield Warehouse(boto3.client("redshift-data"), "workgroup", "dev")


Deploy = Callable[..., dict[str, Any]]


@pytest.fixture
def deploy(cloudformation: CloudFormation, context: Context) -> Deploy:
    """Have a release migrated as CloudFormation would, and return what the function answered."""
    number = iter(range(1000))

    def run(kind: str = "Update", resource: str = "WarehouseSchema") -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "RequestId": f"request-{next(number)}",
            "StackId": "stack",
            "LogicalResourceId": resource,
            "ResourceType": f"Custom::{resource}",
            "ResourceProperties": {},
            "ResponseURL": cloudformation.url,
        }
        function.handler(event, context)
        return cloudformation.answers[-1]

    return run


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Callable[[Contract], None]:
    """Have the function carry another contract."""
    return lambda contract: monkeypatch.setattr(function, "shipped_contract", lambda: contract)


def with_column(name: str, *, required: bool = False, physical_type: str = "SMALLINT") -> Contract:
    contract = shipped_contract()
    column = Column(name, (name,), physical_type, required, Whole(0, 9))
    return replace(contract, columns=(*contract.columns, column))


def ask(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    return warehouse.query(sql, lambda: 30.0)


def do(warehouse: Warehouse, *statements: str) -> None:
    warehouse.run(statements, lambda: 30.0, name="test", token=str(hash(statements)))


def columns(warehouse: Warehouse, table: str) -> list[str]:
    rows = ask(warehouse, f"SELECT column_name FROM svv_columns WHERE table_name = '{table}' ORDER BY ordinal_position")
    return [row["column_name"] for row in rows]


def test_a_new_release_asks_for_a_publish_and_a_first_one_does_not(
    warehouse: Warehouse, deploy: Deploy, cloudformation: CloudFormation
) -> None:
    assert deploy("Create", "Release")["Status"] == "SUCCESS"
    assert cloudformation.events == []
    assert deploy("Update", "Release")["Status"] == "SUCCESS"
    (event,) = cloudformation.events
    assert (event["EventBusName"], event["Source"], event["DetailType"]) == ("bus", "retail.etl", "Release Deployed")
    assert committed_loads({"detail-type": event["DetailType"], "detail": json.loads(event["Detail"])}) == [""]
    assert deploy("Delete", "Release")["Status"] == "SUCCESS"
    assert len(cloudformation.events) == 1
    assert columns(warehouse, "load_history") == []  # it migrates nothing


def test_a_first_deployment_makes_everything(warehouse: Warehouse, deploy: Deploy) -> None:
    assert deploy("Create")["Status"] == "SUCCESS"
    contract = shipped_contract()
    wanted = [*(column.name for column in contract.table_columns), "source_file", "loaded_at"]
    assert columns(warehouse, "walmart_sales") == wanted
    for view in VIEWS:
        assert ask(warehouse, f"SELECT COUNT(*) AS n FROM public.{view}")[0]["n"] >= 0
    assert ask(warehouse, "SELECT usename FROM pg_user WHERE usename = 'IAMR:loader'")


def test_a_second_deployment_changes_no_table_and_no_user(warehouse: Warehouse, deploy: Deploy) -> None:
    first = deploy("Create")["Data"]["Statements"]
    second = deploy()
    assert second["Status"] == "SUCCESS"
    assert second["Data"]["Statements"] == first - 5  # three tables, two users


def test_a_new_column_that_may_be_missing_is_added_and_data_stays(
    warehouse: Warehouse, deploy: Deploy, release: Callable[[Contract], None]
) -> None:
    deploy("Create")
    insert_one(warehouse)
    release(with_column("basket_size"))
    assert deploy()["Status"] == "SUCCESS"
    assert "basket_size" in columns(warehouse, "walmart_sales")
    assert ask(warehouse, f"SELECT COUNT(*) AS n FROM {SALES} WHERE basket_size IS NULL")[0]["n"] == 1


def test_a_release_that_added_a_column_can_be_rolled_back(
    warehouse: Warehouse, deploy: Deploy, release: Callable[[Contract], None]
) -> None:
    deploy("Create")
    release(with_column("basket_size"))
    deploy()
    release(shipped_contract())
    assert deploy()["Status"] == "SUCCESS"
    insert_one(warehouse)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (with_column("basket_size", required=True), "basket_size is missing and may not be NULL"),
        (with_column("city_code", physical_type="BIGINT"), "city_code is SMALLINT, not BIGINT"),
        (with_column("city_code", required=True), "city_code may be NULL"),
    ],
)
def test_any_other_difference_fails_and_changes_nothing(
    warehouse: Warehouse, deploy: Deploy, release: Callable[[Contract], None], changed: Contract, reason: str
) -> None:
    release(with_column("city_code"))
    deploy("Create")
    before = columns(warehouse, "walmart_sales")
    release(changed)
    answer = deploy()
    assert answer["Status"] == "FAILED"
    assert f"public.walmart_sales differs from what is being deployed: {reason}" in answer["Reason"]
    assert columns(warehouse, "walmart_sales") == before


def test_a_table_made_by_hand_is_not_touched_and_every_difference_is_named(
    warehouse: Warehouse, deploy: Deploy
) -> None:
    do(warehouse, BY_HAND)
    answer = deploy("Create")
    assert answer["Status"] == "FAILED"
    for difference in (
        "customer_id may be NULL",
        "age is INTEGER, not SMALLINT",
        "purchase_amount is DOUBLE PRECISION, not DECIMAL(12,2)",
        "source_file is missing and may not be NULL",
        "docs/deploy.md",
    ):
        assert difference in answer["Reason"]
    assert not ask(warehouse, "SELECT usename FROM pg_user WHERE usename = 'IAMR:loader'")


def test_a_table_made_by_hand_that_was_moved_aside_can_be_compared(warehouse: Warehouse, deploy: Deploy) -> None:
    """The documented steps: rename, deploy, load the files again, compare, drop."""
    do(warehouse, BY_HAND, f"INSERT INTO {SALES} VALUES ('C1', 30, '2025-06-01', 10.5), ('C1', 30, '2025-06-01', 10.5)")
    do(warehouse, f"ALTER TABLE {SALES} RENAME TO walmart_sales_by_hand")
    assert deploy("Create")["Status"] == "SUCCESS"
    twice = ask(
        warehouse,
        "SELECT customer_id, COUNT(*) AS times FROM public.walmart_sales_by_hand "
        "GROUP BY customer_id, age, purchase_date, purchase_amount HAVING COUNT(*) > 1",
    )
    assert twice == [{"customer_id": "C1", "times": 2}]


def test_a_view_that_gets_other_columns_is_made_anew(warehouse: Warehouse, deploy: Deploy) -> None:
    deploy("Create")
    do(
        warehouse,
        "DROP VIEW public.vw_category_revenue",
        f"CREATE VIEW public.vw_category_revenue AS SELECT category FROM {SALES}",
    )
    assert deploy()["Status"] == "SUCCESS"
    assert columns(warehouse, "vw_category_revenue") == ["category", "total_revenue"]


def test_deleting_the_stack_deletes_no_data(warehouse: Warehouse, deploy: Deploy) -> None:
    deploy("Create")
    insert_one(warehouse)
    assert deploy("Delete")["Status"] == "SUCCESS"
    assert ask(warehouse, f"SELECT COUNT(*) AS n FROM {SALES}")[0]["n"] == 1


def test_a_failure_is_answered_once_and_not_raised(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised, Lambda would try again while the stack is being rolled back."""
    monkeypatch.delenv("WORKGROUP_NAME", raising=False)
    answer = deploy()
    assert answer["Status"] == "FAILED"
    assert "WORKGROUP_NAME" in answer["Reason"]


def test_without_an_address_to_answer_to_a_failure_is_raised(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKGROUP_NAME", raising=False)
    with pytest.raises(Exception, match="WORKGROUP_NAME"):
        function.handler({"RequestType": "Create", "RequestId": "1"}, context)


def insert_one(warehouse: Warehouse) -> None:
    do(
        warehouse,
        f"""INSERT INTO {SALES} (customer_id, city, category, product_name, purchase_date, purchase_amount,
            payment_method, month, age_group, source_file, loaded_at)
        VALUES ('C1', 'Austin', 'Home', 'Lamp', '2025-06-01', 10.50, 'UPI', '2025-06', '25-34', 'f', GETDATE())""",
    )

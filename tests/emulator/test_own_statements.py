"""The statements that this product really builds, run as it runs them."""

from __future__ import annotations

import pytest

from retail_etl.contract import shipped_contract
from retail_etl.publishing.views import shipped_views
from retail_etl.warehouse import history, load, schema

from .conftest import ROLE, Warehouse

CONTRACT = shipped_contract()
NAMES = [column.name for column in CONTRACT.table_columns]
ROW = {
    "customer_id": "C{0}", "age": "30", "gender": "Male", "city": "Rome", "category": "Home", "product_name": "Lamp",
    "purchase_date": "2024-06-{0:02}", "purchase_amount": "{0}.50", "payment_method": "UPI", "discount_applied": "Yes",
    "rating": "4", "repeat_customer": "", "month": "2024-06", "age_group": "25-34",
}  # fmt: skip


def deploy(warehouse: Warehouse) -> None:
    warehouse.run(*schema.tables(CONTRACT), *schema.views(CONTRACT), *schema.users(["loader", "publisher"], set()))
    warehouse.run(*schema.grants(CONTRACT, loader="loader", readers=["publisher"]))


def a_load(warehouse: Warehouse, name: str, days: range) -> load.Batch:
    lines = [",".join(NAMES)] + [",".join(ROW[n].format(day) for n in NAMES) for day in days]
    uri = warehouse.put(f"monthly/{name}.csv", "\n".join(lines) + "\n")
    manifest = warehouse.put(f"manifests/{name}.json", load.manifest(uri))
    wanted = load.Load(
        id=f"load-{name}", source_file=f"monthly/{name}.csv", source_etag="e", raw_key_sha256=name, month="2024-06",
        rows_clean=len(days), first_day="2024-06-01", last_day="2024-06-30", header=tuple(NAMES),
    )  # fmt: skip
    return load.load_batch(wanted, CONTRACT, manifest_uri=manifest, copy_role=ROLE, attempt=1, known_loads=0)


def run(warehouse: Warehouse, batch: load.Batch) -> dict[str, object]:
    return warehouse.submit(list(batch.statements), batch.parameters, StatementName=batch.name, ClientToken=batch.token)


def test_a_deployment_a_load_and_its_history(warehouse: Warehouse) -> None:
    deploy(warehouse)
    for name, days in (("a", range(1, 11)), ("b", range(6, 16))):
        described = run(warehouse, a_load(warehouse, name, days))
        assert described["Status"] == "FINISHED", described.get("Error")
    assert warehouse.run("SELECT COUNT(*), SUM(purchase_amount) FROM walmart_sales") == [(15, "127.50")]
    own = {"source_file": "monthly/b.csv", "raw_key_sha256": "b"}
    found = warehouse.run(history.own_loads(CONTRACT), **own)
    assert found == [("load-b", "monthly/b.csv", "e", "2024-06", 5, 5, 0, 0, None)]
    assert warehouse.run(history.overlapping_files(CONTRACT), **own) == []


def test_a_load_that_was_overtaken_fails_and_changes_nothing(warehouse: Warehouse) -> None:
    deploy(warehouse)
    batch = a_load(warehouse, "a", range(1, 11))
    assert run(warehouse, batch)["Status"] == "FINISHED"
    again = load.Batch(batch.statements, batch.parameters | {"load_id": "another", "statement_name": "late"})
    described = run(warehouse, again)
    assert (described["Status"], "ivide by zero" in str(described["Error"])) == ("FAILED", True)
    assert warehouse.run("SELECT load_id FROM load_history") == [("load-a",)]


def test_tables_read_back_are_what_was_created(warehouse: Warehouse) -> None:
    deploy(warehouse)
    query, parameters = schema.existing_columns(CONTRACT)
    described = warehouse.submit(query, parameters)
    names = [column["name"] for column in warehouse.client.get_statement_result(Id=described["Id"])["ColumnMetadata"]]
    rows = [dict(zip(names, row, strict=True)) for row in warehouse.rows(described["Id"])]
    existing = schema.definitions(CONTRACT, rows)
    assert {table.name: table.migrated(existing[table.name]) for table in schema.kept_tables(CONTRACT)} == {
        table.name: [] for table in schema.kept_tables(CONTRACT)
    }


@pytest.fixture(scope="module")
def loaded(shared: Warehouse) -> Warehouse:
    deploy(shared)
    assert run(shared, a_load(shared, "views", range(1, 11)))["Status"] == "FINISHED"
    return shared


@pytest.mark.parametrize("view", [view.name for view in shipped_views()])
def test_every_view_runs(loaded: Warehouse, view: str) -> None:
    assert loaded.run(f"SELECT * FROM public.{view}")

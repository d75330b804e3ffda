"""The wire: what boto3 sends and sees."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Warehouse

WHERE = {"WorkgroupName": "default", "Database": "dev"}


def code_of(call: Callable[..., Any], **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**request)
    return str(raised.value.response["Error"]["Code"])


def test_fields_and_metadata(warehouse: Warehouse) -> None:
    warehouse.run(
        "CREATE TABLE t (Id INT NOT NULL, Amount DECIMAL(12,2), name VARCHAR(20), ok BOOLEAN, f FLOAT8, d DATE)"
    )
    warehouse.run("INSERT INTO t VALUES (1, 2.5, 'x', true, 0.5, '2024-01-01'), (2, NULL, NULL, NULL, NULL, NULL)")
    identifier = warehouse.submit("SELECT * FROM t ORDER BY id")["Id"]
    result = warehouse.client.get_statement_result(Id=identifier)
    assert result["TotalNumRows"] == 2
    assert result["Records"][0] == [
        {"longValue": 1}, {"stringValue": "2.50"}, {"stringValue": "x"}, {"booleanValue": True}, {"doubleValue": 0.5},
        {"stringValue": "2024-01-01"},
    ]  # fmt: skip
    assert result["Records"][1][1] == {"isNull": True}
    columns = result["ColumnMetadata"]
    assert [(c["name"], c["typeName"], c["nullable"]) for c in columns] == [
        ("id", "int4", 0), ("amount", "numeric", 1), ("name", "varchar", 1), ("ok", "bool", 1), ("f", "float8", 1),
        ("d", "date", 1),
    ]  # fmt: skip
    assert (columns[1]["precision"], columns[1]["scale"]) == (12, 2)
    assert (columns[2]["precision"], columns[2]["schemaName"], columns[2]["tableName"]) == (20, "public", "t")


def test_description_of_a_statement(warehouse: Warehouse) -> None:
    described = warehouse.submit("SELECT :n AS n", {"n": "5"}, StatementName="five")
    assert described["Status"] == "FINISHED"
    assert described["HasResultSet"] is True
    assert described["ResultRows"] == 1
    assert described["QueryString"] == "SELECT :n AS n"
    assert described["QueryParameters"] == [{"name": "n", "value": "5"}]
    assert described["WorkgroupName"] == "default"
    assert described["Duration"] > 0
    [listed] = warehouse.client.list_statements(StatementName="five")["Statements"]
    assert (listed["Id"], listed["Status"], listed["IsBatchStatement"]) == (described["Id"], "FINISHED", False)


def test_batches_have_sub_statements(warehouse: Warehouse) -> None:
    described = warehouse.submit(["CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1), (2)", "SELECT COUNT(*) FROM t"])
    assert [s["Id"] for s in described["SubStatements"]] == [f"{described['Id']}:{n}" for n in (1, 2, 3)]
    assert [s["HasResultSet"] for s in described["SubStatements"]] == [False, False, True]
    assert warehouse.rows(f"{described['Id']}:3") == [(2,)]
    assert code_of(warehouse.client.get_statement_result, Id=described["Id"]) == "ResourceNotFoundException"


def test_pages_and_csv(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT, b VARCHAR(10))", "INSERT INTO t VALUES (0, 'x')")
    for _ in range(12):
        warehouse.run("INSERT INTO t SELECT a + 1, 'y,\"' FROM t")
    identifier = warehouse.submit("SELECT a, b FROM t")["Id"]
    first = warehouse.client.get_statement_result(Id=identifier)
    assert first["TotalNumRows"] == 4096
    assert 0 < len(first["Records"]) < 4096
    assert len(warehouse.rows(identifier)) == 4096
    identifier = warehouse.submit("SELECT 1 AS a, 'y,\"' AS b, NULL AS c, '' AS d", ResultFormat="CSV")["Id"]
    result = warehouse.client.get_statement_result_v2(Id=identifier)
    assert "".join(r["CSVRecords"] for r in result["Records"]) == 'a,b,c,d\r\n1,"y,""",,""\r\n'
    assert code_of(warehouse.client.get_statement_result, Id=identifier) == "ValidationException"


def test_parameters_are_values(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT, d DATE, s VARCHAR(50))")
    warehouse.run("INSERT INTO t VALUES (:a, :d, :s)", a="7", d="2024-01-31", s="it's; DROP TABLE t --")
    assert warehouse.run("SELECT a, s FROM t WHERE a = :a AND d = :d", a="7", d="2024-01-31") == [
        (7, "it's; DROP TABLE t --")
    ]
    assert warehouse.run("SELECT ':a', CAST(:a AS INT) + 1", a="5") == [(":a", 6)]
    assert "invalid input syntax for integer" in warehouse.error("SELECT a FROM t WHERE a = :a", a="x")


@pytest.mark.parametrize(
    "request_",
    [
        {"Sql": "SELECT 1", "Database": "dev"},
        {"Sql": "SELECT 1", "Database": "dev", "WorkgroupName": "default", "ClusterIdentifier": "c"},
        {"Sql": "SELECT 1", "Database": "dev", "WorkgroupName": "Not Allowed"},
        {"Sql": "SELECT 1", "WorkgroupName": "default"},
        {"Sql": "SELECT 1", "WorkgroupName": "default", "Database": "nosuch"},
        {"Sql": " ", **WHERE},
        {"Sql": "SELECT '" + "x" * 100_000 + "'", **WHERE},
        {"Sql": "SELECT 1", "Parameters": [{"name": "unused", "value": "1"}], **WHERE},
        {"Sql": "SELECT ':a'", "Parameters": [{"name": "a", "value": "1"}], **WHERE},
        {"Sql": "SELECT :a", "Parameters": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}], **WHERE},
        {"Sql": "SELECT 1", "SessionKeepAliveSeconds": 60, **WHERE},
    ],
)
def test_requests_that_the_service_refuses(shared: Warehouse, request_: dict[str, Any]) -> None:
    assert code_of(shared.client.execute_statement, **request_) == "ValidationException"


def test_ids(shared: Warehouse) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert code_of(shared.client.describe_statement, Id=unknown) == "ResourceNotFoundException"
    assert code_of(shared.client.get_statement_result, Id=unknown) == "ResourceNotFoundException"
    done = shared.submit("SELECT 1")["Id"]
    assert code_of(shared.client.cancel_statement, Id=done) == "ValidationException"
    created = shared.submit("CREATE TEMP TABLE x (a INT)")["Id"]
    assert code_of(shared.client.get_statement_result, Id=created) == "ResourceNotFoundException"


def test_a_client_token_runs_once(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)")
    ids = {warehouse.submit("INSERT INTO t VALUES (1)", ClientToken="once")["Id"] for _ in range(3)}
    assert len(ids) == 1
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]
    again = {"Sql": "INSERT INTO t VALUES (2)", "ClientToken": "once", **WHERE}
    assert code_of(warehouse.client.execute_statement, **again) == "ValidationException"


def test_waiting_and_a_cluster(shared: Warehouse) -> None:
    where = {"ClusterIdentifier": "my-cluster", "DbUser": "me", "Database": "dev"}
    answer = shared.client.execute_statement(Sql="SELECT 1", WaitTimeSeconds=10, **where)
    assert (answer["Status"], answer["HasResultSet"], answer["ClusterIdentifier"]) == ("FINISHED", True, "my-cluster")


def test_what_exists(warehouse: Warehouse) -> None:
    warehouse.run(
        "CREATE TABLE one (a INT DEFAULT 3, b VARCHAR(9))", "CREATE VIEW two AS SELECT a FROM one", "CREATE SCHEMA s"
    )
    tables = warehouse.client.list_tables(SchemaPattern="public", **WHERE)["Tables"]
    assert [(t["name"], t["type"]) for t in tables] == [("one", "TABLE"), ("two", "VIEW")]
    assert [t["name"] for t in warehouse.client.list_tables(TablePattern="o%", **WHERE)["Tables"]] == ["one"]
    columns = warehouse.client.describe_table(Schema="public", Table="one", **WHERE)["ColumnList"]
    assert [(c["name"], c["typeName"]) for c in columns] == [("a", "int4"), ("b", "varchar")]
    assert warehouse.client.list_schemas(SchemaPattern="s", **WHERE)["Schemas"] == ["s"]
    assert warehouse.client.list_databases(**WHERE)["Databases"] == ["dev"]


def test_an_event_says_that_a_statement_ended(start: Callable[..., Warehouse]) -> None:
    sent: list[dict[str, Any]] = []
    warehouse = start(on_event=sent.append)
    identifier = warehouse.submit("SELECT 1", WithEvent=True, StatementName="told")["Id"]
    deadline = time.monotonic() + 5
    while not sent and time.monotonic() < deadline:
        time.sleep(0.01)
    detail = json.loads(sent[0]["Detail"])
    assert (sent[0]["Source"], detail["statementId"], detail["state"], detail["statementName"]) == (
        "aws.redshift-data", identifier, "FINISHED", "told",
    )  # fmt: skip


NUMBER_AS_SQL = b'{"Sql": 5, "Database": "dev", "WorkgroupName": "default"}'
RAW = {
    "not JSON": (b"{", "ExecuteStatement", "SerializationException"),
    "not UTF-8": (b'{"Sql": "\xff"}', "ExecuteStatement", "SerializationException"),
    "not an object": (b"[]", "ExecuteStatement", "SerializationException"),
    "a wrong type": (NUMBER_AS_SQL, "ExecuteStatement", "SerializationException"),
    "nothing": (b"{}", "ExecuteStatement", "ValidationException"),
    "an unknown member": (b'{"Sql": "SELECT 1", "Nonsense": 1}', "ExecuteStatement", "ValidationException"),
    "an unknown operation": (b"{}", "StartTheEngine", "UnknownOperationException"),
    "no operation": (b"{}", "", "UnknownOperationException"),
    "deep nesting": (b"[" * 100_000, "ExecuteStatement", "SerializationException"),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_requests_that_no_client_library_sends(shared: Warehouse, name: str) -> None:
    body, operation, code = RAW[name]
    connection = http.client.HTTPConnection("127.0.0.1", shared.server.port, timeout=10)
    connection.request("POST", "/", body, {"X-Amz-Target": f"RedshiftData.{operation}"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert (response.status, answer["__type"]) == (400, code)
    assert shared.run("SELECT 1") == [(1,)]


def test_a_long_statement_and_a_deep_one(shared: Warehouse) -> None:
    shared.run("SELECT '" + "x" * 60_000 + "' AS x")
    assert "stack depth limit exceeded" in shared.error("SELECT " + "(" * 5000 + "1" + ")" * 5000)
    assert shared.run("SELECT 1") == [(1,)]

"""The wire: what boto3 sends and sees."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.redshift.api import OPERATIONS

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
    assert [s["ResultRows"] for s in described["SubStatements"]] == [-1, 2, 1]
    assert (described["ResultRows"], described["RedshiftQueryId"]) == (3, 0)
    part = warehouse.client.describe_statement(Id=f"{described['Id']}:2")
    assert (part["QueryString"], part["ResultRows"]) == ("INSERT INTO t VALUES (1), (2)", 2)
    assert part["RedshiftQueryId"] == described["SubStatements"][1]["RedshiftQueryId"]
    for missing in ("0", "4", "99"):
        assert (
            code_of(warehouse.client.describe_statement, Id=f"{described['Id']}:{missing}")
            == "ResourceNotFoundException"
        )
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
    for name in ("from", "limit", "offset", "where", "having", "qualify", "as", "using", "select", "union"):
        for text in (f"SELECT a FROM t WHERE a = :{name} AND a > 1 GROUP BY a", f"SELECT a FROM t WHERE a = :{name}"):
            assert warehouse.run(text, **{name: "7"}) == [(7,)], text


def sql(text: str = "SELECT 1", **members: Any) -> dict[str, Any]:
    return {"Sql": text, **WHERE, **members}


def given(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no place": ({"Sql": "SELECT 1", "Database": "dev"}, "WorkgroupName"),
    "two places": (sql(ClusterIdentifier="c"), "Only one of WorkgroupName and ClusterIdentifier"),
    "no database": ({"Sql": "SELECT 1", "WorkgroupName": "default"}, "Database must be given"),
    "another database": (sql(Database="nosuch"), 'database "nosuch" does not exist'),
    "a wrong workgroup": (sql(WorkgroupName="Not Allowed"), "'workgroupName' failed to satisfy constraint"),
    "blank": (sql(" "), "SQL must not be empty"),
    "over 100 KB": (sql("SELECT '" + "x" * 100_000 + "'"), "exceeds the maximum"),
    "unused": (sql(Parameters=given(("unused", "1"))), "Unused parameters: [unused]"),
    "in quotes": (sql("SELECT ':a'", Parameters=given(("a", "1"))), "Unused parameters: [a]"),
    "in a comment": (sql("SELECT 1 -- :a", Parameters=given(("a", "1"))), "Unused parameters: [a]"),
    "in a block comment": (sql("SELECT 1 /* :a */", Parameters=given(("a", "1"))), "Unused parameters: [a]"),
    "in an identifier": (sql('SELECT 1 AS ":a"', Parameters=given(("a", "1"))), "Unused parameters: [a]"),
    "in another case": (sql("SELECT :A", Parameters=given(("a", "1"))), "Unused parameters: [a]"),
    "within an UNLOAD": (sql("UNLOAD ('SELECT :a') TO 's3://b/k'", Parameters=given(("a", "1"))), "Unused parameters"),
    "given twice": (sql("SELECT :a", Parameters=given(("a", "1"), ("a", "2"))), "given twice"),
    "name of a parameter": (sql("SELECT :a", Parameters=given(("a b", "1"))), "'parameters.1.member.name' failed"),
    "a long token": (sql(ClientToken="x" * 65), "'clientToken' failed"),
    "a long name": (sql(StatementName="x" * 2049), "'statementName' failed"),
    "a long wait": (sql(WaitTimeSeconds=31), "'waitTimeSeconds' failed"),
    "a format": (sql(ResultFormat="XML"), "enum value set: [JSON, CSV]"),
    "a session": (sql(SessionKeepAliveSeconds=60), "does not support SessionKeepAliveSeconds"),
    "a session's id": (sql(SessionId="00000000-0000-0000-0000-000000000000"), "does not support SessionId"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_the_service_refuses(shared: Warehouse, name: str) -> None:
    request, message = REFUSED[name]
    with pytest.raises(ClientError) as raised:
        shared.client.execute_statement(**request)
    error = raised.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


def test_batches_that_the_service_refuses(shared: Warehouse) -> None:
    batch = shared.client.batch_execute_statement
    assert code_of(batch, Sqls=["SELECT 1"] * 41, **WHERE) == "ValidationException"
    assert code_of(batch, Sqls=["SELECT 1", ""], **WHERE) == "ValidationException"
    assert (
        code_of(batch, Sqls=["SELECT :a"], Parameters=given(("a", "1"), ("b", "2")), **WHERE) == "ValidationException"
    )
    assert code_of(batch, Sqls=["SELECT 1"], ExecutionMode="AUTO_COMMIT", **WHERE) == "ValidationException"
    described = shared.submit(["SELECT :a", "SELECT 1"] * 20, {"a": "x"})
    assert (described["Status"], len(described["SubStatements"])) == ("FINISHED", 40)


# The documentation's own example, and names that are words of SQL or numbers.
PARAMETERS: dict[str, tuple[str, dict[str, str], tuple[Any, ...]]] = {
    "four times, in a cast, not in the comment": (
        "SELECT :id, :id::smallint, :id || :name /* :id, :name */", {"id": "2", "name": "event 2"},
        ("2", 2, "2event 2"),
    ),
    "implicit conversion": ("SELECT 1 WHERE DATE '2024-01-31' = :d AND 5 BETWEEN :a AND :b",
                            {"d": "2024-01-31", "a": "1", "b": "5"}, (1,)),
    "null is a word": ("SELECT :n", {"n": "null"}, ("null",)),
    "keywords": ("SELECT :from, :select, :table, :order", {"from": "1", "select": "2", "table": "3", "order": "4"},
                 ("1", "2", "3", "4")),
    "numbers": ("SELECT :1, :_2", {"1": "a", "_2": "b"}, ("a", "b")),
    "not SQL": ("SELECT :a", {"a": "'; DROP TABLE t; --"}, ("'; DROP TABLE t; --",)),
    "backslashes": ("SELECT :a", {"a": "a\\'b\\n"}, ("a\\'b\\n",)),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_stand_for_values(shared: Warehouse, name: str) -> None:
    text, parameters, row = PARAMETERS[name]
    described = shared.submit(text, parameters)
    assert described["Status"] == "FINISHED", described["Error"]
    assert shared.rows(described["Id"]) == [row]


NO_VALUES: dict[str, dict[str, str]] = {
    "SELECT :colname, FROM t": {"colname": "a"},
    "SELECT * FROM :t": {"t": "pg_user"},
    "SELECT :a, :missing": {"a": "1"},
}


@pytest.mark.parametrize("text", NO_VALUES)
def test_parameters_that_stand_for_no_value(shared: Warehouse, text: str) -> None:
    described = shared.submit(text, NO_VALUES[text])
    assert (described["Status"], described["QueryString"]) == ("FAILED", text)


def test_ids(shared: Warehouse) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert code_of(shared.client.describe_statement, Id=unknown) == "ResourceNotFoundException"
    assert code_of(shared.client.get_statement_result, Id=unknown) == "ResourceNotFoundException"
    done = shared.submit("SELECT 1")["Id"]
    assert code_of(shared.client.cancel_statement, Id=done) == "ValidationException"
    created = shared.submit("CREATE TEMP TABLE x (a INT)")["Id"]
    assert code_of(shared.client.get_statement_result, Id=created) == "ResourceNotFoundException"


def test_a_failed_batch_tells_which_part_failed(shared: Warehouse) -> None:
    described = shared.submit(["SELECT 1", "SELECT 1/0", "SELECT 2"])
    assert (described["Status"], described["HasResultSet"], described["ResultRows"]) == ("FAILED", False, -1)
    assert described["Error"] == "Query #2 failed with ERROR: Divide by zero"
    assert [(s["Status"], s.get("Error")) for s in described["SubStatements"]] == [
        ("FINISHED", None), ("FAILED", "ERROR: Divide by zero"), ("ABORTED", None),
    ]  # fmt: skip
    assert code_of(shared.client.get_statement_result, Id=f"{described['Id']}:1") == "ResourceNotFoundException"


def test_listing_shows_what_finished_unless_told_otherwise(warehouse: Warehouse) -> None:
    warehouse.submit("SELECT 1", StatementName="list-1")
    warehouse.submit("SELECT 1/0", StatementName="list-2")
    warehouse.submit(["SELECT 2"], StatementName="other")

    def names(**members: Any) -> list[str]:
        pages = warehouse.client.get_paginator("list_statements").paginate(**members)
        return [s["StatementName"] for page in pages for s in page["Statements"]]

    assert names() == ["other", "list-1"]
    assert names(Status="ALL") == ["other", "list-2", "list-1"]
    assert names(Status="FAILED") == ["list-2"]
    assert names(Status="ALL", StatementName="list") == ["list-2", "list-1"]
    assert names(Status="ALL", MaxResults=1) == ["other", "list-2", "list-1"]
    assert names(Status="ALL", ClusterIdentifier="another") == []
    two = {"WorkgroupName": "default", "ClusterIdentifier": "c"}
    assert code_of(warehouse.client.list_statements, **two) == "ValidationException"
    [batch] = warehouse.client.list_statements(StatementName="other")["Statements"]
    assert (batch["IsBatchStatement"], batch["QueryStrings"]) == (True, ["SELECT 2"])


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
    assert [t["name"] for t in warehouse.client.list_tables(TablePattern="_wo", **WHERE)["Tables"]] == ["two"]
    assert warehouse.client.list_tables(TablePattern="*", **WHERE)["Tables"] == []
    pages = warehouse.client.get_paginator("list_tables").paginate(**WHERE, PaginationConfig={"PageSize": 1})
    assert [len(page["Tables"]) for page in pages] == [1, 1]
    columns = warehouse.client.describe_table(Schema="public", Table="one", **WHERE)["ColumnList"]
    assert [(c["name"], c["typeName"], c.get("columnDefault")) for c in columns] == [
        ("a", "int4", "3"), ("b", "varchar", None),
    ]  # fmt: skip
    assert [c["tableName"] for c in warehouse.client.describe_table(**WHERE)["ColumnList"]] == ["one", "one", "two"]
    assert warehouse.client.describe_table(Table="nosuch", **WHERE)["ColumnList"] == []
    assert code_of(warehouse.client.list_tables, SchemaPattern="pg_catalog", **WHERE) == "ValidationException"
    warehouse.run("CREATE VIEW late AS SELECT b, a FROM public.one WITH NO SCHEMA BINDING")
    columns = warehouse.client.describe_table(Schema="public", Table="late", **WHERE)["ColumnList"]
    assert [(c["name"], c["typeName"]) for c in columns] == [("b", "varchar"), ("a", "int4")]
    assert warehouse.client.list_schemas(SchemaPattern="s", **WHERE)["Schemas"] == ["s"]
    everything = warehouse.client.list_schemas(**WHERE)["Schemas"]
    assert everything == ["information_schema", "pg_catalog", "pg_internal", "public", "s"]
    assert warehouse.client.list_databases(**WHERE)["Databases"] == ["dev"]
    assert code_of(warehouse.client.list_tables, ConnectedDatabase="x", **WHERE) == "ValidationException"


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
SURROGATE = b'{"Sql": "SELECT \'\\ud800\'", "Database": "dev", "WorkgroupName": "default"}'
EMPTY = b'{"Sql": "SELECT :a", "Parameters": [{"name": "a", "value": ""}]}'
NUL = b'{"Sql": "SELECT \'\\u0000\'", "Database": "dev", "WorkgroupName": "default"}'
RAW: dict[str, tuple[bytes, str, str]] = {
    "not JSON": (b"{", "ExecuteStatement", "SerializationException"),
    "not UTF-8": (b'{"Sql": "\xff"}', "ExecuteStatement", "SerializationException"),
    "UTF-16": ('{"Sql": "SELECT 1"}'.encode("utf-16"), "ExecuteStatement", "SerializationException"),
    "half a pair": (SURROGATE, "ExecuteStatement", "SerializationException"),
    "a NUL": (NUL, "ExecuteStatement", "SerializationException"),
    "not an object": (b"[]", "ExecuteStatement", "SerializationException"),
    "a wrong type": (NUMBER_AS_SQL, "ExecuteStatement", "SerializationException"),
    "a wrong type within": (b'{"Sqls": ["SELECT 1", null]}', "BatchExecuteStatement", "SerializationException"),
    "a truth for a number": (b'{"Id": "x", "WaitTimeSeconds": true}', "DescribeStatement", "SerializationException"),
    "a fraction for a number": (b'{"MaxResults": 1.5}', "ListStatements", "SerializationException"),
    "a huge number": (b'{"MaxResults": 1' + b"0" * 5000 + b"}", "ListStatements", "SerializationException"),
    "nothing": (b"{}", "ExecuteStatement", "ValidationException"),
    "null": (b'{"Sql": null}', "ExecuteStatement", "ValidationException"),
    "an empty parameter": (EMPTY, "ExecuteStatement", "ValidationException"),
    "no parameters": (b'{"Sql": "S", "Parameters": []}', "ExecuteStatement", "ValidationException"),
    "no statements": (b'{"Sqls": []}', "BatchExecuteStatement", "ValidationException"),
    "an unknown member": (b'{"Sql": "SELECT 1", "Nonsense": 1}', "ExecuteStatement", "ValidationException"),
    "an id": (b'{"Id": "1"}', "DescribeStatement", "ValidationException"),
    "a page token": (b'{"NextToken": "junk"}', "ListStatements", "ValidationException"),
    "a page before the first": (b'{"NextToken": "cGFnZTotNQ=="}', "ListStatements", "ValidationException"),
    "too many results": (b'{"MaxResults": 101}', "ListStatements", "ValidationException"),
    "an unknown operation": (b"{}", "StartTheEngine", "UnknownOperationException"),
    "an operation that is not done": (b"{}", "ListSessions", "UnknownOperationException"),
    "no operation": (b"{}", "", "UnknownOperationException"),
    "deep nesting": (b"[" * 100_000, "ExecuteStatement", "SerializationException"),
}  # fmt: skip


def send(server: Any, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, "/", body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


@pytest.mark.parametrize("name", RAW)
def test_requests_that_no_client_library_sends(shared: Warehouse, name: str) -> None:
    body, operation, code = RAW[name]
    status, answer = send(shared.server, body, {"X-Amz-Target": f"RedshiftData.{operation}"})
    assert (status, answer["__type"]) == (400, code)
    assert shared.run("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 405),
        ("PUT", {}, 405),
        ("OPTIONS", {}, 405),
        ("DELETE", {}, 404),
        ("POST", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, 400),
        ("POST", {"Content-Length": "-1"}, 411),
        ("POST", {"Content-Length": "many"}, 411),
        ("POST", {"Content-Length": "99999999999"}, 413),
    ],
)
def test_other_methods_services_and_lengths(
    shared: Warehouse, method: str, headers: dict[str, str], status: int
) -> None:
    found, answer = send(shared.server, b"{}", headers, method)
    assert found == status
    assert answer["__type"] != "InternalServerException"
    assert shared.run("SELECT 1") == [(1,)]


def test_answers_have_the_members_of_the_service_model(shared: Warehouse) -> None:
    model = botocore.session.get_session().get_service_model("redshift-data")
    done = shared.submit("SELECT 1 AS a, 'x' AS b")["Id"]
    as_csv = shared.submit("SELECT 1 AS a", ResultFormat="CSV")["Id"]
    batch = shared.submit(["SELECT 1", "SELECT 1/0"])["Id"]
    for operation, requests in {
        "ExecuteStatement": [sql(WaitTimeSeconds=5)],
        "BatchExecuteStatement": [{"Sqls": ["SELECT 1"], **WHERE}],
        "DescribeStatement": [{"Id": done}, {"Id": batch}, {"Id": f"{batch}:2"}],
        "GetStatementResult": [{"Id": done}],
        "GetStatementResultV2": [{"Id": as_csv}],
        "ListStatements": [{"Status": "ALL"}],
        "ListTables": [WHERE],
        "ListSchemas": [WHERE],
        "ListDatabases": [WHERE],
        "DescribeTable": [WHERE],
    }.items():
        shape = model.operation_model(operation).output_shape
        for request in requests:
            target = {"X-Amz-Target": f"RedshiftData.{operation}"}
            status, answer = send(shared.server, json.dumps(request).encode(), target)
            assert status == 200, answer
            fits(shape, answer, operation)
    assert {*OPERATIONS} - {"CancelStatement"} <= {*model.operation_names}


def fits(shape: Any, value: Any, at: str) -> None:
    """Assert that a value has the members that the model gives its shape, and all that are required."""
    if shape.type_name == "structure":
        assert {*value} <= {*shape.members}, at
        assert {*shape.required_members} <= {*value}, at
        for name, member in value.items():
            fits(shape.members[name], member, f"{at}.{name}")
    elif shape.type_name == "list":
        for item in value:
            fits(shape.member, item, at)


def test_a_row_is_at_most_64_kilobytes(shared: Warehouse) -> None:
    shared.run("SELECT REPEAT('x', 65000) AS a")
    assert "limits of the Data API" in shared.error("SELECT REPEAT('x', 40000) AS a, REPEAT('y', 40000) AS b")


def test_a_long_statement_and_a_deep_one(shared: Warehouse) -> None:
    shared.run("SELECT '" + "x" * 60_000 + "' AS x")
    assert "stack depth limit exceeded" in shared.error("SELECT " + "(" * 5000 + "1" + ")" * 5000)
    assert shared.run("SELECT 1") == [(1,)]

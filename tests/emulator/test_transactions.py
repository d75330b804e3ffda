"""All or nothing, one after the other, and through a kill: what a warehouse must hold whatever happens."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from .conftest import Warehouse

WHERE = {"WorkgroupName": "default", "Database": "dev"}


def test_a_failed_batch_leaves_nothing_not_even_tables(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    error = warehouse.error(
        ["DELETE FROM t", "CREATE TABLE u (a INT)", "ALTER TABLE t ADD COLUMN b INT", "INSERT INTO t VALUES ('x')"]
    )
    assert error.startswith("Query #4 failed with ERROR: invalid input syntax for integer")
    assert warehouse.run("SELECT * FROM t") == [(1,)]
    assert 'relation "u" does not exist' in warehouse.error("SELECT * FROM u")
    warehouse.run("CREATE TABLE u (b INT)")


def test_truncate_commits_what_came_before_it(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)", "INSERT INTO t VALUES (1)")
    warehouse.error(["INSERT INTO u VALUES (5)", "TRUNCATE t", "INSERT INTO t VALUES (2)", "SELECT 1/0"])
    assert warehouse.run("SELECT (SELECT COUNT(*) FROM t), (SELECT COUNT(*) FROM u)") == [(0, 1)]


def test_nobody_is_told_that_a_statement_finished_before_it_is_committed(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, told = warehouse.server.engine, list[str]()
    commit = engine.commit

    def watched(session: Any, *rows: Any) -> None:
        [identifier] = engine.running
        told.append(warehouse.client.describe_statement(Id=identifier)["Status"])
        told.extend(s["Id"] for s in warehouse.client.list_statements(Status="FINISHED")["Statements"])
        commit(session, *rows)

    monkeypatch.setattr(engine, "commit", watched)
    described = warehouse.submit("CREATE TABLE t (a INT)")
    assert described["Status"] == "FINISHED"
    assert told == ["STARTED"]


def test_temporary_tables_live_for_one_session(warehouse: Warehouse) -> None:
    described = warehouse.submit(["CREATE TEMP TABLE s (a INT)", "INSERT INTO s VALUES (1)", "SELECT a FROM s"])
    assert warehouse.rows(f"{described['Id']}:3") == [(1,)]
    assert 'relation "s" does not exist' in warehouse.error("SELECT a FROM s")
    warehouse.run("CREATE TABLE #s AS SELECT 1 AS a")


def test_writers_of_one_table_wait_for_each_other_and_all_finish(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE n (v INT)", "INSERT INTO n VALUES (0)", "CREATE TABLE lock_table (a INT)")
    batch = ["LOCK lock_table", "UPDATE n SET v = v + 1", "INSERT INTO lock_table VALUES (1)"]
    ids = [warehouse.client.batch_execute_statement(Sqls=batch, **WHERE)["Id"] for _ in range(30)]
    ended = [warehouse.client.describe_statement(Id=i, WaitTimeSeconds=30)["Status"] for i in ids]
    assert ended == ["FINISHED"] * 30
    assert warehouse.run("SELECT v, (SELECT COUNT(*) FROM lock_table) FROM n") == [(30, 30)]


def test_readers_do_not_wait_and_see_what_was_committed(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    warehouse.server.faults.arm("delay", seconds=1.0)
    writing = warehouse.client.execute_statement(Sql="DELETE FROM t", **WHERE)["Id"]
    deadline = time.monotonic() + 5
    while warehouse.client.describe_statement(Id=writing)["Status"] != "STARTED" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]
    assert warehouse.client.describe_statement(Id=writing, WaitTimeSeconds=10)["Status"] == "FINISHED"
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def started(warehouse: Warehouse, *sqls: str, seconds: float = 1.0) -> str:
    """A batch that stays STARTED for a while."""
    warehouse.server.faults.arm("delay", seconds=seconds)
    identifier = str(warehouse.client.batch_execute_statement(Sqls=list(sqls), **WHERE)["Id"])
    deadline = time.monotonic() + 5
    while warehouse.client.describe_statement(Id=identifier)["Status"] != "STARTED" and time.monotonic() < deadline:
        time.sleep(0.01)
    return identifier


def test_lock_makes_readers_wait(warehouse: Warehouse) -> None:
    """ "LOCK": access exclusive, so that nobody even reads the table until the transaction ends."""
    warehouse.run("CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)", "INSERT INTO t VALUES (1)")
    identifier = started(warehouse, "LOCK TABLE public.t", "UPDATE t SET a = 2")
    assert warehouse.run("SELECT * FROM u") == []
    assert warehouse.client.describe_statement(Id=identifier)["Status"] == "STARTED"
    assert warehouse.run("SELECT a FROM t") == [(2,)]
    assert warehouse.client.describe_statement(Id=identifier)["Status"] == "FINISHED"


@pytest.mark.parametrize("binding", ["", "WITH NO SCHEMA BINDING"])
def test_lock_makes_those_wait_who_read_the_table_through_views(warehouse: Warehouse, binding: str) -> None:
    warehouse.run("CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)", "INSERT INTO t VALUES (1)")
    warehouse.run(f"CREATE VIEW inner_view AS SELECT a FROM public.t {binding}", "CREATE VIEW other AS SELECT a FROM u")
    warehouse.run(f"CREATE VIEW outer_view AS SELECT a FROM public.inner_view {binding}")
    identifier = started(warehouse, "LOCK TABLE public.t", "UPDATE t SET a = 2")
    assert warehouse.run("SELECT a FROM other") == []
    assert warehouse.client.describe_statement(Id=identifier)["Status"] == "STARTED"
    assert warehouse.run("SELECT a FROM outer_view") == [(2,)]
    assert warehouse.client.describe_statement(Id=identifier)["Status"] == "FINISHED"


def test_a_statement_that_waits_for_a_lock_can_be_cancelled(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    holder = started(warehouse, "LOCK t", seconds=20)
    waiting = warehouse.client.execute_statement(Sql="DELETE FROM t", **WHERE)["Id"]
    assert warehouse.client.cancel_statement(Id=waiting)["Status"] is True
    assert warehouse.client.describe_statement(Id=waiting, WaitTimeSeconds=10)["Status"] == "ABORTED"
    warehouse.client.cancel_statement(Id=holder)
    described = warehouse.client.describe_statement(Id=holder, WaitTimeSeconds=10)
    assert (described["Status"], described["SubStatements"][0]["Status"]) == ("ABORTED", "ABORTED")
    with pytest.raises(ClientError, match="already in ABORTED state"):
        warehouse.client.cancel_statement(Id=holder)
    assert warehouse.run("SELECT a FROM t") == [(1,)]


def test_load_errors_outlive_the_rollback_and_a_restart(start: Callable[..., Warehouse]) -> None:
    before = start("errors")
    url = before.put("errors/in.csv", "1\nx\n")
    before.error(["CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)", f"COPY t FROM '{url}' IAM_ROLE default CSV"])
    seen = "SELECT line_number, TRIM(column_name), error_code FROM sys_load_error_detail"
    assert before.run(seen) == [(2, "a", 1207)]
    before.server.stop()
    after = start("errors")
    assert after.run(seen) == [(2, "a", 1207)]
    assert after.run("SELECT status, error_count FROM sys_load_history") == [("aborted", 1)]
    assert 'relation "t" does not exist' in after.error("SELECT * FROM t")


def test_a_cancelled_statement_is_aborted_and_undone(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a BIGINT)", "INSERT INTO t VALUES (1)")
    warehouse.server.faults.arm("delay", seconds=20)
    identifier = warehouse.client.execute_statement(Sql="DELETE FROM t", **WHERE)["Id"]
    assert warehouse.client.cancel_statement(Id=identifier)["Status"] is True
    assert warehouse.client.describe_statement(Id=identifier, WaitTimeSeconds=10)["Status"] == "ABORTED"
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]


def test_a_restart_keeps_tables_views_users_and_results(start: Callable[..., Warehouse]) -> None:
    before = start("kept")
    before.run("CREATE TABLE t (a INT IDENTITY(1,1), s VARCHAR(9) DEFAULT 'x')", "INSERT INTO t DEFAULT VALUES")
    before.run(
        "CREATE VIEW v AS SELECT s FROM t", 'CREATE USER "IAMR:X" PASSWORD DISABLE', 'GRANT SELECT ON v TO "IAMR:X"'
    )
    identifier = before.submit("SELECT * FROM t")["Id"]
    before.server.stop()
    after = start("kept")
    assert after.rows(identifier) == [(1, "x")]
    after.run("INSERT INTO t DEFAULT VALUES")
    assert after.run("SELECT COUNT(*), COUNT(DISTINCT a) FROM t") == [(2, 2)]
    assert after.run("SELECT COUNT(*) FROM v") == [(2,)]
    granted = "SELECT relation_name, privilege_type, identity_name FROM svv_relation_privileges"
    assert after.run(granted) == [("v", "SELECT", "IAMR:X")]


@contextmanager
def process(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [
        sys.executable,
        "-m",
        "local.redshift",
        "--port",
        "0",
        "--data",
        str(data),
        "--s3-endpoint",
        "http://127.0.0.1:1",
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - our own
    assert running.stdout is not None
    try:
        ready = running.stdout.readline().split()
        yield running, ready[-1]
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


@pytest.mark.usefixtures("aws")
def test_a_kill_at_any_moment_loses_nothing_committed_and_keeps_nothing_else(tmp_path: Path) -> None:
    """Each batch writes the same number to two tables; after each kill they agree, and hold all that was FINISHED."""
    data = tmp_path / "killed.duckdb"
    finished: list[int] = []
    for round_ in range(4):
        with process(data) as (running, url):
            client: Any = boto3.client("redshift-data", endpoint_url=url, region_name="us-east-1")

            def run(*sqls: str, client: Any = client) -> Any:
                identifier = client.batch_execute_statement(Sqls=list(sqls), **WHERE)["Id"]
                return client.describe_statement(Id=identifier, WaitTimeSeconds=20)

            run("CREATE TABLE IF NOT EXISTS a (n INT)", "CREATE TABLE IF NOT EXISTS b (n INT)")
            described = run("SELECT n FROM a ORDER BY n", "SELECT n FROM b ORDER BY n")
            held = [
                [r[0]["longValue"] for r in client.get_statement_result(Id=f"{described['Id']}:{part}")["Records"]]
                for part in (1, 2)
            ]
            assert held[0] == held[1]
            assert set(finished) <= set(held[0])
            killer = threading.Timer(0.15 + 0.1 * round_, os.kill, (running.pid, signal.SIGKILL))
            killer.start()
            with suppress(BotoCoreError, ClientError):
                while True:
                    n = len(finished) + 1000 * round_
                    if run(f"INSERT INTO a VALUES ({n})", f"INSERT INTO b VALUES ({n})")["Status"] == "FINISHED":
                        finished.append(n)
            killer.join()
    assert finished


def test_a_file_or_a_port_that_cannot_be_had_is_told_in_one_line(
    start: Callable[..., Warehouse], tmp_path: Path
) -> None:
    taken = start("taken")
    (tmp_path / "text.duckdb").write_text("not a database")
    command = [sys.executable, "-m", "local.redshift", "--data"]
    for arguments in (
        [str(tmp_path / "text.duckdb"), "--port", "0"],
        [str(tmp_path / "new.duckdb"), "--port", str(taken.server.port)],
    ):
        ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own
        first, *others = ended.stderr.splitlines()
        assert ended.returncode == 1
        assert first.startswith("redshift cannot start on port")
        assert not any("Traceback" in line for line in others)


def test_throttling(warehouse: Warehouse) -> None:
    warehouse.server.faults.arm("throttle", count=2)
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            warehouse.client.execute_statement(Sql="SELECT 1", **WHERE)
    assert warehouse.run("SELECT 1") == [(1,)]


def test_serializable_isolation_violation(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)")
    warehouse.server.faults.arm("serializable")
    assert "1023" in warehouse.error("INSERT INTO t VALUES (1)")
    warehouse.run("INSERT INTO t VALUES (1)")


def test_a_connection_dropped_after_the_statement_was_taken(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (a INT)")
    warehouse.server.faults.arm("drop")
    with pytest.raises(BotoCoreError):
        warehouse.client.execute_statement(Sql="INSERT INTO t VALUES (1)", ClientToken="dropped", **WHERE)
    warehouse.submit("INSERT INTO t VALUES (1)", ClientToken="dropped")
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]


def test_a_workgroup_that_is_resuming(warehouse: Warehouse) -> None:
    warehouse.server.faults.arm("resuming")
    with pytest.raises(ClientError, match="resuming"):
        warehouse.client.execute_statement(Sql="SELECT 1", **WHERE)
    warehouse.run("SELECT 1")


def test_too_many_active_statements(start: Callable[..., Warehouse]) -> None:
    warehouse = start(max_active=2)
    warehouse.server.faults.arm("delay", count=2, seconds=5)
    ids = [warehouse.client.execute_statement(Sql="SELECT 1", **WHERE)["Id"] for _ in range(2)]
    with pytest.raises(ClientError, match="ActiveStatementsExceededException"):
        warehouse.client.execute_statement(Sql="SELECT 1", **WHERE)
    for identifier in ids:
        warehouse.client.cancel_statement(Id=identifier)


def test_faults_can_be_armed_over_http(warehouse: Warehouse) -> None:
    def send(method: str, body: str = "") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", warehouse.server.port, timeout=5)
        connection.request(method, "/_faults", body)
        status = connection.getresponse().status
        connection.close()
        return status

    assert send("POST", '{"kind": "throttle", "count": 1}') == 200
    with pytest.raises(ClientError, match="ThrottlingException"):
        warehouse.client.execute_statement(Sql="SELECT 1", **WHERE)
    assert send("POST", '{"kind": "throttle", "count": 5}') == 200
    assert send("DELETE") == 200
    assert warehouse.run("SELECT 1") == [(1,)]
    assert send("POST", '{"kind": "earthquake"}') == 400


def test_what_runs_outside_of_transactions_only(warehouse: Warehouse) -> None:
    """ "You can't alter columns within a transaction block" ("ALTER TABLE"), nor VACUUM."""
    warehouse.run("CREATE TABLE t (a VARCHAR(5))")
    wider = "ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(9)"
    for sql in (wider, "VACUUM t"):
        assert "cannot run inside a transaction block" in warehouse.error(["SELECT 1", sql])
    warehouse.run(wider, "INSERT INTO t VALUES ('12345678')")

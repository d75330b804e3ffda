"""copy_to_redshift against moto and the embedded Redshift: one load after the other, and each fault by name."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from local.redshift.server import Server
from retail_etl.adapters.store import Condition
from retail_etl.errors import WarehouseError
from retail_etl.flows.status import delivery
from retail_etl.report import LoadReport
from tests.handlers.conftest import SAMPLE
from tests.handlers.world import Plan, Trouble, World, world

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)
JUNE = "monthly_data/walmart_customer_Jun-2025.csv"


def rows(*customers: str, day: str = "2025-06-15") -> bytes:
    lines = [f"{customer},30,Male,Berlin,Home,Lamp,{day},10.00,UPI,Yes,,No\n" for customer in customers]
    return (HEADER + "".join(lines)).encode()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data: Path = tmp_path_factory.mktemp("redshift") / "handlers.duckdb"
    with Server(data, s3=lambda: boto3.client("s3")) as running:
        yield running


@pytest.fixture
def here(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with world(server) as fresh:
        yield fresh


def loaded(here: World, raw_key: str) -> LoadReport:
    found = delivery(here.bucket, raw_key)
    assert found is not None
    assert found.load is not None, found
    assert found.stage == "loaded", found.reason
    return found.load


def customers(here: World) -> list[str]:
    return sorted(row["customer_id"] for row in here.query("SELECT customer_id FROM walmart_sales"))


def _fault(kind: str, seconds: float = 0.3) -> Plan:
    return Plan("BatchExecuteStatement", "a fault of the warehouse", kind, seconds)


def wait_for(here: World, expected: list[str]) -> None:
    """The statement of a function that died is committed."""
    deadline = time.monotonic() + 30
    while customers(here) != expected:
        assert time.monotonic() < deadline, customers(here)
        time.sleep(0.02)


def test_a_delivery_is_loaded_and_its_history_is_the_proof(here: World) -> None:
    here.drop("raw/2025-06.csv", SAMPLE.read_bytes())
    here.settle()
    report = loaded(here, "raw/2025-06.csv")
    assert report.rows_loaded == report.rows_clean == len(here.table()) > 900
    assert sorted(here.table()) == sorted(here.monthly_files()[JUNE])
    (history,) = here.query("SELECT * FROM load_history")
    assert history["load_id"] == report.load_id
    assert history["source_file"] == JUNE
    assert history["rows_in_file"] == history["rows_loaded"] == report.rows_loaded
    assert (history["rows_already_present"], history["rows_replaced"], history["rows_removed"]) == (0, 0, 0)
    assert here.left_behind() == []


def test_a_repeated_event_loads_once(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a", "b"), copies=3)
    here.settle()
    assert customers(here) == ["a", "b"]
    assert len(here.query("SELECT load_id FROM load_history")) == 1


def test_a_corrected_file_replaces_its_own_rows(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a", "b", "c"))
    here.settle()
    here.drop("raw/2025-06.csv", rows("b", "d"))
    here.settle()
    assert customers(here) == ["b", "d"]
    assert loaded(here, "raw/2025-06.csv").rows_replaced == 3


def test_a_file_whose_month_changed_takes_its_old_rows_and_its_old_file_along(here: World) -> None:
    here.drop("raw/sales.csv", rows("a", "b"))
    here.settle()
    here.drop("raw/sales.csv", rows("a", "c", day="2025-07-01"))
    here.settle()
    assert customers(here) == ["a", "c"]
    assert list(here.monthly_files()) == ["monthly_data/walmart_customer_Jul-2025.csv"]


def test_files_that_overlap_hold_each_purchase_once_and_give_it_back(here: World) -> None:
    here.drop("raw/one 2025-06.csv", rows("a", "b"))
    here.settle()
    here.drop("raw/two 2025-06.csv", rows("b", "c"))
    here.settle()
    assert customers(here) == ["a", "b", "c"]
    assert loaded(here, "raw/two 2025-06.csv").rows_already_present == 1
    here.drop("raw/one 2025-06.csv", rows("a"))
    here.settle()
    assert customers(here) == ["a", "b", "c"], "b is still in the second file"


def test_a_withdrawn_delivery_leaves_the_table_and_comes_back_by_a_replay(here: World) -> None:
    here.drop("raw/one 2025-06.csv", rows("a", "b"))
    here.drop("raw/two 2025-06.csv", rows("b", "c"))
    here.settle()
    here.withdraw("raw/one 2025-06.csv")
    here.settle()
    assert customers(here) == ["b", "c"]
    assert len(here.monthly_files()) == 1
    here.replay("raw/one 2025-06.csv")
    here.settle()
    assert customers(here) == ["a", "b", "c"]


def test_a_withdrawn_delivery_that_is_dropped_again_is_loaded_again(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    here.withdraw("raw/2025-06.csv")
    here.settle()
    assert customers(here) == []
    time.sleep(1.0)  # S3 keeps whole seconds of when an object was written
    here.drop("raw/2025-06.csv", rows("a"))
    assert [found.stage for found in here.deliveries()] == ["waiting"]
    here.settle()
    assert customers(here) == ["a"]


@pytest.mark.parametrize("replayed", [False, True])
def test_a_withdrawn_delivery_that_is_dropped_again_at_once_is_loaded_again(
    here: World, replayed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: now)
    here.drop("raw/2025-06.csv", rows("a"), copies=2)
    here.handle(0)
    if replayed:
        here.replay("raw/2025-06.csv")
        here.handle(2)
    here.withdraw("raw/2025-06.csv")
    here.settle()
    assert customers(here) == [], "a repeated event does not take it up again"
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    assert customers(here) == ["a"]


def test_a_refused_correction_does_not_bring_a_withdrawn_delivery_back(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    here.withdraw("raw/2025-06.csv")
    here.drop("raw/2025-06.csv", b"<html>no csv</html>")
    here.handle(1)
    here.settle()
    assert customers(here) == []
    assert here.monthly_files() == {}


def test_a_refusal_leaves_no_file_in_force_that_never_became_visible(here: World) -> None:
    here.drop("raw/sales.csv", rows("a"))
    here.settle()
    here.drop("raw/sales.csv", rows("b").replace(b"2025-06", b"2025-07"))
    here.handle(0, Plan("UploadPartCopy", "crash before"))
    here.drop("raw/sales.csv", b"<html>no csv</html>")
    here.settle()
    assert customers(here) == ["a"]
    assert list(here.monthly_files()) == [JUNE]
    assert here.reconcile() == []


def test_a_load_that_failed_in_passing_can_be_withdrawn_by_the_same_event(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.handle(0)
    here.handle(0, _fault("serializable"))
    (message,) = here.pending
    here.withdraw("raw/2025-06.csv")
    here.pending.remove(message)
    here.pending.insert(0, message)
    here.settle()
    assert customers(here) == []
    assert here.monthly_files() == {}


def test_a_load_that_was_withdrawn_before_it_could_say_so_is_taken_out(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.handle(0)
    here.handle(0, Plan("BatchExecuteStatement", "crash after"))
    wait_for(here, ["a"])
    (message,) = here.pending
    here.withdraw("raw/2025-06.csv")
    here.pending.remove(message)
    here.pending.insert(0, message)
    here.settle()
    assert customers(here) == []
    assert here.monthly_files() == {}


def test_a_delivery_that_is_withdrawn_while_its_month_changes_leaves_nothing(here: World) -> None:
    here.drop("raw/sales.csv", rows("a"))
    here.settle()
    here.drop("raw/sales.csv", rows("b", day="2025-07-01"))
    here.handle(0, Plan("UploadPartCopy", "crash before"))
    here.time_passes()
    assert list(here.monthly_files()) == [JUNE]
    here.withdraw("raw/sales.csv")
    here.settle()
    assert customers(here) == []
    assert here.monthly_files() == {}


def test_what_a_load_that_is_superseded_left_undone_is_done_by_the_next(here: World) -> None:
    """The first file gives a row back that the second holds as well, and dies before it can say so."""
    here.drop("raw/one.csv", rows("a", "b"))
    here.settle()
    here.drop("raw/two.csv", rows("b", "c"))
    here.settle()
    here.drop("raw/one.csv", rows("a", day="2025-07-01"))
    here.handle(0)
    here.handle(0, Plan("BatchExecuteStatement", "crash after"))
    wait_for(here, ["a", "c"])
    here.drop("raw/one.csv", rows("d", day="2025-07-02"))
    here.handle(1)
    here.settle()
    assert customers(here) == ["b", "c", "d"]
    assert len(here.monthly_files()) == 2


def test_a_transaction_that_comes_late_cannot_undo_what_came_meanwhile(here: World) -> None:
    here.drop("raw/sales.csv", rows("a"))
    here.handle(0)
    here.handle(0, Plan("BatchExecuteStatement", "crash before"))
    late = here.batch
    here.drop("raw/sales.csv", rows("b", day="2025-07-01"))
    here.handle(1)
    here.handle(1)
    assert customers(here) == ["b"]
    statement_id = here.warehouse._client.batch_execute_statement(**late)["Id"]  # noqa: SLF001 - as it was sent
    with pytest.raises(WarehouseError, match="ivide by zero"):
        here.warehouse.wait(statement_id, lambda: 30.0)
    here.settle()
    assert customers(here) == ["b"]
    assert list(here.monthly_files()) == ["monthly_data/walmart_customer_Jul-2025.csv"]


def test_a_load_that_ends_late_does_not_report_over_the_one_that_was_begun_since(here: World) -> None:
    here.drop("raw/sales.csv", rows("a"))
    here.handle(0)

    def overtake() -> None:
        here.drop("raw/sales.csv", rows("b"))
        here.handle(0)
        here.handle(0)

    here.handle(0, Plan("PutEvents", "something else first", meanwhile=overtake))
    assert here.pending == []
    assert customers(here) == ["b"]
    assert loaded(here, "raw/sales.csv").rows_replaced == 1


def test_a_load_that_was_overtaken_tries_again(here: World) -> None:
    here.drop("raw/sales.csv", rows("a"))
    here.handle(0)
    here.replay("raw/sales.csv")
    here.handle(1)
    overtaken = Plan("BatchExecuteStatement", "something else first", meanwhile=lambda: here.handle(0))
    here.handle(0, overtaken)
    assert len(here.pending) == 1, "it comes back"
    here.settle()
    assert customers(here) == ["a"]
    assert loaded(here, "raw/sales.csv").rows_loaded == 1
    assert len(here.query("SELECT load_id FROM load_history")) == 2, "each was loaded once"


def test_a_file_put_there_by_hand_is_loaded_without_a_count(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    content = here.bucket.read(JUNE)
    assert content is not None
    here.bucket.write("monthly_data/by hand.csv", content[0].replace(b"\na,", b"\nz,"), "text/csv")
    here.settle()
    assert customers(here) == ["a", "z"]
    found = here.bucket.read("reports/monthly_data/by hand.csv.by_hand.load.json")
    assert found is not None
    report = LoadReport.from_json(found[0])
    assert (report.status, report.rows_loaded, report.rows_clean) == ("loaded", 1, None)


def test_a_file_that_was_deleted_by_hand_is_listed_and_its_rows_are_taken_out_when_asked(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    content = here.bucket.read(JUNE)
    assert content is not None
    here.bucket.write("monthly_data/by hand.csv", content[0].replace(b"\na,", b"\nz,"), "text/csv")
    here.settle()
    here.bucket.delete("monthly_data/by hand.csv")
    assert here.reconcile() == ["monthly_data/by hand.csv is gone, but its 1 rows are in the table"]
    assert customers(here) == ["a", "z"]
    here.reconcile(mend=True)
    here.settle()
    assert customers(here) == ["a"]
    assert here.reconcile() == []


def test_a_file_from_before_a_column_was_added_is_loaded_as_well(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    older = "\n".join(
        ",".join(fields[:10] + fields[11:]) for fields in (line.split(",") for line in here.text(JUNE).splitlines())
    )
    here.bucket.write("monthly_data/older.csv", older.replace("\na,", "\nz,").encode(), "text/csv")
    here.settle()
    assert "rating" not in older
    assert customers(here) == ["a", "z"]


def test_a_neighbour_whose_key_starts_the_same_is_not_loaded_with_it(here: World) -> None:
    here.bucket.write(f"{JUNE}.bak", b"not,a,table\n1,2,3\n", "text/csv")
    here.pending.clear()
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    assert customers(here) == ["a"]


HOSTILE = [
    "a b+c%2B.csv",
    "';DROP TABLE walmart_sales;--.csv",
    'quote"and\\backslash.csv',
    "new\nline.csv",
    "☕ naïve.CSV",
    "../../etc/passwd",
    "1/2/3/4/5/deep.csv",
    ":source_file",
    "x" * 1000,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(here: World, name: str) -> None:
    here.drop(f"raw/{name}", rows("a", "b"))
    here.settle()
    assert loaded(here, f"raw/{name}").source_key == f"raw/{name}"
    assert customers(here) == ["a", "b"]


def test_another_content_than_was_counted_fails_the_load_and_changes_nothing(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.settle()
    here.drop("raw/2025-06.csv", rows("b", "c"))
    here.handle(0)
    head = here.bucket.head(JUNE)
    assert head is not None
    wrong = {**head.metadata, "rows_clean": "7"}
    here.bucket.copy(head, JUNE, metadata=wrong, condition=Condition(head.etag))
    here.settle()
    found = delivery(here.bucket, "raw/2025-06.csv")
    assert found is not None
    assert found.stage == "failed"
    assert "does not hold the 7 rows" in str(found.reason)
    assert customers(here) == ["a"]
    assert here.dead == []


def test_what_copy_stumbles_over_is_in_the_report(here: World) -> None:
    here.bucket.write(
        "monthly_data/by hand.csv", (HEADER.lower()[:-1] + ",month,age_group\n").encode() + b"a,x\n", "text/csv"
    )
    here.settle()
    found = here.bucket.read("reports/monthly_data/by hand.csv.by_hand.load.json")
    assert found is not None
    report = LoadReport.from_json(found[0])
    assert report.status == "failed"
    assert report.load_errors[0]["line_number"] == 2
    assert here.dead == []


@pytest.mark.parametrize("fault", ["throttle", "resuming", "drop", "serializable"])
def test_a_passing_fault_costs_a_try_and_nothing_else(here: World, fault: str) -> None:
    here.drop("raw/2025-06.csv", rows("a", "b"))
    here.handle(0)
    here.handle(0, _fault(fault))
    here.settle()
    assert customers(here) == ["a", "b"]
    assert loaded(here, "raw/2025-06.csv").rows_loaded == 2
    assert len(here.query("SELECT load_id FROM load_history")) == 1


def test_a_passing_fault_brings_the_message_back_in_seconds_not_after_its_visibility(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a"))
    here.handle(0)
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="monthly")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=here.pending[0].body)
    (received,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)["Messages"]
    here.pending[0].receipt = received["ReceiptHandle"]
    here.handle(0, _fault("serializable"))
    deadline = time.monotonic() + 60
    while not sqs.receive_message(QueueUrl=url).get("Messages"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_statement_that_outlasts_the_function_is_waited_for_and_not_sent_again(here: World) -> None:
    here.drop("raw/2025-06.csv", rows("a", "b"))
    here.handle(0)
    for _ in range(3):
        here.handle(0, _fault("delay", seconds=4.0), seconds=3.3)
    assert [message.receives for message in here.pending] == [0], "waiting uses up no retries"
    here.settle()
    assert customers(here) == ["a", "b"]
    statements = boto3.client("redshift-data", endpoint_url=here.server.url).list_statements(
        StatementName=f"load {loaded(here, 'raw/2025-06.csv').load_id}", Status="ALL"
    )["Statements"]
    assert len(statements) == 1


@pytest.mark.parametrize("what", ["crash before", "crash after", "throttle"])
@pytest.mark.parametrize("queue", ["raw", "monthly"])
def test_every_call_may_be_the_last(here: World, queue: str, what: Trouble) -> None:
    """The whole way of a corrected file, cut off at its first call, its second, and so on until nothing is cut off."""
    here.drop("raw/2025-06.csv", rows("a", "b"))
    here.settle()
    call = 0
    while True:
        call += 1
        expected = ["a", f"c{call}"]
        here.drop("raw/2025-06.csv", rows(*expected))
        if queue == "monthly":
            here.handle(0)
        calls = here.handle(0, Plan(call, what))
        here.settle()
        assert customers(here) == expected, f"{what} call {call} of {queue}"
        assert here.left_behind() == [], f"{what} call {call} of {queue}"
        loaded(here, "raw/2025-06.csv")
        if calls < call:
            break
    assert call > 10

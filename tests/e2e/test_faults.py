"""Many files at once, while the warehouse and the functions are killed and the whole cloud is stopped and started.

Only for the emulated cloud: nobody can kill a real one.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from etl.target import Target, emulated
from local import cloud, stack
from retail_etl.flows.status import deliveries
from retail_etl.notifications import ObjectCreated

pytestmark = pytest.mark.skipif("ETL_STACK" in os.environ, reason="kills processes of an emulated cloud of its own")

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)
WRITERS = 8
ROWS = 40
SHARED = 10  # rows that each file has in common with the next one
# Short, so that what was killed comes back within the test.
SHORT = {
    "CleanTimeout": "20",
    "RawVisibility": "20",
    "LoadTimeout": "10",
    "MonthlyVisibility": "15",
    "MaxReceives": "20",
}


@pytest.fixture
def own_folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    cloud.stop(tmp_path / "cloud")


@pytest.mark.parametrize("files", [50, pytest.param(200, marks=pytest.mark.soak)], ids=lambda number: f"{number} files")
def test_nothing_is_lost_and_nothing_is_there_twice(own_folder: Path, files: int) -> None:
    folder = own_folder
    stack.build(folder / "sam-build.log")
    running = cloud.start(folder)
    stack.deploy(running, folder / "sam-deploy.log", SHORT)
    target = emulated(running)
    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(lambda number: _drop_twice(target, number), range(files)))
    _wait(lambda: _ended(target, files) >= files // 4, "a quarter of the files")
    _kill(running, "local.redshift")
    _wait(lambda: _ended(target, files) >= files // 2, "half of the files")
    _kill(running, "lambda")
    _wait(lambda: _ended(target, files) >= 2 * files // 3, "two thirds of the files")
    assert cloud.stop(folder)
    target = emulated(cloud.start(folder))
    # Each file is loaded for both of its events, so that all were loaded once is not the end yet.
    _wait(lambda: all(_messages(target) == 0 for _ in range(3)), "the queues to be empty")

    found = deliveries(target.bucket, files)
    assert {delivery.stage for delivery in found} == {"loaded"}
    assert _held(target) == files * (ROWS - SHARED) + SHARED
    (twice,) = target.warehouse.query(
        "SELECT COUNT(*) AS n FROM (SELECT customer_id FROM walmart_sales GROUP BY customer_id HAVING COUNT(*) > 1) d",
        lambda: 60.0,
    )
    assert twice["n"] == 0
    assert {name: queue.depth() for name, queue in target.dead_letters.items() if queue.depth()} == {}
    attempts = sum(delivery.load.attempt for delivery in found if delivery.load)
    print(f"{files} files, {_held(target):,} rows, {time.monotonic() - began:.0f} seconds, {attempts - files} retries")


def _drop_twice(target: Target, number: int) -> None:
    """Each file holds its own rows and the first ones of the next; its event is sent a second time."""
    first = number * (ROWS - SHARED)
    lines = (f"c{row},30,Male,Berlin,Home,Lamp,2025-06-15,10.00,UPI,Yes,5,No\n" for row in range(first, first + ROWS))
    key = f"raw/shop {number}/2025-06.csv"
    etag = target.bucket.write(key, (HEADER + "".join(lines)).encode(), "text/csv")
    target.raw_queue.send(ObjectCreated(target.bucket.name, key, etag))


def _ended(target: Target, files: int) -> int:
    return sum(delivery.ended for delivery in deliveries(target.bucket, files))


def _messages(target: Target) -> int:
    """How many messages wait, are being handled or come later; read after a second, in which S3 announces its last."""
    time.sleep(1)
    sqs, total = target.session.client("sqs"), 0
    for queue in ("RawQueueUrl", "MonthlyQueueUrl"):
        found = sqs.get_queue_attributes(QueueUrl=target.outputs[queue], AttributeNames=["All"])["Attributes"]
        total += sum(int(number) for name, number in found.items() if name.startswith("ApproximateNumberOfMessages"))
    return total


def _held(target: Target) -> int:
    (row,) = target.warehouse.query("SELECT COUNT(*) AS n FROM walmart_sales", lambda: 60.0)
    return int(row["n"])


def _kill(running: cloud.Cloud, what: str) -> None:
    """kill -9 for every process of the cloud whose command line says what it is."""
    supervisor = psutil.Process(int(next(iter(running.processes))))
    family = [process for process in supervisor.children(recursive=True) if what in " ".join(process.cmdline())]
    assert family, f"nothing of {what} runs"
    for process in family:
        process.kill()


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300
    while not done():
        assert time.monotonic() < deadline, f"waited 300 seconds for {what}"
        time.sleep(1)


def test_a_cloud_that_does_not_start_in_time_leaves_nothing_running(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "_START_SECONDS", 2)
    monkeypatch.setattr(cloud, "_recorded", lambda _: None)
    with pytest.raises(cloud.CloudError, match="did not answer within 2 seconds"):
        cloud.start(own_folder)
    left = [item.info for item in psutil.process_iter(["cmdline"]) if str(own_folder) in str(item.info["cmdline"])]
    assert left == []

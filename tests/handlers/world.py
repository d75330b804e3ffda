"""A small world around the real handlers: moto's AWS, the embedded Redshift, and queues that a test pumps by hand.

Everything that can go wrong between two calls to AWS can be made to: `World.handle` takes a plan that crashes the
function before or after its n-th call, or lets that call be throttled. A crash is what the death of a Lambda is: no
`except` and no `finally` of the code under test gets to tidy up the record that it had begun.
"""

import csv
import io
import json
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from unittest.mock import patch
from uuid import uuid4

import boto3
import botocore.client
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.clean_raw import handler as clean_raw
from functions.copy_to_redshift import handler as copy_to_redshift
from local.redshift.server import Server
from retail_etl import naming, runtime
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Queue
from retail_etl.adapters.warehouse import Warehouse
from retail_etl.contract import shipped_contract
from retail_etl.flows import operate, reconcile
from retail_etl.flows.status import Delivery, deliveries
from retail_etl.notifications import ObjectCreated, objects_created
from retail_etl.warehouse import schema
from tests.handlers.conftest import Context

CONTRACT = shipped_contract()
ROLE = "arn:aws:iam::000000000000:role/copy"
MAX_RECEIVES = 6
_MOTO: Any = {
    "core": {
        "passthrough": {"urls": ["127.0.0.1"], "services": ["redshift-data"]},
        "reset_boto3_session": False,  # a session keeps megabytes of what it has read of the services
    }
}
QueueName = Literal["raw", "monthly"]


class Crash(BaseException):
    """The function dies here."""


type Trouble = Literal["crash before", "crash after", "throttle", "a fault of the warehouse", "something else first"]


@dataclass
class Plan:
    """What goes wrong at the `call`-th call to AWS of one invocation, or at each of that name; 0: nothing.

    `fault` is one of the embedded Redshift's, for the statement that this call sends; `meanwhile` is done before it.
    """

    call: int | str = 0
    what: Trouble = "crash before"
    fault: str = ""
    seconds: float = 0.3
    meanwhile: Callable[[], object] | None = None


@dataclass
class Message:
    """One SQS message on its way."""

    queue: QueueName
    body: str
    receives: int = 0
    receipt: str = ""


@dataclass
class World:
    """One bucket, two queues, one table. `pending` are the messages that wait, `dead` those that were given up.

    `batch` is the last transaction that the code has sent, or was about to.
    """

    server: Server
    bucket: Bucket
    warehouse: Warehouse
    pending: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    batch: dict[str, Any] = field(default_factory=dict)
    _sequence: int = 0
    _calls: int = 0
    _dead: bool = False
    _plan: Plan = field(default_factory=Plan)

    # ------------------------------------------------------------ what people do

    def drop(self, raw_key: str, content: bytes, copies: int = 1) -> None:
        """Someone drops a raw file; S3 announces it as often as it likes."""
        runtime.client("s3").put_object(Bucket=self.bucket.name, Key=raw_key, Body=content)
        self.pending += [self.pending[-1]] * (copies - 1)

    def withdraw(self, raw_key: str) -> None:
        """`etl remove`, as far as the operator's own machine goes."""
        operate.withdraw(self.bucket, Queue(runtime.client("sqs"), _queue_url("monthly")), raw_key)
        self._collect()

    def replay(self, raw_key: str) -> None:
        """`etl replay`."""
        operate.replay(self.bucket, Queue(runtime.client("sqs"), _queue_url("raw")), [raw_key])
        self._collect()

    def reconcile(self, *, mend: bool = False) -> list[str]:
        """`etl reconcile`: what does not agree."""
        ledger = reconcile.gather(self.bucket, self.warehouse, CONTRACT, lambda: 30.0)
        found = list(reconcile.differences(ledger))
        if mend:
            raw, monthly = (Queue(runtime.client("sqs"), _queue_url(queue)) for queue in ("raw", "monthly"))
            reconcile.repair(found, ledger, self.bucket, raw, monthly)
            self._collect()
        return [f"{difference.key} {difference.what}" for difference in found]

    # ------------------------------------------------------------ what AWS does

    def handle(self, index: int, plan: Plan | None = None, seconds: float = 60.0) -> int:
        """Give one waiting message to its function, which may fail by plan or have little time.

        Returns how many calls to AWS it made.
        """
        message = self.pending.pop(index % len(self.pending))
        message = replace(message, receives=message.receives + 1)
        event = {
            "Records": [
                {
                    "messageId": str(uuid4()),
                    "receiptHandle": message.receipt,
                    "body": message.body,
                    "attributes": {"ApproximateReceiveCount": str(message.receives)},
                    "eventSource": "aws:sqs",
                }
            ]
        }
        function = {"raw": clean_raw, "monthly": copy_to_redshift}[message.queue]
        try:
            with patch.dict(os.environ, self._environment(message.queue)), warnings.catch_warnings():
                # A function that dies before it has counted anything: what Powertools says of it is no defect.
                warnings.filterwarnings("ignore", "No application metrics to publish")
                self._plan, self._calls = plan or Plan(), 0
                failed = function.handler(event, Context(seconds=seconds))["batchItemFailures"]
        except Crash:
            failed = [message]
        finally:
            self._plan, self._dead = Plan(), False
        if failed:
            (self.dead if message.receives >= MAX_RECEIVES else self.pending).append(message)
        calls = self._calls
        self._collect()
        return calls

    def time_passes(self) -> None:
        """Invocations that died are over: the records they had begun expire."""
        table = boto3.resource("dynamodb").Table("idempotency")
        for item in table.scan()["Items"]:
            if item["status"] == "INPROGRESS":
                table.put_item(Item=item | {"in_progress_expiration": 0})

    def settle(self) -> None:
        """Nothing goes wrong any more: handle all that waits, replay what was given up, until nothing is left."""
        self.server.faults.clear()
        for _ in range(200):
            self.time_passes()
            if not self.pending:
                if not self.dead:
                    return
                self._replay_dead()
            self.handle(0)
        raise AssertionError(f"still waiting: {[message.body for message in self.pending]}")

    def _replay_dead(self) -> None:
        for message in self.dead:
            for created in objects_created(message.body):
                self._announce(message.queue, created.replayed())
        self.dead.clear()

    def _announce(self, queue: QueueName, created: ObjectCreated) -> None:
        self.pending.append(Message(queue, json.dumps(created.notification())))

    def _collect(self) -> None:
        """Take over what was sent to the queues by the code itself."""
        for queue in ("raw", "monthly"):
            sqs, url = runtime.client("sqs"), _queue_url(queue)
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
                "Messages"
            ):
                for message in found:
                    self.pending.append(Message(queue, message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def call(self, real: Any, client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        """Every call to AWS that the code makes goes through here."""
        if threading.current_thread() is not threading.main_thread():
            return real(client, operation, arguments)  # the embedded Redshift's own
        if self._dead:
            raise Crash  # no finally of a dead function calls anyone
        self._calls += 1
        if operation == "BatchExecuteStatement":
            self.batch = arguments
        here, what = self._plan.call in (self._calls, operation), self._plan.what
        if here and (meanwhile := self._plan.meanwhile):
            self._plan = Plan()
            meanwhile()
        if here and self._plan.fault:
            self.server.faults.arm(self._plan.fault, seconds=self._plan.seconds)
        if here and what == "throttle":
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "Reduce your request rate"}}, operation)
        if here and what == "crash before":
            self._dead = True
            raise Crash
        arguments = {name: value for name, value in arguments.items() if name != "DelaySeconds"}  # time passes here
        answer = real(client, operation, arguments)
        if operation in ("PutObject", "CompleteMultipartUpload"):
            self._stored(arguments["Key"], answer["ETag"].strip('"'))
        if here and what == "crash after":
            self._dead = True
            raise Crash
        return answer

    def _stored(self, key: str, etag: str) -> None:
        """S3 announces an object; the sequencers of one key rise."""
        self._sequence += 1
        created = ObjectCreated(self.bucket.name, key, etag, f"{self._sequence:018X}")
        if key.startswith(naming.RAW):
            self._announce("raw", created)
        elif key.startswith(naming.MONTHLY):
            self._announce("monthly", created)

    def _environment(self, queue: QueueName) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": self.server.url,
            "QUEUE_URL": _queue_url(queue),
            "IDEMPOTENCY_TABLE": "idempotency",
            "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
            "SUCCESS_MESSAGES": "false",
            "EVENT_BUS_NAME": "default",
            "WORKGROUP_NAME": "workgroup",
            "DATABASE_NAME": "dev",
            "COPY_ROLE_ARN": ROLE,
        }

    # ------------------------------------------------------------ what can be seen

    def deliveries(self) -> list[Delivery]:
        """Every delivery and where it stands."""
        return deliveries(self.bucket, 1000)

    def monthly_files(self) -> dict[str, list[tuple[str, ...]]]:
        """The rows of every monthly file."""
        return {
            item.key: [tuple(row) for row in csv.reader(io.StringIO(self.text(item.key)))][1:]
            for item in self.bucket.list(naming.MONTHLY)
        }

    def left_behind(self) -> list[str]:
        """Objects that only live while something is under way."""
        return [item.key for prefix in (naming.STAGING, naming.MANIFESTS) for item in self.bucket.list(prefix)]

    def table(self) -> list[tuple[str, ...]]:
        """The rows of the table, as the clean CSV writes them."""
        columns = ", ".join(column.name for column in CONTRACT.table_columns)
        rows = self.query(f"SELECT {columns} FROM {schema.qualified(CONTRACT, CONTRACT.table)}")
        return [tuple("" if value is None else str(value) for value in row.values()) for row in rows]

    def query(self, sql: str, **parameters: str) -> list[dict[str, Any]]:
        """Ask the warehouse."""
        return self.warehouse.query(sql, lambda: 30.0, parameters)

    def text(self, key: str) -> str:
        """What an object holds."""
        found = self.bucket.read(key)
        assert found is not None
        return found[0].decode("utf-8")


@contextmanager
def world(server: Server) -> Iterator[World]:
    """A world with nothing in it but the tables. The server outlives it; its tables are emptied."""
    runtime.client.cache_clear()  # a client that is kept knows the address of another test's Redshift
    runtime._memory.cache_clear()  # noqa: SLF001 - and its DynamoDB
    with mock_aws(config=_MOTO):
        # A name of its own: what the Data API remembers of another world's requests is none of this one's.
        name = f"data-{uuid4()}"
        boto3.client("s3").create_bucket(Bucket=name)
        boto3.client("dynamodb").create_table(
            TableName="idempotency",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        for queue in ("raw", "monthly"):
            boto3.client("sqs").create_queue(QueueName=queue)
        boto3.client("sns").create_topic(Name="alerts")
        client = boto3.client("redshift-data", endpoint_url=server.url)
        here = World(server, Bucket(boto3.client("s3"), name), Warehouse(client, "workgroup", "dev"))
        server.faults.clear()
        tables = [f"DELETE FROM {schema.qualified(CONTRACT, name)}" for name in (CONTRACT.table, schema.HISTORY_TABLE)]
        here.warehouse.run([*schema.tables(CONTRACT), *tables], lambda: 30.0, name="empty", token=uuid4().hex)
        real: Any = vars(botocore.client.BaseClient)["_make_api_call"]  # the one place that all calls go through

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            return here.call(real, client, operation, arguments)

        with patch.object(botocore.client.BaseClient, "_make_api_call", call):
            yield here


def _queue_url(queue: str) -> str:
    return str(runtime.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])

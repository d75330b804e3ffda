"""What the functions share around their work: Powertools, and the way from an SQS batch to single objects.

A function that reads from a queue handles each object on its own. What it raises decides:

- nothing: the object is done, and a repeated event for it is answered from the idempotency table;
- StillRunning: the object is sent to the queue again and the message is done: waiting uses up no retry;
- TransientError: the message comes back soon, later with each try;
- anything else: the message comes back after its visibility timeout, and in the end to the dead-letter queue.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from aws_lambda_powertools.utilities.typing import LambdaContext

from retail_etl.adapters.messages import Queue
from retail_etl.adapters.warehouse import SecondsLeft, StillRunning
from retail_etl.errors import TransientError
from retail_etl.notifications import ObjectCreated, as_sqs_event, objects_created

__all__ = [
    "LambdaContext",
    "client",
    "come_back_soon",
    "count",
    "handle_objects",
    "logger",
    "metrics",
    "seconds_left",
    "seconds_since",
    "tracer",
]

logger = Logger()
tracer = Tracer()
metrics = Metrics(namespace="RetailEtl")

_REMEMBERED_SECONDS = 24 * 3600  # S3 may repeat an event hours later
_STILL_RUNNING_DELAY_SECONDS = 5
_LONGEST_BACKOFF_SECONDS = 900
_FAREWELL_SECONDS = 3.0


@cache
def client(service: str) -> Any:
    """The boto3 client of a service, made on first use and kept for the invocations that follow."""
    return boto3.client(service)  # type: ignore[call-overload] # any service


@cache
def _memory(table: str) -> DynamoDBPersistenceLayer:
    return DynamoDBPersistenceLayer(table_name=table, boto3_client=client("dynamodb"))


def seconds_left(context: LambdaContext) -> SecondsLeft:
    """How long the function may still wait: it keeps some time to say what it was waiting for."""
    return lambda: context.get_remaining_time_in_millis() / 1000 - _FAREWELL_SECONDS


def seconds_since(moment: str) -> float:
    """The seconds from an ISO 8601 moment until now."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def count(**values: float) -> None:
    """Add to the metrics of this invocation; what ends in `Seconds` or starts with `Bytes` has that unit."""
    for name, value in values.items():
        unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
        metrics.add_metric(name, MetricUnit.Bytes if name.startswith("Bytes") else unit, value)


def handle_objects(
    event: Mapping[str, Any],
    context: LambdaContext,
    work: Callable[[ObjectCreated], dict[str, Any]],
    *,
    queue_url: str,
    idempotency_table: str,
) -> dict[str, Any]:
    """Do `work` once for every object that an event announces, SQS batch or bare S3 notification.

    Returns what SQS wants to know: the messages that are to come again. After a bare notification, which nobody
    would send again, the error is raised instead.
    """
    # Without the context, a try that was cut off would block its own retry until the record expires.
    config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=_REMEMBERED_SECONDS)
    config.register_lambda_context(context)

    def do(*, created: dict[str, str]) -> dict[str, Any]:
        return work(ObjectCreated(**{name: value for name, value in created.items() if name != "id"}))

    once = idempotent_function(
        do,
        data_keyword_argument="created",
        persistence_store=_memory(idempotency_table),
        config=config,
    )

    def handle(created: ObjectCreated) -> dict[str, Any]:
        named = asdict(created) | {"id": created.id}
        # An event that names no version cannot be told from a later one: it is always handled.
        return once(created=named) if created.etag or created.sequencer else do(created=named)

    messages = as_sqs_event(event)
    count(Messages=len(messages["Records"]))
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    on_message = partial(_handle_message, handle=handle, queue=Queue(client("sqs"), queue_url))
    answer = process_partial_response(messages, on_message, processor, context)
    if answer["batchItemFailures"] and messages != event:
        raise processor.exceptions[0][1] or RuntimeError("not every object was handled")
    return dict(answer)


def _handle_message(record: SQSRecord, *, handle: Callable[[ObjectCreated], dict[str, Any]], queue: Queue) -> None:
    """Handle each object of a message, also after one of them has failed."""
    errors: list[Exception] = []
    for created in objects_created(record.body):
        with logger.append_context_keys(key=created.key, event_id=created.id):
            try:
                logger.info("handled", extra=handle(created))
            except StillRunning as error:
                logger.info("still running", extra={"reason": str(error)})
                queue.send(created, _STILL_RUNNING_DELAY_SECONDS)
            except Exception as error:
                logger.exception("failed")
                errors.append(error)
    if errors and all(isinstance(error, (TransientError, IdempotencyAlreadyInProgressError)) for error in errors):
        _come_back_soon(record, queue)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup("not every object was handled", errors)


def come_back_soon(event: Mapping[str, Any], queue: Queue) -> None:
    """Let every message of an SQS batch come back soon, later with each try, instead of after its visibility."""
    for record in event.get("Records", ()):
        _come_back_soon(SQSRecord(record), queue)


def _come_back_soon(record: SQSRecord, queue: Queue) -> None:
    if record.receipt_handle:
        tries = int(record.attributes.approximate_receive_count)
        queue.return_after(record.receipt_handle, min(3**tries, _LONGEST_BACKOFF_SECONDS))

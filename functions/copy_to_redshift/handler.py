"""Load every monthly file into Redshift, exactly once.

Trigger: MonthlyQueue, an S3 notification for each object created under monthly_data/.
Changes: the dataset's table and load_history, in one transaction; reports/; the event "Load Committed"; messages.
A retry goes on with the statement an earlier try has left running, or finds its load committed.
"""

from functools import partial
from typing import Any

from retail_etl import alerts
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import EventBus, Queue, Topic
from retail_etl.adapters.warehouse import Warehouse
from retail_etl.contract import shipped_contract
from retail_etl.flows.load import LoadPorts, load_file
from retail_etl.notifications import ObjectCreated
from retail_etl.runtime import (
    LambdaContext,
    client,
    count,
    handle_objects,
    logger,
    metrics,
    seconds_left,
    seconds_since,
    tracer,
)
from retail_etl.settings import LoadSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    settings = LoadSettings.from_environment()
    work = partial(_load, settings=settings, context=context)
    return handle_objects(
        event, context, work, queue_url=settings.queue_url, idempotency_table=settings.idempotency_table
    )


def _load(created: ObjectCreated, *, settings: LoadSettings, context: LambdaContext) -> dict[str, Any]:
    ports = LoadPorts(
        bucket=Bucket(client("s3"), created.bucket),
        warehouse=Warehouse(client("redshift-data"), settings.workgroup_name, settings.database_name),
        monthly_queue=Queue(client("sqs"), settings.queue_url),
        events=EventBus(client("events"), settings.event_bus_name),
        copy_role=settings.copy_role_arn,
        seconds_left=seconds_left(context),
    )
    report = load_file(created, ports, shipped_contract())
    topic = Topic(client("sns"), settings.alert_topic_arn)
    if report.status == "failed":
        topic.send(alerts.load_failed(report, created.bucket))
    elif report.status == "loaded":
        if settings.success_messages == "true":
            topic.send(alerts.loaded(report, created.bucket))
        if report.delivered_at:
            count(DeliveryAgeSeconds=seconds_since(report.delivered_at))
    count(RowsLoaded=report.rows_loaded, LoadSeconds=report.seconds, Failed=int(report.status == "failed"))
    return {"status": report.status, "load_id": report.load_id, "rows_loaded": report.rows_loaded}

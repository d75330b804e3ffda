"""Clean every raw file that reaches the bucket.

Trigger: RawQueue, an S3 notification for each object created under raw/.
Changes: monthly_data/, dashboard_data/, rejected/ and reports/ of the same bucket; never raw/. A refusal is announced.
A retry does the whole delivery again and ends in the same state; a repeated event is answered from memory.
"""

from functools import partial
from typing import Any

from retail_etl import alerts
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Topic
from retail_etl.cleaning import most_rows
from retail_etl.contract import shipped_contract
from retail_etl.flows.clean import clean_delivery
from retail_etl.notifications import ObjectCreated
from retail_etl.runtime import LambdaContext, client, count, handle_objects, logger, metrics, tracer
from retail_etl.settings import CleanSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    settings = CleanSettings.from_environment()
    work = partial(_clean, settings=settings, max_rows=most_rows(int(context.memory_limit_in_mb)))
    return handle_objects(
        event, context, work, queue_url=settings.queue_url, idempotency_table=settings.idempotency_table
    )


def _clean(created: ObjectCreated, *, settings: CleanSettings, max_rows: int) -> dict[str, Any]:
    report = clean_delivery(created, Bucket(client("s3"), created.bucket), shipped_contract(), max_rows)
    if report.status == "refused":
        Topic(client("sns"), settings.alert_topic_arn).send(alerts.refused(report, created.bucket))
    count(
        RowsRead=report.rows_read,
        RowsClean=report.rows_clean,
        RowsRejected=report.rows_rejected,
        DuplicatesDropped=report.duplicates_dropped,
        BytesRead=report.bytes_read,
        CleanSeconds=report.seconds,
        Refused=int(report.status == "refused"),
    )
    return {"status": report.status, "monthly_key": report.monthly_key, "rows_clean": report.rows_clean}

"""Clean every raw file that reaches the bucket.

Trigger: RawQueue, an S3 notification for each object created under raw/.
Changes: monthly_data/, dashboard_data/, rejected/ and reports/ of the same bucket; never raw/.
A retry does the whole delivery again and ends in the same state; a repeated event is answered from memory.
"""

from typing import Any

import boto3

from retail_etl.adapters.bucket import Bucket
from retail_etl.contract import shipped_contract
from retail_etl.flows.clean import clean_delivery
from retail_etl.notifications import ObjectCreated
from retail_etl.runtime import LambdaContext, handle_objects, logger, metrics, tracer
from retail_etl.settings import CleanSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    settings = CleanSettings.from_environment()
    return handle_objects(
        event, context, _clean, queue_url=settings.queue_url, idempotency_table=settings.idempotency_table
    )


def _clean(created: ObjectCreated) -> dict[str, Any]:
    report = clean_delivery(created, Bucket(boto3.client("s3"), created.bucket), shipped_contract())
    for name in ("rows_read", "rows_clean", "rows_rejected", "duplicates_dropped"):
        metrics.add_metric(name, "Count", getattr(report, name))
    return {"status": report.status, "monthly_key": report.monthly_key, "rows_clean": report.rows_clean}

"""Say how long ago the newest load was committed, as a metric that an alarm can wait for longer than a week.

Trigger: a schedule, every hour; only in a stack that was told how many quiet days are too many.
Changes: nothing. It reads what the last publish has written, and wakes no warehouse.
Nothing is sent before the first publish, nor when this fails: the alarm takes silence for a breach.
"""

from typing import Any

from retail_etl.adapters.bucket import Bucket
from retail_etl.flows.publish import read_manifest
from retail_etl.runtime import LambdaContext, client, count, logger, metrics, seconds_since, tracer
from retail_etl.settings import FreshnessSettings

_SECONDS_A_DAY = 86_400


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    manifest, _ = read_manifest(Bucket(client("s3"), FreshnessSettings.from_environment().bucket_name))
    if manifest is None or not manifest.as_of:
        logger.info("nothing was published yet")
        return {}
    days = seconds_since(manifest.as_of) / _SECONDS_A_DAY
    count(DaysSinceLoad=days)
    metrics.flush_metrics()
    return {"DaysSinceLoad": days}

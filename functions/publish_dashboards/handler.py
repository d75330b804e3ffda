"""Publish the reporting views and the dashboard page.

Trigger: PublishQueue, "Load Committed" and "Release Deployed" events by way of EventBridge; all that come within its
window in one batch.
Changes: dashboard_data/ but for the latest monthly file: views/, index.html, data_dictionary.csv, manifest.json last.
A retry, or an event for a load that is published already, finds the manifest and its files and changes nothing.
"""

from typing import Any

from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Queue
from retail_etl.adapters.warehouse import Warehouse
from retail_etl.contract import shipped_contract
from retail_etl.errors import TransientError
from retail_etl.flows.publish import PublishPorts, publish
from retail_etl.notifications import committed_loads
from retail_etl.runtime import LambdaContext, client, come_back_soon, count, logger, metrics, seconds_left, tracer
from retail_etl.settings import PublishSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    settings = PublishSettings.from_environment()
    ports = PublishPorts(
        bucket=Bucket(client("s3"), settings.bucket_name),
        warehouse=Warehouse(client("redshift-data"), settings.workgroup_name, settings.database_name),
        seconds_left=seconds_left(context),
    )
    try:
        publication = publish(committed_loads(event), ports, shipped_contract())
    except TransientError:
        come_back_soon(event, Queue(client("sqs"), settings.queue_url))
        raise
    count(Publishes=publication.status == "published")
    done = {"status": publication.status, "loads": len(publication.manifest.loads)}
    logger.info("handled", extra=done)
    return done | {"batchItemFailures": []}

"""Have a bucket that was there before the stack announce its raw and monthly files to the stack's queues.

Trigger: CloudFormation, as a custom resource; only in a stack that was told of an existing bucket.
Changes: the bucket's notifications, and of these only the stack's own; it takes them back when the stack goes.
A retry finds them there and changes nothing.
"""

from typing import Any

import boto3

from retail_etl.adapters.deployment import answer
from retail_etl.adapters.wiring import Notifications
from retail_etl.runtime import LambdaContext, logger, tracer


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wanted = event["ResourceProperties"]
    # Another bucket is another resource: CloudFormation then has the old one taken back.
    with answer(event, wanted.get("Bucket", "no bucket"), logger.exception) as data:
        notifications, queues = Notifications(boto3.client("s3"), wanted["Bucket"]), wanted["Queues"]
        if event["RequestType"] == "Delete":
            notifications.silence(queues)
        else:
            notifications.announce(queues)
    return data

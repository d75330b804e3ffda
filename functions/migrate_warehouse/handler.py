"""Bring the database up to what is being deployed: tables, views, users, grants; and limit what it may cost.

Trigger: CloudFormation, as a custom resource, at every deployment that changes the code or its parameters; and as
another one once the publisher has its new code, to send "Release Deployed": a release is published without a load.
Changes: the database and its workgroup's daily usage limit. Deleting the stack deletes no data.
A retry finds everything there and changes nothing; a failure fails the deployment, which then rolls back.
"""

from typing import Any

import boto3

from retail_etl.adapters.capacity import limit_daily_usage
from retail_etl.adapters.deployment import answer
from retail_etl.adapters.messages import RELEASE_DEPLOYED, EventBus
from retail_etl.adapters.warehouse import Warehouse, admin_secret_arn
from retail_etl.contract import shipped_contract
from retail_etl.flows.migrate import Roles, migrate
from retail_etl.runtime import LambdaContext, logger, seconds_left, tracer
from retail_etl.settings import MigrateSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event.get("ResourceType") == "Custom::Release":
        return _announce(event)
    with answer(event, "warehouse-schema", logger.exception) as data:
        if event["RequestType"] != "Delete":
            data.update(_migrate(MigrateSettings.from_environment(), event["RequestId"], context))
    return data


def _announce(event: dict[str, Any]) -> dict[str, Any]:
    with answer(event, "release", logger.exception) as data:
        if event["RequestType"] == "Update":  # a first release has nothing to show before its first load
            bus = EventBus(boto3.client("events"), MigrateSettings.from_environment().event_bus_name)
            bus.send(RELEASE_DEPLOYED, {})
    return data


def _migrate(settings: MigrateSettings, request_id: str, context: LambdaContext) -> dict[str, Any]:
    serverless = boto3.client("redshift-serverless")
    if settings.workgroup_arn and int(settings.daily_rpu_hours):
        limit_daily_usage(serverless, settings.workgroup_arn, int(settings.daily_rpu_hours))
    secret_arn = settings.admin_secret_arn
    if settings.namespace_name:
        secret_arn = admin_secret_arn(serverless, settings.namespace_name)
    client = boto3.client("redshift-data")
    statements = migrate(
        Warehouse(client, settings.workgroup_name, settings.database_name, secret_arn),
        shipped_contract(),
        Roles(loader=settings.loader_role_name, readers=(settings.publisher_role_name,)),
        request_id=request_id,
        seconds_left=seconds_left(context),
    )
    logger.info("migrated", extra={"statements": statements})
    return {"Statements": len(statements)}

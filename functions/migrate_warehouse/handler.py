"""Bring the database up to what is being deployed: tables, views, users, grants.

Trigger: CloudFormation, as a custom resource, at every deployment that changes the code or its parameters.
Changes: the database. Deleting the stack deletes no data.
A retry finds everything there and changes nothing; a failure fails the deployment, which then rolls back.
"""

from typing import Any

import boto3

from retail_etl.adapters.deployment import answer
from retail_etl.adapters.warehouse import Warehouse, admin_secret_arn
from retail_etl.contract import shipped_contract
from retail_etl.flows.migrate import migrate
from retail_etl.runtime import LambdaContext, logger, seconds_left, tracer
from retail_etl.settings import MigrateSettings


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    with answer(event) as data:
        if event["RequestType"] != "Delete":
            settings = MigrateSettings.from_environment()
            secret_arn = settings.admin_secret_arn
            if settings.namespace_name:
                secret_arn = admin_secret_arn(boto3.client("redshift-serverless"), settings.namespace_name)
            client = boto3.client("redshift-data")
            statements = migrate(
                Warehouse(client, settings.workgroup_name, settings.database_name, secret_arn),
                shipped_contract(),
                loader=settings.loader_role_name,
                readers=(settings.publisher_role_name,),
                request_id=event["RequestId"],
                seconds_left=seconds_left(context),
            )
            data["Statements"] = len(statements)
    return data

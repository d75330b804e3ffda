"""Redshift Serverless: how much of it may be used. CloudFormation has no type for usage limits."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient


def limit_daily_usage(client: "RedshiftServerlessClient", workgroup_arn: str, rpu_hours: int) -> None:
    """Have a workgroup switch queries off for the rest of the day after this many RPU-hours.

    An existing daily limit is changed; others (weekly, monthly) are left alone.
    """
    found = client.list_usage_limits(resourceArn=workgroup_arn, usageType="serverless-compute")["usageLimits"]
    daily = next((limit for limit in found if limit["period"] == "daily"), None)
    if daily is None:
        client.create_usage_limit(
            resourceArn=workgroup_arn,
            usageType="serverless-compute",
            period="daily",
            amount=rpu_hours,
            breachAction="deactivate",
        )
    elif (daily["amount"], daily["breachAction"]) != (rpu_hours, "deactivate"):
        client.update_usage_limit(usageLimitId=daily["usageLimitId"], amount=rpu_hours, breachAction="deactivate")

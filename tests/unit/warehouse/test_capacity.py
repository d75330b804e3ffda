"""The daily usage limit, against a workgroup that remembers its limits."""

from typing import Any, cast

import pytest

from retail_etl.adapters.capacity import limit_daily_usage

WORKGROUP = "arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/1"


class Workgroup:
    """What Redshift Serverless knows of usage limits, and how often it was written to."""

    def __init__(self, *limits: dict[str, Any]) -> None:
        self.limits = [{"usageLimitId": str(number), **limit} for number, limit in enumerate(limits)]
        self.writes = 0

    def list_usage_limits(self, *, resourceArn: str, usageType: str) -> dict[str, Any]:  # noqa: N803 - the API's words
        assert (resourceArn, usageType) == (WORKGROUP, "serverless-compute")
        return {"usageLimits": self.limits}

    def create_usage_limit(self, *, resourceArn: str, usageType: str, **limit: Any) -> None:  # noqa: N803 - as above
        assert (resourceArn, usageType) == (WORKGROUP, "serverless-compute")
        self.writes += 1
        self.limits.append({"usageLimitId": "new", **limit})

    def update_usage_limit(self, *, usageLimitId: str, **limit: Any) -> None:  # noqa: N803 - as above
        self.writes += 1
        next(item for item in self.limits if item["usageLimitId"] == usageLimitId).update(limit)


WEEKLY = {"period": "weekly", "amount": 100, "breachAction": "log"}


@pytest.mark.parametrize(
    ("before", "writes"),
    [
        ((), 1),
        ((WEEKLY,), 1),
        (({"period": "daily", "amount": 16, "breachAction": "deactivate"},), 0),
        (({"period": "daily", "amount": 8, "breachAction": "deactivate"},), 1),
        ((WEEKLY, {"period": "daily", "amount": 16, "breachAction": "log"}), 1),
    ],
)
def test_there_is_one_daily_limit_that_switches_off(before: tuple[dict[str, Any], ...], writes: int) -> None:
    workgroup = Workgroup(*before)
    limit_daily_usage(cast("Any", workgroup), WORKGROUP, 16)
    daily = [item for item in workgroup.limits if item["period"] == "daily"]
    assert [(item["amount"], item["breachAction"]) for item in daily] == [(16, "deactivate")]
    assert workgroup.writes == writes
    assert [item for item in workgroup.limits if item["period"] == "weekly"] == [
        item for item in workgroup.limits if item["amount"] == 100
    ]

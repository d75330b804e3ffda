"""What both custom resources owe CloudFormation: one answer to every request, under an id that stays."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.migrate_warehouse.handler import handler as migrate_warehouse
from functions.wire_bucket.handler import handler as wire_bucket
from retail_etl.adapters.deployment import answer
from tests.handlers.conftest import BUCKET, CloudFormation, Context

HANDLERS = [
    pytest.param(migrate_warehouse, {"Workgroup": "w"}, "warehouse-schema", id="migrate_warehouse"),
    pytest.param(wire_bucket, {"Bucket": BUCKET, "Queues": {}}, BUCKET, id="wire_bucket"),
]
Handler = Callable[[dict[str, Any], Context], Any]


def request(cloudformation: CloudFormation, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "RequestId": "request-1",
        "StackId": "stack",
        "LogicalResourceId": "Resource",
        "ResourceProperties": {},
        "ResponseURL": cloudformation.url,
        **more,
    }


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("handler", "properties", "physical_id"), HANDLERS)
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_every_request_is_answered_once_under_an_id_that_stays(
    handler: Handler,
    properties: dict[str, Any],
    physical_id: str,
    kind: str,
    cloudformation: CloudFormation,
    context: Context,
) -> None:
    """migrate_warehouse has no environment here and fails; its id is the same."""
    more = {} if kind == "Create" else {"PhysicalResourceId": physical_id}
    handler(request(cloudformation, kind, ResourceProperties=properties, **more), context)
    (answered,) = cloudformation.answers
    assert answered["PhysicalResourceId"] == physical_id
    assert answered["Status"] == "SUCCESS" or (handler is migrate_warehouse and kind != "Delete")
    asked = {"StackId": "stack", "RequestId": "request-1", "LogicalResourceId": "Resource"}
    assert answered.items() >= asked.items()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("handler", "properties", "physical_id"), HANDLERS)
def test_a_request_that_says_too_little_is_answered(
    handler: Handler,
    properties: dict[str, Any],
    physical_id: str,
    cloudformation: CloudFormation,
    context: Context,
) -> None:
    handler(request(cloudformation, "Create"), context)
    (answered,) = cloudformation.answers
    assert answered["Status"] == "FAILED"
    assert answered["Reason"]


def test_what_is_deleted_keeps_the_id_that_it_was_made_with(cloudformation: CloudFormation) -> None:
    """Or CloudFormation would be told of another resource: an earlier release may have named it otherwise."""
    with answer(request(cloudformation, "Delete", PhysicalResourceId="of an earlier release"), "new", str):
        pass
    assert cloudformation.answers[0]["PhysicalResourceId"] == "of an earlier release"


def test_a_long_reason_fits_into_an_answer(cloudformation: CloudFormation) -> None:
    """Of 4,096 bytes. Source: AWS CloudFormation user guide, "Custom resource response objects"."""
    with answer(request(cloudformation, "Create"), "id", str):
        raise ValueError("é" * 10_000)
    assert cloudformation.answers[0]["Reason"].startswith("ValueError: ?")
    assert cloudformation.sizes[0] < 4_096


def test_an_answer_that_does_not_arrive_is_sent_again(cloudformation: CloudFormation) -> None:
    cloudformation.hangs_up = 1
    with answer(request(cloudformation, "Create"), "id", str):
        pass
    assert len(cloudformation.answers) == 1

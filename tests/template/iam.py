"""What the roles of template.yaml allow, with each resource by its name in the template.

The name stands for the resource's ARN: `RawQueue`, `IdempotencyTable`; `bucket/raw/*` for objects.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse

from tests.template.calls import ACTIONS

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_BUCKET = re.compile(r"arn:\$\{AWS::Partition\}:s3:::\$\{BucketNameParameter\.Value\}")


class Grant(NamedTuple):
    """One action on one resource. `condition` is empty where the action is allowed without one."""

    action: str
    resource: str
    condition: str = ""


@cache
def grants(role: str, *, own_warehouse: bool = True, given_key: bool = False) -> frozenset[Grant]:
    """Everything that a role allows, under these conditions of the template."""
    conditions = {
        "OwnWarehouse": own_warehouse,
        "AsAdministrator": own_warehouse,
        "GivenSecret": False,
        "GivenKey": given_key,
    }
    resource = yaml_parse(TEMPLATE.read_text("utf-8"))["Resources"][role]
    properties = _resolved(resource["Properties"], conditions)
    assert not properties.get("ManagedPolicyArns"), "a role allows what stands in this template, and nothing else"
    return frozenset(grant for policy in properties["Policies"] for grant in _of(policy["PolicyDocument"]["Statement"]))


def allows(role: str, action: str, resource: str) -> bool:
    """Whether a role may do this to this resource."""
    return any(grant.action == action and fnmatchcase(resource, grant.resource) for grant in grants(role))


def refused(function: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """What a function's role does not allow of an API call that the function has made, in words."""
    needed = _needed(function, operation, parameters)
    return [f"{action} on {resource}" for action, resource in needed if not allows(f"{function}Role", action, resource)]


def _needed(function: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match operation.partition(".")[0]:
        case "s3":
            resource = f"bucket/{parameters['Key']}" if "Key" in parameters else "bucket"
        case "sqs":
            resource = {"CleanRaw": "RawQueue", "CopyToRedshift": "MonthlyQueue"}.get(function, "PublishQueue")
        case "redshift-data":
            resource = "Workgroup" if "WorkgroupName" in parameters else "*"
        case "redshift-serverless":
            resource = "Namespace" if "namespaceName" in parameters else "*"
        case service:
            resource = {"dynamodb": "IdempotencyTable", "sns": "AlertTopic", "events": "EventBus"}[service]
    for action in ACTIONS.get(operation, (operation.replace(".", ":"),)):
        yield action, resource
    if "CopySource" in parameters:
        yield "s3:GetObject", f"bucket/{parameters['CopySource']['Key']}"


def _of(statements: list[Any]) -> Iterator[Grant]:
    for statement in filter(None, statements):
        assert statement["Effect"] == "Allow"
        for action in _list(statement["Action"]):
            for resource in _list(statement["Resource"]):
                yield Grant(action, resource, str(statement.get("Condition", "")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resolved(value: Any, conditions: dict[str, bool]) -> Any:
    match value:
        case {"Fn::If": [condition, yes, no]}:
            return _resolved(yes if conditions[condition] else no, conditions) if condition in conditions else value
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [name, *_]}:
            return name
        case {"Fn::GetAtt": str(name)}:
            return name.split(".")[0]
        case {"Fn::Sub": str(text)}:
            return _BUCKET.sub("bucket", text)
        case dict():
            return {key: _resolved(item, conditions) for key, item in value.items()}
        case list():
            return [_resolved(item, conditions) for item in value]
    return value

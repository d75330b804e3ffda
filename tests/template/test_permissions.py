"""Each role allows what its function's code calls, and nothing that no code calls."""

import ast
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from samtranslator.yaml_helper import yaml_parse

from retail_etl import adapters
from tests.template.calls import ACTIONS, BY_AWS, CALLS, OPERATORS
from tests.template.iam import TEMPLATE, Grant, grants

# The Service Authorization Reference, as cfn-lint ships it: by service, each action with the resources that it knows.
AUTHORIZATION = json.loads((files("cfnlint") / "data/AdditionalSpecs/Policies.json").read_text("utf-8"))
READS_ONLY = {"CheckFreshness"}
OWN_STATEMENTS = {"redshift-data:DescribeStatement", "redshift-data:GetStatementResult"}


def _action(operation: str) -> tuple[str, ...]:
    return ACTIONS.get(operation, (operation.replace(".", ":"),))


def _needed(function: str) -> set[tuple[str, str]]:
    called = {
        (action, resource)
        for operation, resources in CALLS[function].items()
        for action in _action(operation)
        for resource in resources
    }
    return (
        called
        | set(BY_AWS[function].items())
        | {
            ("logs:CreateLogStream", f"{function}Logs"),
            ("logs:PutLogEvents", f"{function}Logs"),
        }
    )


@pytest.mark.parametrize("function", CALLS)
def test_a_role_allows_exactly_what_is_called(function: str) -> None:
    assert {(grant.action, grant.resource) for grant in grants(f"{function}Role")} == _needed(function)


@pytest.mark.parametrize("function", CALLS)
def test_a_key_adds_only_the_key(function: str) -> None:
    added = grants(f"{function}Role", given_key=True) - grants(f"{function}Role")
    actions = {"kms:Decrypt"} if function in READS_ONLY else {"kms:Decrypt", "kms:GenerateDataKey"}
    assert added == {Grant(action, "KmsKeyArn") for action in actions}


def test_redshift_only_decrypts() -> None:
    assert grants("CopyRole", given_key=True) - grants("CopyRole") == {Grant("kms:Decrypt", "KmsKeyArn")}


def test_an_existing_workgroup_is_named_by_its_id() -> None:
    """The id is asked for (Rules): no role reaches another workgroup of the account."""
    for function in CALLS:
        for grant in grants(f"{function}Role", own_warehouse=False):
            if grant.action.endswith(("ExecuteStatement", ":GetCredentials")):
                assert grant.resource.endswith(":workgroup/${WorkgroupId}"), grant


def test_redshift_reads_monthly_files_and_manifests_alone() -> None:
    assert grants("CopyRole") == {
        Grant("s3:GetObject", "bucket/monthly_data/*"),
        Grant("s3:GetObject", "bucket/manifests/*"),
    }


@pytest.mark.parametrize("role", [*(f"{function}Role" for function in CALLS), "CopyRole"])
def test_every_resource_is_as_fine_as_aws_has_it(role: str) -> None:
    for grant in grants(role):
        service, _, name = grant.action.partition(":")
        known = AUTHORIZATION[service]["Actions"][name.lower()].get("Resources", [])
        if grant.resource == "*":
            assert not known, f"{grant.action} knows {known}"
            assert grant.action not in OWN_STATEMENTS or "userid" in grant.condition
        else:
            assert known, f"{grant.action} knows no resource, and would never be allowed"


def test_there_is_no_other_role() -> None:
    """A role that SAM makes would reach every queue and every log of the account."""
    resources = yaml_parse(TEMPLATE.read_text("utf-8"))["Resources"]
    functions = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::Serverless::Function"]
    assert all("Role" in properties and "Policies" not in properties for properties in functions)
    roles = {name for name, item in resources.items() if item["Type"] == "AWS::IAM::Role"}
    assert roles == {f"{function}Role" for function in CALLS} | {"CopyRole"}


def test_the_table_lists_the_operations_that_the_code_calls() -> None:
    listed = {operation for calls in CALLS.values() for operation in calls}
    by_powertools = {operation for operation in listed if operation.startswith("dynamodb.")}
    assert listed - by_powertools == set(_operations()) - OPERATORS | {"s3.ListObjectsV2"}


def _operations() -> Iterator[str]:
    """The operations that adapters call on their clients, from their code: `self._client.put_object(…)`."""
    services = {"S3Client": "s3", "SQSClient": "sqs", "SNSClient": "sns", "EventBridgeClient": "events"}
    services |= {"RedshiftDataAPIServiceClient": "redshift-data", "RedshiftServerlessClient": "redshift-serverless"}
    for path in map(Path, adapters.__path__):
        for module in path.glob("*.py"):
            source = module.read_text("utf-8")
            clients = {services[name] for name in re.findall(r'"(\w+Client)"', source)}
            for method in _client_methods(ast.parse(source)):
                yield from (f"{service}.{name}" for service in clients for name in _named(service, method))


def _client_methods(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="get_paginator"), args=[ast.Constant(value=str(name))]):
                yield name
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Attribute(attr="_client") | ast.Name(id="client"))):
                yield name


def _named(service: str, method: str) -> list[str]:
    operations = botocore.session.get_session().get_service_model(service).operation_names
    return [name for name in operations if xform_name(name) == method]

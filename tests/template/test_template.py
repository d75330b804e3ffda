"""template.yaml: what a deployment relies on and no validator looks at."""

from collections.abc import Iterator
from dataclasses import fields
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from retail_etl import settings
from retail_etl.adapters.messages import EVENT_SOURCE, LOAD_COMMITTED

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "CleanRaw": settings.CleanSettings,
    "CopyToRedshift": settings.LoadSettings,
    "PublishDashboards": settings.PublishSettings,
    "MigrateWarehouse": settings.MigrateSettings,
}
NO_SETTINGS = {"WireBucket"}  # told all it needs in its event
NOT_OURS = ("POWERTOOLS_",)  # read by Powertools itself


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return parsed


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    """The template after the SAM transform, as CloudFormation sees it."""
    parsed = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    for resource in parsed["Resources"].values():
        properties = resource.get("Properties", {})
        for name in ("CodeUri", "ContentUri"):
            if name in properties:
                properties[name] = "s3://bucket/key"

    class ManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    done: dict[str, Any] = transform(parsed, {"AWS::Region": "us-east-1"}, ManagedPolicies())
    return done


def _of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def _references(value: Any, names: set[str]) -> Iterator[str]:
    """The resources that a value of the template refers to, by Ref, GetAtt or Sub."""
    match value:
        case {"Ref": str(name)} if name in names:
            yield name
        case {"Fn::GetAtt": [name, *_]}:
            yield name
        case {"Fn::Sub": text}:
            template = text if isinstance(text, str) else text[0]
            yield from (name for name in names if f"${{{name}}}" in template or f"${{{name}." in template)
        case dict():
            for item in value.values():
                yield from _references(item, names)
        case list():
            for item in value:
                yield from _references(item, names)


def test_nothing_depends_on_itself(translated: dict[str, Any]) -> None:
    resources = translated["Resources"]
    names = set(resources)
    graph: dict[str, set[str]] = {}
    for name, resource in resources.items():
        after = resource.get("DependsOn", [])
        graph[name] = {after} if isinstance(after, str) else set(after)
        graph[name] |= set(_references(resource.get("Properties", {}), names))
    assert {item for items in graph.values() for item in items} <= names
    list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_every_function_is_known_here(template: dict[str, Any]) -> None:
    assert set(_of_type(template, "AWS::Serverless::Function")) == set(SETTINGS) | NO_SETTINGS


@pytest.mark.parametrize("function", SETTINGS)
def test_environment_and_settings_name_the_same(template: dict[str, Any], function: str) -> None:
    properties = template["Resources"][function]["Properties"]
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    given = {name for name in (*shared, *properties["Environment"]["Variables"]) if not name.startswith(NOT_OURS)}
    assert given == {item.name.upper() for item in fields(SETTINGS[function])}


@pytest.mark.parametrize("function", SETTINGS)
def test_every_function_has_a_log_group_that_forgets(template: dict[str, Any], function: str) -> None:
    group = template["Resources"][function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    resource = template["Resources"][group]
    assert resource["Type"] == "AWS::Logs::LogGroup"
    assert resource["Properties"]["RetentionInDays"]


@pytest.mark.parametrize("function", SETTINGS)
def test_what_a_function_fails_at_is_kept(template: dict[str, Any], function: str) -> None:
    properties = template["Resources"][function]["Properties"]
    events = properties.get("Events", {}).values()
    if not events:
        assert properties["DeadLetterQueue"]
    for event in events:
        assert event["Type"] == "SQS"
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        queue = template["Resources"][event["Properties"]["Queue"]["Fn::GetAtt"][0]]["Properties"]
        dead_letters = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert template["Resources"][dead_letters]["Type"] == "AWS::SQS::Queue"


@pytest.mark.parametrize(
    ("timeout", "visibility"),
    [
        ("CleanTimeout", "RawVisibility"),
        ("LoadTimeout", "MonthlyVisibility"),
        ("PublishTimeout", "PublishVisibility"),
    ],
)
def test_a_message_stays_hidden_for_six_timeouts(template: dict[str, Any], timeout: str, visibility: str) -> None:
    parameters = template["Parameters"]
    assert parameters[visibility]["Default"] >= 6 * parameters[timeout]["Default"]


def test_every_created_object_under_the_two_prefixes_is_announced_whatever_its_suffix(template: dict[str, Any]) -> None:
    configurations = template["Resources"]["DataBucket"]["Properties"]["NotificationConfiguration"][
        "QueueConfigurations"
    ]
    wired = {
        rule["Value"]: (item["Event"], item["Queue"]["Fn::GetAtt"][0], len(item["Filter"]["S3Key"]["Rules"]))
        for item in configurations
        for rule in item["Filter"]["S3Key"]["Rules"]
    }
    assert wired == {
        "raw/": ("s3:ObjectCreated:*", "RawQueue", 1),
        "monthly_data/": ("s3:ObjectCreated:*", "MonthlyQueue", 1),
    }


def test_the_bucket_is_private_and_survives_the_stack(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["DataBucket"]
    # RetainExceptOnCreate: a first deployment that fails leaves no bucket in the way of the second.
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert "VersioningConfiguration" not in bucket["Properties"]


def test_a_migration_runs_whenever_the_package_changes(template: dict[str, Any]) -> None:
    assert template["Resources"]["WarehouseSchema"]["Properties"]["CoreLayer"] == {"Ref": "CoreLayer"}


def test_an_event_that_a_rule_cannot_deliver_is_kept(template: dict[str, Any]) -> None:
    (rule,) = _of_type(template, "AWS::Events::Rule").values()
    assert rule["EventPattern"] == {"source": [EVENT_SOURCE], "detail-type": [LOAD_COMMITTED]}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["PublishQueue", "Arn"]}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["PublishDeadLetters", "Arn"]}


def test_a_burst_of_loads_is_gathered_before_it_is_published(template: dict[str, Any]) -> None:
    event = template["Resources"]["PublishDashboards"]["Properties"]["Events"]["LoadCommitted"]["Properties"]
    assert event["BatchSize"] > 10
    assert event["MaximumBatchingWindowInSeconds"] == {"Ref": "PublishWindow"}

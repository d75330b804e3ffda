"""template.yaml: what a deployment relies on and no validator looks at."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from retail_etl import settings
from retail_etl.adapters.messages import EVENT_SOURCE, LOAD_COMMITTED, RELEASE_DEPLOYED

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "CleanRaw": settings.CleanSettings,
    "CopyToRedshift": settings.LoadSettings,
    "PublishDashboards": settings.PublishSettings,
    "MigrateWarehouse": settings.MigrateSettings,
    "CheckFreshness": settings.FreshnessSettings,
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
        if event["Type"] == "Schedule":
            continue  # the next round makes up for it, and the alarm takes silence for a breach
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


def test_a_release_is_published_by_its_own_code(template: dict[str, Any]) -> None:
    release = template["Resources"]["Release"]
    assert (release["DependsOn"], release["Properties"]["CoreLayer"]) == ("PublishDashboards", {"Ref": "CoreLayer"})


def test_an_event_that_a_rule_cannot_deliver_is_kept(template: dict[str, Any]) -> None:
    (rule,) = _of_type(template, "AWS::Events::Rule").values()
    assert rule["EventPattern"] == {"source": [EVENT_SOURCE], "detail-type": [LOAD_COMMITTED, RELEASE_DEPLOYED]}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["PublishQueue", "Arn"]}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["PublishDeadLetters", "Arn"]}


def test_a_burst_of_loads_is_gathered_before_it_is_published(template: dict[str, Any]) -> None:
    event = template["Resources"]["PublishDashboards"]["Properties"]["Events"]["LoadCommitted"]["Properties"]
    assert event["BatchSize"] > 10
    assert event["MaximumBatchingWindowInSeconds"] >= 1


def test_every_dead_letter_queue_has_an_alarm_and_an_output(template: dict[str, Any]) -> None:
    queues = {name for name in _of_type(template, "AWS::SQS::Queue") if name.endswith("DeadLetters")}
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in _of_type(template, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", ())
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == queues
    assert {f"{name}Url" for name in queues} <= set(template["Outputs"])


def test_every_function_has_an_alarm_for_errors(template: dict[str, Any]) -> None:
    alarms = _of_type(template, "AWS::CloudWatch::Alarm").values()
    watched = {alarm["Dimensions"][0]["Value"]["Ref"] for alarm in alarms if alarm.get("MetricName") == "Errors"}
    assert watched == set(SETTINGS) - {"CheckFreshness"}, "whose silence is an alarm already"


def test_every_alarm_reaches_people(template: dict[str, Any]) -> None:
    for alarm in _of_type(template, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlertTopic"}]
        assert alarm["AlarmDescription"]


def test_the_dashboard_and_the_alarms_use_metrics_that_the_functions_send(template: dict[str, Any]) -> None:
    handlers = "".join(path.read_text("utf-8") for path in ROOT.glob("functions/*/handler.py"))
    body = json.loads(template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0])
    shown = {
        metric[1]
        for widget in body["widgets"]
        for metric in widget["properties"].get("metrics", ())
        if metric[0] == "RetailEtl"
    }
    assert shown
    for name in shown | {"RowsRead", "RowsRejected", "DaysSinceLoad"}:
        assert re.search(rf"\b{name}=", handlers), name


def test_every_alarm_without_a_condition_is_on_the_dashboard_once(template: dict[str, Any]) -> None:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in resource:
            assert body.count(f"${{{name}.Arn}}") == 1, name


def test_no_alarm_waits_for_longer_than_cloudwatch_looks_back(template: dict[str, Any]) -> None:
    """Seven days; one day where the period is under an hour. Source: CloudWatch API reference, PutMetricAlarm."""
    for name, alarm in _of_type(template, "AWS::CloudWatch::Alarm").items():
        period = alarm["Period"] if "Period" in alarm else alarm["Metrics"][-1]["MetricStat"]["Period"]
        assert period * alarm["EvaluationPeriods"] <= (7 * 86_400 if period >= 3_600 else 86_400), name


def test_a_quiet_stack_is_looked_at_more_than_once_before_silence_is_an_alarm(template: dict[str, Any]) -> None:
    schedule = template["Resources"]["CheckFreshness"]["Properties"]["Events"]["Hourly"]["Properties"]["Schedule"]
    assert schedule == "rate(1 hour)"
    quiet = template["Resources"]["QuietAlarm"]["Properties"]
    assert quiet["Period"] >= 2 * 3_600
    assert quiet["TreatMissingData"] == "breaching"


def test_every_parameter_stands_in_a_group_of_the_console(template: dict[str, Any]) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert grouped == list(template["Parameters"]), "in the order of the template, each once"


def test_tables_come_before_the_code_that_loads_them_and_that_before_what_cleans(translated: dict[str, Any]) -> None:
    """Or a load between the two would be refused for good: a new column that is not there yet."""
    resources = translated["Resources"]
    assert resources["CopyToRedshift"]["DependsOn"] == resources["PublishDashboards"]["DependsOn"] == "WarehouseSchema"
    assert resources["CleanRaw"]["DependsOn"] == "CopyToRedshift"


def test_a_release_takes_its_layers_with_it(translated: dict[str, Any]) -> None:
    for layer in [item for item in translated["Resources"].values() if item["Type"] == "AWS::Lambda::LayerVersion"]:
        assert layer["DeletionPolicy"] == "Delete"


def test_what_holds_data_is_encrypted_with_the_given_key(template: dict[str, Any]) -> None:
    kinds = (
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SNS::Topic",
        "AWS::DynamoDB::Table",
        "AWS::Logs::LogGroup",
        "AWS::Events::EventBus",
        "AWS::RedshiftServerless::Namespace",
    )
    for kind in kinds:
        for name, properties in _of_type(template, kind).items():
            assert "KmsKeyArn" in set(_references(properties, {"KmsKeyArn"})), name


def test_only_tls_reaches_the_bucket(template: dict[str, Any]) -> None:
    policy = template["Resources"]["DataBucketPolicy"]
    assert policy["DeletionPolicy"] == template["Resources"]["DataBucket"]["DeletionPolicy"], "it stays with the bucket"
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_redshift_is_private_unless_an_address_is_given(template: dict[str, Any]) -> None:
    workgroup = template["Resources"]["Workgroup"]["Properties"]
    assert workgroup["PubliclyAccessible"] == {"Fn::If": ["TableauAccess", True, False]}
    assert template["Parameters"]["TableauCidr"]["Default"] == ""
    allowed = re.compile(template["Parameters"]["TableauCidr"]["AllowedPattern"])
    assert allowed.fullmatch("203.0.113.7/32")
    for open_wide in ("0.0.0.0/0", "10.0.0.0/8", "203.0.113.7"):
        assert not allowed.fullmatch(open_wide)
    (rule,) = template["Resources"]["TableauSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (5439, 5439, {"Ref": "TableauCidr"})


def test_what_runs_at_a_deployment_is_not_tried_again_by_lambda(template: dict[str, Any]) -> None:
    """Tried again, it would run into the rollback that its failure has begun."""
    custom = [item for item in template["Resources"].values() if item["Type"].startswith("Custom::")]
    assert len(custom) == 3
    for resource in custom:
        function = template["Resources"][resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]]["Properties"]
        assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}
        assert function["Timeout"] < resource["Properties"]["ServiceTimeout"] <= 900, "or a dead one is waited for"


def test_no_secret_in_any_environment(template: dict[str, Any]) -> None:
    for function in _of_type(template, "AWS::Serverless::Function").values():
        for name in function.get("Environment", {}).get("Variables", {}):
            assert not re.search("PASSWORD|TOKEN|SECRET(?!_ARN)", name)


@pytest.mark.parametrize(
    ("environment", "stage", "stack"),
    [("default", None, "retail-etl"), ("prod", "prod", "retail-etl"), ("dev", "dev", "retail-etl-dev")],
)
def test_stages(environment: str, stage: str | None, stack: str) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))[environment]
    assert config["global"]["parameters"]["stack_name"] == stack
    overrides = config["deploy"]["parameters"].get("parameter_overrides", [])
    assert overrides == ([f"Stage={stage}"] if stage else [])


@pytest.mark.parametrize(
    ("resource", "name", "seed"),
    [
        ("CopyToRedshiftRole", "RoleName", "lambda-redshift-copy-trigger-role"),
        ("CopyRole", "RoleName", "redshift-serverless-s3-execution-role"),
        ("BucketNameParameter", "Value", "walmart-sales-dashboard-${AWS::AccountId}"),
        ("Namespace", "NamespaceName", "walmart-bie-namespace"),
        ("Workgroup", "WorkgroupName", "walmart-bie-workgroup"),
    ],
)
def test_the_plain_names_belong_to_prod(template: dict[str, Any], resource: str, name: str, seed: str) -> None:
    def text(value: Any) -> str:
        """A name as it is written, or the default of the parameter that gives it."""
        match value:
            case {"Ref": parameter}:
                return str(template["Parameters"][parameter]["Default"])
            case {"Fn::Sub": written}:
                return str(written)
        return str(value)

    condition, plain, other = template["Resources"][resource]["Properties"][name]["Fn::If"]
    if condition == "NamedBucket":
        condition, plain, other = other["Fn::If"]
    assert condition == "Prod"
    assert text(plain) == seed
    assert text(other).endswith("-${Stage}")


def test_nothing_else_has_a_fixed_name_that_two_stacks_would_share(template: dict[str, Any]) -> None:
    for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"):
        for properties in _of_type(template, kind).values():
            assert not {"QueueName", "TopicName", "TableName", "LogGroupName"} & set(properties)
    for kind, name in (
        ("AWS::CloudWatch::Alarm", "AlarmName"),
        ("AWS::CloudWatch::Dashboard", "DashboardName"),
        ("AWS::Budgets::Budget", "Budget"),
        ("AWS::Events::EventBus", "Name"),
    ):
        for properties in _of_type(template, kind).values():
            assert "AWS::StackName" in str(properties[name])


def _value(written: Any, parameters: dict[str, Any]) -> Any:
    """What a rule's function gives for these parameters."""
    match written:
        case {"Ref": name}:
            value = parameters[name]
            return value.split(",") if name == "SubnetIds" else value
        case {"Fn::Equals": [one, other]}:
            return _value(one, parameters) == _value(other, parameters)
        case {"Fn::Not": [condition]}:
            return not _value(condition, parameters)
        case {"Fn::EachMemberEquals": [items, value]}:
            return all(item == value for item in _value(items, parameters))
    return written


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, set()),
        ({"TableauCidr": "203.0.113.7/32", "VpcId": "vpc-1", "SubnetIds": "subnet-1,subnet-2,subnet-3"}, set()),
        ({"TableauCidr": "203.0.113.7/32", "VpcId": "vpc-1"}, {"SubnetIds"}),
        ({"TableauCidr": "203.0.113.7/32", "SubnetIds": "subnet-1"}, {"VpcId"}),
        ({"CreateWarehouse": "false"}, {"WorkgroupId"}),
        ({"CreateWarehouse": "false", "WorkgroupId": "1-2-3"}, set()),
        ({"CreateWarehouse": "false", "WorkgroupId": "1-2-3", "RestoreSnapshot": "old"}, {"RestoreSnapshot"}),
    ],
)
def test_what_must_be_given_together(template: dict[str, Any], given: dict[str, str], refused: set[str]) -> None:
    parameters = {name: item["Default"] for name, item in template["Parameters"].items()} | given
    said = [
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        if _value(rule["RuleCondition"], parameters)
        for assertion in rule["Assertions"]
        if not _value(assertion["Assert"], parameters)
    ]
    assert len(said) == len(refused)
    assert all(any(name in text for text in said) for name in refused)


@pytest.mark.parametrize(
    "page", ["docs/deploy.md", "docs/cost.md", "docs/operations.md", "docs/tableau.md", "README.md"]
)
def test_documents_name_parameters_that_there_are(template: dict[str, Any], page: str) -> None:
    named = set(re.findall(r"\b([A-Z][a-z]+[A-Z]\w*)=", (ROOT / page).read_text("utf-8")))
    of_others = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}  # of S3's
    assert named - of_others <= set(template["Parameters"])

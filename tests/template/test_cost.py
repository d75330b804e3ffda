"""docs/cost.md says what etl.cost works out, and that counts what there is."""

import re
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from etl import cost

ROOT = Path(__file__).parents[2]
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
ON_BY_DEFAULT = {None, "RejectsAreWatched"}


def test_the_document_shows_what_was_worked_out() -> None:
    document = (ROOT / "docs" / "cost.md").read_text("utf-8")
    assert cost.delivery_table() in document, "paste what `python -m etl.cost` prints"
    assert cost.month_table() in document, "paste what `python -m etl.cost` prints"


def test_every_alarm_of_a_default_stack_is_counted() -> None:
    alarms = [
        item["Properties"]
        for item in TEMPLATE["Resources"].values()
        if item["Type"] == "AWS::CloudWatch::Alarm" and item.get("Condition") in ON_BY_DEFAULT
    ]
    metrics = sum(
        sum("MetricStat" in metric for metric in alarm.get("Metrics", [{"MetricStat": 1}])) for alarm in alarms
    )
    assert metrics == cost.ALARM_METRICS


def test_every_metric_that_is_always_sent_is_counted() -> None:
    names: set[str] = set()
    for path in [*ROOT.glob("functions/*/handler.py"), ROOT / "layers/core/retail_etl/runtime.py"]:
        if path.parent.name != "check_freshness":  # not part of a default stack
            for call in re.findall(r"\bcount\((.*?)\)\n", path.read_text("utf-8"), re.DOTALL):
                names |= set(re.findall(r"\b([A-Z]\w+)=", call))
    assert len(names) == cost.CUSTOM_METRICS, names


def test_memory_and_capacity_are_those_of_the_template() -> None:
    parameters, resources = TEMPLATE["Parameters"], TEMPLATE["Resources"]
    assert parameters["BaseCapacity"]["Default"] == cost.BASE_RPU
    memory = {name: megabytes for name, (_, megabytes) in cost.WORK.items()}
    assert memory == {
        "clean_raw": parameters["CleanMemory"]["Default"],
        "copy_to_redshift": resources["CopyToRedshift"]["Properties"]["MemorySize"],
        "publish_dashboards": resources["PublishDashboards"]["Properties"]["MemorySize"],
    }


def test_the_limits_that_the_document_names() -> None:
    document = (ROOT / "docs" / "cost.md").read_text("utf-8")
    parameters = TEMPLATE["Parameters"]
    a_day = parameters["DailyRpuHours"]["Default"] * cost.PRICES["RPU-hour"]
    an_hour = parameters["MaxCapacity"]["Default"] * cost.PRICES["RPU-hour"]
    assert f"**${a_day:.2f} a day**" in document
    assert f"${an_hour:.2f} an hour" in document

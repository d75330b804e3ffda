"""What the stack costs in a month, worked out from public prices: the tables of docs/cost.md.

    python -m etl.cost

A test holds the document to what this prints, and the counts of alarms and metrics to template.yaml and the functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

HOURS_A_MONTH = 730

# US dollars in us-east-1, without any free tier, as published in November 2026.
PRICES: Mapping[str, float] = {
    "RPU-hour": 0.375,
    "Redshift GB-month": 0.024,
    "Lambda GB-second": 0.0000166667,
    "Lambda call": 0.20 / 1e6,
    "S3 GB-month": 0.023,
    "S3 write": 0.005 / 1e3,
    "S3 read": 0.0004 / 1e3,
    "SQS request": 0.40 / 1e6,
    "EventBridge event": 1.00 / 1e6,
    "DynamoDB write": 0.625 / 1e6,
    "X-Ray trace": 5.00 / 1e6,
    "alarm metric": 0.10,
    "custom metric": 0.30,
    "dashboard": 3.00,
    "log GB": 0.50 + 0.03,  # taken in, and kept for a month
    "secret": 0.40,
}

BASE_RPU = 4
WOKEN_SECONDS = 60  # the least that is charged when Redshift wakes
BURST_SECONDS = 3  # of one load, and its share of a publish, while it is awake anyway

# By function: seconds of one delivery of 50,000 rows (5 MB), estimated from what the parts take on a 2-core machine,
# and megabytes as in template.yaml.
WORK = {"clean_raw": (4, 1769), "copy_to_redshift": (5, 512), "publish_dashboards": (10, 1024)}
S3_WRITES, S3_READS = 50, 20  # counted: 13 + 4 + 31 and the upload itself; 11 + 6 + 1, and COPY's own
SQS_REQUESTS = 9  # sent, received and deleted, in three queues
DYNAMODB_WRITES = 4
STORED_GB = 0.011  # raw file, monthly file, rejects and reports
REDSHIFT_GB = 0.005
LOG_GB = 0.00003

ALARM_METRICS = 15  # thirteen alarms of one metric, and the reject rate of two
CUSTOM_METRICS = 13
# An idle event source mapping asks its queue with five connections, for twenty seconds each.
IDLE_POLLS = 3 * 5 * 3 * 60 * HOURS_A_MONTH


@dataclass(frozen=True)
class Month:
    """How many deliveries come, in how many different hours, and for how long each one has Redshift at work."""

    name: str
    deliveries: int
    hours: int
    redshift_seconds: int


MONTHS = (
    Month("1 delivery", 1, 1, WOKEN_SECONDS),
    Month("100, each by itself", 100, 100, WOKEN_SECONDS),
    Month("10,000 in bursts", 10_000, HOURS_A_MONTH, BURST_SECONDS),
)


def _lambda(calls: int) -> float:
    gigabyte_seconds = sum(seconds * megabytes / 1024 for seconds, megabytes in WORK.values())
    return calls * (gigabyte_seconds * PRICES["Lambda GB-second"] + len(WORK) * PRICES["Lambda call"])


def redshift(seconds: float) -> float:
    """So many seconds at the base capacity."""
    return seconds / 3600 * BASE_RPU * PRICES["RPU-hour"]


def _requests(deliveries: int) -> float:
    return deliveries * (S3_WRITES * PRICES["S3 write"] + S3_READS * PRICES["S3 read"])


ROWS: Mapping[str, Callable[[Month], float]] = {
    "Redshift compute": lambda month: redshift(month.deliveries * month.redshift_seconds),
    "Redshift storage, 5 MB a delivery": lambda month: month.deliveries * REDSHIFT_GB * PRICES["Redshift GB-month"],
    "Lambda": lambda month: _lambda(month.deliveries),
    "S3 requests": lambda month: _requests(month.deliveries),
    "S3 storage, 11 MB a delivery": lambda month: month.deliveries * STORED_GB * PRICES["S3 GB-month"],
    "SQS, mostly polls of idle queues": lambda month: (
        (IDLE_POLLS + month.deliveries * SQS_REQUESTS) * PRICES["SQS request"]
    ),
    "EventBridge, DynamoDB, X-Ray": lambda month: (
        month.deliveries
        * (PRICES["EventBridge event"] + DYNAMODB_WRITES * PRICES["DynamoDB write"] + len(WORK) * PRICES["X-Ray trace"])
    ),
    "CloudWatch alarms and dashboard": lambda _: ALARM_METRICS * PRICES["alarm metric"] + PRICES["dashboard"],
    "CloudWatch metrics, by the hour": lambda month: (
        CUSTOM_METRICS * PRICES["custom metric"] * month.hours / HOURS_A_MONTH
    ),
    "CloudWatch logs": lambda month: month.deliveries * LOG_GB * PRICES["log GB"],
    "Secrets Manager": lambda _: PRICES["secret"],
}


def month_table() -> str:
    """The bill of each month, in Markdown."""
    lines = [
        f"| | {' | '.join(month.name for month in MONTHS)} |",
        f"|---|{'---|' * len(MONTHS)}",
    ]
    lines += [f"| {name} | {' | '.join(f'${cost(month):.2f}' for month in MONTHS)} |" for name, cost in ROWS.items()]
    totals = (sum(cost(month) for cost in ROWS.values()) for month in MONTHS)
    return "\n".join([*lines, f"| **together** | {' | '.join(f'**${total:.2f}**' for total in totals)} |"])


def delivery_table() -> str:
    """What one delivery costs by itself, in Markdown."""
    lines = ["| part | what is counted | cost |", "|---|---|---|"]
    for name, (seconds, megabytes) in WORK.items():
        cost = seconds * megabytes / 1024 * PRICES["Lambda GB-second"] + PRICES["Lambda call"]
        lines.append(f"| `{name}` | {seconds} s at {megabytes:,} MB | ${cost:.5f} |")
    lines += [
        f"| S3 | {S3_WRITES} writes, {S3_READS} reads | ${_requests(1):.5f} |",
        f"| Redshift, woken for it alone | {WOKEN_SECONDS} s at {BASE_RPU} RPU | **${redshift(WOKEN_SECONDS):.5f}** |",
        f"| Redshift, one of many in a row | {BURST_SECONDS} s at {BASE_RPU} RPU | ${redshift(BURST_SECONDS):.5f} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(delivery_table(), month_table(), sep="\n\n")

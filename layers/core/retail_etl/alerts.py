"""What people are told, in plain words: what happened, where to look, what to do. Pure."""

from dataclasses import dataclass

from retail_etl import naming
from retail_etl.report import CleanReport, LoadReport

_MOST_REASONS = 10


@dataclass(frozen=True)
class Message:
    """A message to the people behind the topic."""

    subject: str
    text: str


def refused(report: CleanReport, bucket: str) -> Message:
    """A delivery that cannot be used."""
    lines = [
        f"The raw file s3://{bucket}/{report.source_key} was refused, and nothing of it was loaded:",
        f"{report.error}.",
        "",
    ]
    if report.rows_read:
        lines += [
            f"{report.rows_rejected:,} of its {report.rows_read:,} rows were rejected. Each of them, with its line and",
            f"reasons, is in s3://{bucket}/{naming.rejects_key(report.source_key)}. The most frequent reasons:",
        ]
        reasons = sorted(report.reject_reasons.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {count:,} times {reason}" for reason, count in reasons[:_MOST_REASONS]]
        lines.append("")
    if report.monthly_key:
        lines += [f"What an earlier version of it loaded ({report.monthly_key}) stays as it was.", ""]
    lines += [
        "What to do: correct the file and drop it under the same name again. Nothing else is needed.",
        f"Its story: etl status '{report.source_key}'",
    ]
    return Message(f"Refused: {report.source_key}", "\n".join(lines))


def load_failed(report: LoadReport, bucket: str) -> Message:
    """A load that Redshift refuses, and would refuse again."""
    lines = [
        f"The monthly file s3://{bucket}/{report.monthly_key} could not be loaded. Redshift says:",
        f"{report.error}",
        "",
    ]
    lines += [
        "  " + ", ".join(f"{name} {value}" for name, value in error.items() if value not in (None, ""))
        for error in report.load_errors[:_MOST_REASONS]
    ]
    lines += [
        "",
        "Nothing was changed: the table holds what it held before. It will not be tried again by itself.",
        f"What to do: mend the cause, then run: etl replay '{report.source_key}'",
        f"Its story: etl status '{report.source_key}'",
    ]
    return Message(f"Load failed: {report.monthly_key}", "\n".join(lines))


def loaded(report: LoadReport, bucket: str) -> Message:
    """A load that is committed."""
    lines = [
        f"s3://{bucket}/{report.source_key} is loaded.",
        "",
        f"Month: {report.month or 'unknown'}",
        f"Rows loaded: {report.rows_loaded:,}",
        f"Rows already there from another file: {report.rows_already_present:,}",
        f"Rows replaced: {report.rows_replaced:,}",
        f"Seconds: {report.seconds}",
    ]
    return Message(f"Loaded: {report.source_key}", "\n".join(lines))

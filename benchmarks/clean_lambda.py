"""What the cleaning costs as a Lambda: cold starts of the built functions, and time and money by memory size.

    python benchmarks/clean_lambda.py [--rows 1000000]

Cold starts are the INIT phase as the runtime interface emulator reports it, of what `sam build` has built, with the
layers' bytecode and without: the least of a few. Time by memory size is a model, fed by a measurement: cleaning is
one thread that only computes, and Lambda gives a function memory / 1,769 MB of a core. Prints the tables and writes
them to benchmarks/clean_lambda.md.
"""

import argparse
import os
import platform
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from clean import HERE, generated, run

from etl import built
from local import stack
from retail_etl.cleaning import most_rows

FUNCTIONS = ("CleanRaw", "CopyToRedshift", "PublishDashboards", "MigrateWarehouse")
WITHOUT_BYTECODE = {"PYTHONPYCACHEPREFIX": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
WHOLE_CORE_MB = 1_769  # Lambda developer guide, "Configure Lambda function memory"
DOLLARS = 0.0000166667  # a GB-second: x86, us-east-1; docs/cost.md
RUNS = 5


def main() -> None:
    """Build what is not built, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    if not (built.BUILD / "template.yaml").exists():
        print("building…", file=sys.stderr)
        stack.build(built.ROOT / ".local" / "sam-build.log")
    text = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}.\n\n{cold_starts()}\n{memory_sizes(rows)}"
    )
    print(text)
    (HERE / "clean_lambda.md").write_text(text, "utf-8")


def cold_starts() -> str:
    """A table of INIT durations."""
    lines = ["| function | INIT | without bytecode in the layers |", "|---|---:|---:|"]
    for function in FUNCTIONS:
        print(f"starting {function}…", file=sys.stderr)
        times = [min(init(function, more) for _ in range(RUNS)) for more in ({}, WITHOUT_BYTECODE)]
        lines.append(f"| {function} | {times[0]:,.0f} ms | {times[1]:,.0f} ms |")
    return "\n".join(lines) + "\n"


def init(function: str, more: dict[str, str]) -> float:
    """Milliseconds of one INIT. The invocation behind it has no settings; that it fails does not matter."""
    environment = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **more}
    with tempfile.TemporaryFile() as log:
        built.invoke(function, b"{}", environment, log)
        log.seek(0)
        found = re.search(rb"INIT REPORT\(durationMs: ([0-9.]+)", log.read())
    if found is None:
        sys.exit(f"{function} reported no INIT")
    return float(found[1])


def memory_sizes(rows: int) -> str:
    """A table of what a GB of raw CSV costs, from two files of which one is a fifth of the other."""
    sizes, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        for count in (rows // 5, rows):
            path = generated(Path(folder) / f"{count}.csv", count)
            sizes.append(path.stat().st_size)
            runs = [run("ours", path) for _ in range(RUNS)]
            seconds.append(min(one.user + one.system for one in runs))
    per_byte = (seconds[1] - seconds[0]) / (sizes[1] - sizes[0])
    row_bytes = sizes[1] / rows
    lines = [
        f"One GB takes {per_byte * 1e9:.1f} s of one core. S3's transfer is not in it.",
        "",
        "| memory | of a core | 1 GB of raw CSV | costs | largest file | rows |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for memory in (512, 1_024, WHOLE_CORE_MB, 2 * WHOLE_CORE_MB):
        share = memory / WHOLE_CORE_MB
        taken = per_byte * 1e9 / min(share, 1)
        most = most_rows(memory)
        lines.append(
            f"| {memory:,} MB | {share:.2f} | {taken:.0f} s | ${taken * memory / 1024 * DOLLARS:.5f} "
            f"| {most * row_bytes / 1e9:.1f} GB | {most / 1e6:.1f} million |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

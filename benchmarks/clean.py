"""How the cleaning compares: user CPU and peak memory of whole processes, side by side in one run.

    python benchmarks/clean.py [--rows 1000000] [--runs 5] [--file purchases.csv]

Prints the table and writes it to benchmarks/clean.md. Judge by the ratios: seconds are the machine's.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

HERE = Path(__file__).parent
WAYS = {
    "naive": "pandas, whole file (a good notebook)",
    "duckdb": "DuckDB, one SQL statement",
    "polars": "polars, lazy, as an expert would",
    "ours": "**this engine**",
    "parse": "pyarrow's parse alone, nothing cleaned",
}


@dataclass(frozen=True)
class Run:
    """User and system CPU seconds, and peak resident bytes, of one process."""

    user: float
    system: float
    peak: int


def main() -> None:
    """Run every way in turn, several times over, forwards and backwards, and take the mean of each.

    The mean, because the kernel tells user from system time by looking a few hundred times a second: of a process of
    half a second that is a sample, and the least of several would be the luckiest one. The two that are compared most
    closely are the shortest, and run three times as often.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--file", type=Path, help="an existing file instead of a generated one")
    given = parser.parse_args()
    turns = [*WAYS, "ours", "parse", "ours", "parse"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder  # where the contenders write
        path = given.file or generated(Path(folder) / "purchases.csv", given.rows)
        runs: dict[str, list[Run]] = {way: [] for way in WAYS}
        for number in range(given.runs):
            print(f"round {number + 1} of {given.runs}…", file=sys.stderr)
            for way in reversed(turns) if number % 2 else turns:
                runs[way].append(run(way, path))
        table = report({way: mean_of(done) for way, done in runs.items()}, path, given.rows)
    print(table)
    (HERE / "clean.md").write_text(table, "utf-8")


def mean_of(runs: list[Run]) -> Run:
    """The mean CPU times, and the highest peak."""
    return Run(mean(one.user for one in runs), mean(one.system for one in runs), max(one.peak for one in runs))


def generated(path: Path, rows: int) -> Path:
    """The dirty file: see scripts/generate_purchases.py."""
    script = HERE.parent / "scripts" / "generate_purchases.py"
    subprocess.run([sys.executable, script, "--rows", str(rows), "--out", path], check=True)
    return path


def run(way: str, path: Path) -> Run:
    """One process from its start to its end, imports and all. Bytecode is there, as it is in the Lambda layer, and
    the threads that NumPy starts for linear algebra, which nobody here does, are not."""
    command = [sys.executable, str(HERE / "_clean_contenders.py"), way, str(path)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", "OPENBLAS_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{way} failed")
    return Run(usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024)


def report(means: dict[str, Run], path: Path, rows: int) -> str:
    """The table in Markdown."""
    parse, naive = means["parse"].user, means["naive"].user
    parse_all = parse + means["parse"].system
    lines = [
        f"Cleaning {rows:,} dirty rows ({path.stat().st_size / 1e6:.0f} MB) on "
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), one thread each.",
        "",
        "| way | user CPU | against naive pandas | against parse alone | with system CPU | peak memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {text} | {means[way].user:.2f} s | {means[way].user / naive:.3f} | {means[way].user / parse:.1f} "
        f"| {(means[way].user + means[way].system) / parse_all:.1f} | {means[way].peak / 1e6:.0f} MB |"
        for way, text in WAYS.items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

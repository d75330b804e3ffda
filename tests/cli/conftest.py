"""The `etl` command as people type it, on a machine where no cloud runs: a process of its own, in an empty folder."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Etl = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = Path(sys.executable).with_name("etl")
SAMPLE = Path(__file__).parents[2] / "samples" / "purchases_sample.csv"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No cloud, no credentials, no home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ETL_"))}
    return kept | {
        "ETL_CLOUD": str(tmp_path / "no cloud"),
        "HOME": str(tmp_path / "home"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "200",
    }


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder that commands are typed in."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def etl(environment: dict[str, str], here: Path) -> Etl:
    """Run the command; it ends with `code`, and never in a stack trace."""

    def run(*arguments: str, code: int = 0, command: Path = COMMAND) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(command), *arguments],
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"etl {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return run

"""One stack for all end-to-end tests: a real one (ETL_STACK=name), or the real template in an emulated cloud."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.target import Target, emulated, find
from local import cloud, stack

Etl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the emulated cloud of these tests keeps its state."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="session")
def target(folder: Path) -> Iterator[Target]:
    if named := os.environ.get("ETL_STACK"):
        yield find(named)
        return
    stack.build(folder / "sam-build.log")
    with cloud.started(folder) as running:
        stack.deploy(running, folder / "sam-deploy.log")
        yield emulated(running)


@pytest.fixture
def etl(target: Target, folder: Path) -> Etl:
    """The `etl` command as a process of its own; it ends with `code`, and never in a stack trace."""
    command = Path(sys.executable).with_name("etl")

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(command), *arguments],
            env={**os.environ, "ETL_CLOUD": str(folder)},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"etl {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return run

"""One stack for all end-to-end tests: a real one (ETL_STACK=name), or the real template in an emulated cloud."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.target import Target, emulated, find
from local import cloud, stack


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

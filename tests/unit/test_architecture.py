"""Imports point one way: handlers to flows, flows to pure rules and adapters; only adapters touch AWS."""

import ast
from pathlib import Path

import pytest

import retail_etl

PACKAGE = Path(retail_etl.__file__).parent
TOUCHES_AWS = ("boto3", "botocore", "aws_lambda_powertools", "mypy_boto3")
PURE = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] not in ("adapters", "flows", "runtime.py", "settings.py")
)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pure_modules_know_neither_aws_nor_the_environment(path: Path) -> None:
    forbidden = (
        *TOUCHES_AWS,
        "os",
        "retail_etl.adapters",
        "retail_etl.flows",
        "retail_etl.runtime",
        "retail_etl.settings",
    )
    assert not {name for name in _imports(path) if name.split(".")[0] in forbidden or name.startswith(forbidden[-4:])}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("flows/*.py")), ids=lambda path: path.name)
def test_flows_reach_aws_through_adapters_alone(path: Path) -> None:
    assert not {name for name in _imports(path) if name.split(".")[0] in (*TOUCHES_AWS, "os")}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("adapters/*.py")), ids=lambda path: path.name)
def test_adapters_know_no_flow(path: Path) -> None:
    assert not {name for name in _imports(path) if name.startswith(("retail_etl.flows", "retail_etl.runtime"))}

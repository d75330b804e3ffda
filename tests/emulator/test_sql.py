"""The table of cases, over boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .cases import CASES, FAILING, REFUSED, SCRIPTS, SETUP, Case, Failing, Script

if TYPE_CHECKING:
    from .conftest import Warehouse


@pytest.fixture(scope="module")
def filled(shared: Warehouse) -> Warehouse:
    shared.run(*SETUP)
    return shared


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page}: {case.sql[:60]}")
def test_documented_results(filled: Warehouse, case: Case) -> None:
    assert filled.run(case.sql) == case.rows


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script.page}: {script.statements[0][:60]}")
def test_documented_changes(filled: Warehouse, script: Script) -> None:
    filled.run(*script.statements)
    assert filled.run(script.sql) == script.rows


@pytest.mark.parametrize("case", FAILING, ids=lambda case: f"{case.page}: {case.sql[:60]}")
def test_documented_errors(filled: Warehouse, case: Failing) -> None:
    assert filled.error(case.sql).startswith(case.error)


@pytest.mark.parametrize(("sql", "named"), REFUSED)
def test_refusals_name_what_is_refused(filled: Warehouse, sql: str, named: str) -> None:
    error = filled.error(sql)
    assert "not supported by the embedded Redshift: " in error
    assert named.lower() in error.lower()

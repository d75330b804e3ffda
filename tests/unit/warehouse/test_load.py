"""The load's transaction, read as Redshift reads it: by parsing, without a warehouse."""

import json
import re
from dataclasses import replace

import pytest
import sqlglot
from sqlglot import expressions as exp

from retail_etl.contract import shipped_contract
from retail_etl.errors import WarehouseError
from retail_etl.warehouse.load import Batch, Load, load_batch, manifest

HEADER = tuple(column.name for column in shipped_contract().table_columns)
COUNTED = Load("load-1", "monthly_data/a.csv", "etag", "sha", "2025-06", 3, "2025-06-01", "2025-06-30", HEADER)
BY_HAND = Load("load-1", "monthly_data/a.csv", "etag", "sha", "", None, "", "", HEADER)
ROLE = "arn:aws:iam::000000000000:role/copy"
HOSTILE = "monthly_data/';DROP TABLE walmart_sales;--\\\n☕.csv"


def _batch(
    load: Load = COUNTED,
    attempt: int = 1,
    uri: str = "s3://data/manifests/1.json",
    role: str = ROLE,
    known_loads: int = 0,
) -> Batch:
    return load_batch(
        load, shipped_contract(), manifest_uri=uri, copy_role=role, attempt=attempt, known_loads=known_loads
    )


@pytest.mark.parametrize("load", [COUNTED, BY_HAND], ids=["counted", "by hand"])
def test_every_statement_but_copy_and_lock_parses_as_redshift(load: Load) -> None:
    batch = _batch(load)
    assert batch.statements[0] == "LOCK public.load_lock"
    assert len(batch.statements) <= 40
    for statement in batch.statements[1:]:
        parsed = sqlglot.parse_one(statement, dialect="redshift")
        assert isinstance(parsed, exp.Create | exp.Copy | exp.Select | exp.Delete | exp.Insert | exp.Update)


@pytest.mark.parametrize("load", [COUNTED, BY_HAND], ids=["counted", "by hand"])
def test_the_parameters_are_just_those_that_the_statements_name(load: Load) -> None:
    batch = _batch(load)
    named = set(
        re.findall(r"(?<!:):([a-z_0-9]+)", " ".join(text for text in batch.statements if not text.startswith("COPY")))
    )
    assert named == set(batch.parameters)
    assert all(batch.parameters.values()), "the Data API takes no empty value"


def test_what_names_an_object_is_a_parameter_and_never_sql() -> None:
    hostile = Load("load-1", HOSTILE, "e'tag", "sha", "2025-06", 3, "2025-06-01", "2025-06-30", HEADER)
    assert _batch(hostile).statements == _batch().statements
    assert _batch(hostile).parameters["source_file"] == HOSTILE
    (entry,) = json.loads(manifest(f"s3://data/{HOSTILE}"))["entries"]
    assert entry == {"url": f"s3://data/{HOSTILE}", "mandatory": True}


@pytest.mark.parametrize("uri", ["s3://data/manifests/a'b.json", "s3://data/x;y", "http://data/x", "s3://DATA'/x"])
def test_a_manifest_uri_that_sql_could_take_for_its_own_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="must not stand in a statement"):
        _batch(uri=uri)


@pytest.mark.parametrize("role", ["default", "arn:aws:iam::000000000000:role/a'b", ""])
def test_a_role_that_is_none_is_refused(role: str) -> None:
    with pytest.raises(ValueError, match="must not stand in a statement"):
        _batch(role=role)


def test_copy_and_insert_name_their_columns() -> None:
    columns = ", ".join(column.name for column in shipped_contract().table_columns)
    copy, insert = _batch().statements[3], _batch().statements[7]
    assert copy.startswith(f"COPY stage ({columns}) FROM ")
    assert insert.startswith(f"INSERT INTO public.walmart_sales ({columns}, source_file, loaded_at)")
    assert not any("*" in re.sub(r"COUNT\(\*\)", "", statement) for statement in _batch().statements)


def test_an_attempt_is_one_request_and_the_next_attempt_another() -> None:
    assert _batch().token == _batch().token
    assert _batch(attempt=2).token != _batch().token
    assert _batch(known_loads=1).token != _batch().token
    assert len(_batch().token) <= 64


def test_copy_follows_the_file_s_own_header() -> None:
    older = tuple(name for name in reversed(HEADER) if name != "rating")
    assert _batch(replace(COUNTED, header=older)).statements[3].startswith(f"COPY stage ({', '.join(older)}) FROM ")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (HEADER[1:], "lacks customer_id"),
        (HEADER[:-1], "lacks age_group"),
        ((*HEADER, "x); DROP TABLE y;--"), "unknown column"),
        ((*HEADER, "age"), "has age twice"),
        ((), "lacks customer_id"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: tuple[str, ...], reason: str) -> None:
    with pytest.raises(WarehouseError, match=reason):
        _batch(replace(COUNTED, header=header))

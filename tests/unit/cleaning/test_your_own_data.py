"""The worked example of docs/your-own-data.md does what the document says."""

import json
import os
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from retail_etl.contract import check_contract, load_contract
from tests.unit.cleaning.compare import assert_same, cleaned

DOCS = Path(__file__).parents[3] / "docs"
CONTRACT = DOCS / "examples" / "cafe_sales.odcs.yaml"
REAL_DATA = os.environ.get("ETL_REAL_DATA")


def test_the_contract_is_sound() -> None:
    assert check_contract(CONTRACT) == []
    standard = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    jsonschema.validate(yaml.safe_load(CONTRACT.read_text("utf-8")), standard)


def test_the_document_shows_what_comes_out() -> None:
    raw = (DOCS / "examples" / "cafe_sales.csv").read_bytes()
    contract = load_contract(CONTRACT)
    assert_same(raw, contract)
    _, clean_csv, rejects_csv = cleaned(raw, contract)
    document = (DOCS / "your-own-data.md").read_text("utf-8")
    assert raw.decode() in document
    assert clean_csv.decode() in document
    assert rejects_csv.decode() in document


@pytest.mark.skipif(REAL_DATA is None, reason="ETL_REAL_DATA names no folder")
def test_the_real_file() -> None:
    outcome = assert_same((Path(REAL_DATA or "") / "dirty_cafe_sales.csv").read_bytes(), load_contract(CONTRACT))
    assert outcome is not None
    assert outcome.refusal is None
    assert outcome.reject_reasons.keys() == {"sold_on:missing"}

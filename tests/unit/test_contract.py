"""The shipped contract: valid by the standard, and read as DESIGN says."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

import retail_etl
from retail_etl.contract import fold_header, load_contract, shipped_contract
from retail_etl.errors import ContractError

CONTRACTS = sorted((Path(retail_etl.__file__).parent / "contracts").glob("*.odcs.yaml"))


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_contract_is_valid_by_the_standard(path: Path) -> None:
    standard = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    jsonschema.validate(yaml.safe_load(path.read_text("utf-8")), standard)


def test_table_has_the_fourteen_columns_in_order() -> None:
    columns = [(column.name, column.physical_type) for column in shipped_contract().table_columns]
    assert columns == [
        ("customer_id", "VARCHAR(64)"),
        ("age", "SMALLINT"),
        ("gender", "VARCHAR(16)"),
        ("city", "VARCHAR(128)"),
        ("category", "VARCHAR(64)"),
        ("product_name", "VARCHAR(128)"),
        ("purchase_date", "DATE"),
        ("purchase_amount", "DECIMAL(12,2)"),
        ("payment_method", "VARCHAR(32)"),
        ("discount_applied", "VARCHAR(3)"),
        ("rating", "SMALLINT"),
        ("repeat_customer", "VARCHAR(3)"),
        ("month", "VARCHAR(7)"),
        ("age_group", "VARCHAR(7)"),
    ]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Customer_ID", "customer_id"),
        ("Customer ID", "customer_id"),
        (" age ", "age"),
        ("Purchase-Date", "purchase_date"),
        ("__Rating (1..5)__", "rating_1_5"),
    ],
)
def test_headers_are_folded(written: str, folded: str) -> None:
    assert fold_header(written) == folded


@pytest.mark.parametrize(
    ("broken", "by", "message"),
    [
        ("physicalName: walmart_sales", "physicalName: walmart_sales;--", "not a plain lower-case SQL name"),
        ("physicalType: DATE", "physicalType: TIMETZ", "physicalType 'TIMETZ'"),
        ("{property: monthColumn, value: purchase_date}", "{property: monthColumn, value: age}", "monthColumn 'age'"),
        ("physicalName: rating", "physicalName: age", "column age is declared twice"),
        ("logicalTypeOptions: {minimum: 1, maximum: 5}", "", "column rating"),
        ("aliases, value: [m]", "aliases, value: [1]", "must be quoted"),
        ("schema:", "schema: [", "cannot be read as a contract"),
    ],
)
def test_a_broken_contract_is_refused_with_its_reason(tmp_path: Path, broken: str, by: str, message: str) -> None:
    text = CONTRACTS[0].read_text("utf-8")
    assert broken in text
    path = tmp_path / "broken.odcs.yaml"
    path.write_text(text.replace(broken, by), "utf-8")
    with pytest.raises(ContractError, match=message) as error:
        load_contract(path)
    assert str(path) in str(error.value)

"""The shipped contract: valid by the standard, and read as DESIGN says."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

import retail_etl
from retail_etl.contract import check_contract, fold_header, load_contract, shipped_contract
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


@pytest.mark.parametrize(
    ("broken", "by", "text"),
    [
        ("physicalType: SMALLINT", "physicalType: VARCHAR(9)", "column age: an integer needs SMALLINT, INTEGER or"),
        ("physicalType: DECIMAL(12,2)", "physicalType: DECIMAL(5,2)", "0.01 to 10000 is not a range of DECIMAL(5,2)"),
        ("logicalTypeOptions: {minimum: 1, maximum: 120}", "logicalTypeOptions: {minimum: 1}", "maximum is missing"),
        ('value: ["%Y-%m-%d", ', 'value: ["%Y-%j", ', "date format '%Y-%j' must hold %Y, %d and one of %m and %b"),
        ("logicalTypeOptions: {pattern:", 'logicalTypeOptions: {pattern: "[", x:', "cannot be used: unterminated"),
        ("aliases, value: [f]", "aliases, value: [M]", "column gender: 'M' stands for two values"),
        ("to: 24", "to: 10", "column age_group: bands must rise"),
        ("physicalName: city", "physicalNam: city", "physicalName is missing"),
        ("id: walmart-sales", "jd: walmart-sales", "id is missing"),
        ("schema:", "schema: [", "cannot be read as a contract: "),
        ('",", ";"', '",,", ";"', "delimiters must be single ASCII characters"),
    ],
)
def test_a_check_names_the_line(tmp_path: Path, broken: str, by: str, text: str) -> None:
    lines = CONTRACTS[0].read_text("utf-8").splitlines(keepends=True)
    (number, *_) = (number for number, line in enumerate(lines) if broken in line)
    lines[number] = lines[number].replace(broken, by)
    path = tmp_path / "broken.odcs.yaml"
    path.write_text("".join(lines), "utf-8")
    (problem,) = check_contract(path)
    assert text in problem.text
    assert abs(problem.line - (number + 1)) <= 40
    assert str(problem).startswith(f"line {problem.line}: ")


def test_a_check_names_all_that_is_wrong(tmp_path: Path) -> None:
    text = (
        CONTRACTS[0].read_text("utf-8").replace("VARCHAR(128)", "TEXT").replace("logicalType: date", "logicalType: day")
    )
    path = tmp_path / "broken.odcs.yaml"
    path.write_text(text, "utf-8")
    lines = text.splitlines()
    assert [lines[problem.line - 1].split()[0] for problem in check_contract(path)] == [
        "physicalType:",
        "physicalType:",
        "logicalType:",
    ]


def test_a_check_finds_nothing_in_the_shipped_contract() -> None:
    assert check_contract(CONTRACTS[0]) == []
    assert check_contract(Path("nowhere.yaml"))[0].text.startswith("cannot be read as a contract: ")

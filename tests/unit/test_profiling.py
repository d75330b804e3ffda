"""What a profile says of a file, and whether its draft is a contract under which that file can be cleaned."""

import gzip
import io
import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml
from sqlfluff.dialects.dialect_redshift_keywords import redshift_reserved_keywords

from retail_etl.cleaning import clean
from retail_etl.contract import check_contract, load_contract
from retail_etl.errors import ContractError, DeliveryRefused
from retail_etl.profiling import ColumnProfile, Profile, draft_contract, profile_file
from retail_etl.reserved import RESERVED_WORDS

STANDARD = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
DAYS = [f"2025-06-{day:02}" for day in range(1, 31)]


def _profile(text: str | bytes, name: str = "sales.csv") -> Profile:
    return profile_file(io.BytesIO(text.encode() if isinstance(text, str) else text), name)


def _column(values: list[str], header: str = "value") -> ColumnProfile:
    """The profile of a column with these values, each on as many rows as it takes to have 30."""
    repeated = (values * 30)[: max(30, len(values))]
    rows = "".join(f'{day},"{value}"\n' for day, value in zip(DAYS * 40, repeated, strict=False))
    return _profile(f"day,{header}\n{rows}").columns[1]


@pytest.mark.parametrize(
    ("values", "kind", "lowest", "highest"),
    [
        (["1", "7", "30"], "whole number", "1", "30"),
        (["-3", "4.0"], "whole number", "-3", "4"),
        (["1.5", "2", "1,000.25"], "decimal", "1.5", "1000.25"),
        (["$4", "USD 5.10", "6 usd"], "decimal", "4", "6"),
        (["€ 4", "5"], "decimal", "4", "5"),  # whole numbers have no currency
        (["007", "010"], "choice", None, None),
        (["2025-06-01", "2025-07-31 12:00"], "day", "2025-06-01", "2025-07-31"),
        (["31.12.2024", "1.1.2025"], "day", "2024-12-31", "2025-01-01"),
        (["12 Jan 2025", "3 feb 2025"], "day", "2025-01-12", "2025-02-03"),
        (["05-01-19"], "choice", None, None),
        (["Yes", "no", "NO"], "choice", None, None),
        ([f"TXN_{number}" for number in range(60)], "identifier", None, None),
        ([f"Street {number}" for number in range(60)], "text", None, None),
        ([f"#{number}" for number in range(60)], "identifier", None, None),
        ([""], "text", None, None),
    ],
)
def test_kinds(values: list[str], kind: str, lowest: str | None, highest: str | None) -> None:
    found = _column(values)
    assert (found.kind, found.lowest, found.highest) == (kind, lowest, highest)


@pytest.mark.parametrize(
    ("values", "layouts", "is_ambiguous"),
    [
        (["01/02/2025"], ("%m/%d/%Y",), True),
        (["01/02/2025", "13/02/2025"], ("%d/%m/%Y",), False),
        (["01/02/2025", "02/13/2025"], ("%m/%d/%Y",), False),
        (["2025-02-01", "2025/02/01"], ("%Y-%m-%d", "%Y/%m/%d"), False),
    ],
)
def test_which_way_days_are_written(values: list[str], layouts: tuple[str, ...], is_ambiguous: bool) -> None:
    found = _column(values)
    assert (set(found.layouts), found.is_ambiguous) == (set(layouts), is_ambiguous)


def test_what_is_missing_and_what_does_not_fit() -> None:
    found = _column(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "UNKNOWN", "n/a", "", "many"])
    assert (found.kind, found.missing, found.misfits, found.misfitting) == ("whole number", 6, 2, ("many",))


TEXT = "day;what\n2025-06-01;café\n2025-06-02;thé\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("cp1252"),
        gzip.compress(TEXT.encode()),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        f"\n  \n{TEXT}".encode(),
    ],
    ids=["utf-8", "utf-16", "cp1252", "gzip", "bom-crlf", "blank-lines"],
)
def test_files_are_read_as_the_cleaning_reads_them(raw: bytes) -> None:
    found = _profile(raw)
    assert (found.delimiter, found.rows, [column.header for column in found.columns]) == (";", 2, ["day", "what"])
    assert set(found.columns[1].examples) == {"café", "thé"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"a,b\n", "no records"),
        (b'"a,b\n1,2\n', "never closed"),
        (gzip.compress(TEXT.encode())[:20], "cut off"),
    ],
)
def test_what_is_no_csv_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(DeliveryRefused, match=says):
        _profile(raw)


HARD = [
    ("reserved words", "order,user,date\n1,ann,2025-06-01\n2,bob,2025-06-02\n"),
    ("names that are not SQL", "2nd day,%,Größe,  a b \n2025-06-01,1,2,x\n2025-06-02,1,2,y\n"),
    ("the same name twice", "day,x,X\n2025-06-01,1,2\n2025-06-02,3,4\n"),
    ("a column that is called month", "month,day\nJune,2025-06-01\nJune,2025-06-02\n"),
    ("ragged records", "day,x\n2025-06-01,1\n2025-06-02\n2025-06-03,1,2\n" + "2025-06-04,4\n" * 8),
    ("quotes and newlines", 'day,x\n2025-06-01,"a ""b"" \n c"\n2025-06-02,"d:e #f"\n'),
    ("half of the days missing", "day,x\n2025-06-01,1\n,2\n,3\n2025-06-02,4\n"),
    ("values that YAML would read otherwise", "day,x\n" + "2025-06-01,yes\n2025-06-02,no\n2025-06-03,~\n" * 5),
    ("huge and tiny numbers", "day,x\n2025-06-01,123456789012\n2025-06-02,-0.000001\n"),
    ("nothing but missing", "day,x\n2025-06-01,\n2025-06-02,NA\n"),
]


@pytest.mark.parametrize("text", [text for _, text in HARD], ids=[name for name, _ in HARD])
def test_the_draft_can_be_used_at_once(text: str, tmp_path: Path) -> None:
    draft = draft_contract(_profile(text, "Müller's sales 2025-06.csv.gz"))
    path = tmp_path / "draft.odcs.yaml"
    path.write_text(draft.text(), "utf-8")
    assert check_contract(path) == []
    jsonschema.validate(yaml.safe_load(path.read_text("utf-8")), STANDARD)
    outcome = clean(io.BytesIO(text.encode()), load_contract(path), clean_out=io.BytesIO(), rejects_out=io.BytesIO())
    path.write_text(draft.text(outcome.rows_rejected / outcome.rows_read), "utf-8")
    again = clean(io.BytesIO(text.encode()), load_contract(path), clean_out=io.BytesIO(), rejects_out=io.BytesIO())
    assert again.refusal is None
    assert again.rows_clean > 0


def test_without_a_day_there_is_no_contract() -> None:
    with pytest.raises(ContractError, match="the day of each row"):
        draft_contract(_profile("a,b\n1,2\n"))


def test_the_words_that_redshift_keeps() -> None:
    assert {word.lower() for word in redshift_reserved_keywords.split()} == RESERVED_WORDS

"""The declared dataset: what a raw file must hold, and what its table and files are called.

A contract is one YAML file in the Open Data Contract Standard (ODCS v3). `load_contract` reads it into the small
frozen dataclasses below; everything else in the product works from these and knows no dataset by name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

from retail_etl.errors import ContractError

_SHIPPED = Path(__file__).parent / "contracts"
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,126}")
_PHYSICAL_TYPE = re.compile(
    r"SMALLINT|INTEGER|BIGINT|DATE|VARCHAR\(([1-9]\d{0,4})\)|DECIMAL\(([1-9]|[12]\d|3[0-8]),(\d|[12]\d|3[0-7])\)"
)


@dataclass(frozen=True)
class Pattern:
    """An identifier: kept as written, every break is `pattern`."""

    regex: re.Pattern[str]
    max_bytes: int


@dataclass(frozen=True)
class Choice:
    """One of the allowed values. `spellings` maps each casefolded value and alias to the value as written out."""

    spellings: Mapping[str, str]


@dataclass(frozen=True)
class FreeText:
    """Free text of at most `max_bytes` UTF-8 bytes. `spellings` maps casefolded known texts to their spelling."""

    max_bytes: int
    spellings: Mapping[str, str]


@dataclass(frozen=True)
class Whole:
    """A whole number from `minimum` to `maximum`, both included."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class Amount:
    """A decimal rounded half up to `scale` places, then from `minimum` to `maximum`, both included."""

    minimum: Decimal
    maximum: Decimal
    scale: int
    currencies: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    """A calendar day from `first` to `last`, both included, in one of the strptime `formats`, tried in order."""

    first: date
    last: date
    formats: tuple[str, ...]


Rule = Pattern | Choice | FreeText | Whole | Amount | Day


@dataclass(frozen=True)
class Month:
    """`YYYY-MM` of the day column `source`."""

    source: str


@dataclass(frozen=True)
class Bands:
    """The label of the first band that reaches the whole number in `source`; `missing` where there is none.

    `bands` are (label, last number of the band) in rising order; the last band has no end (None).
    """

    source: str
    bands: tuple[tuple[str, int | None], ...]
    missing: str


@dataclass(frozen=True)
class Column:
    """A delivered column. `headers` are the folded header names that stand for it, the first one its own."""

    name: str
    headers: tuple[str, ...]
    physical_type: str
    required: bool
    rule: Rule
    description: str = ""


@dataclass(frozen=True)
class DerivedColumn:
    """A column of the table that is computed from a delivered one."""

    name: str
    physical_type: str
    derivation: Month | Bands
    description: str = ""


@dataclass(frozen=True)
class Contract:
    """One dataset. Column names and the table's are plain lower-case SQL identifiers, checked at load."""

    id: str
    schema: str
    table: str
    columns: tuple[Column, ...]
    derived: tuple[DerivedColumn, ...]
    monthly_file_prefix: str
    month_column: str
    delimiters: tuple[str, ...]
    missing_tokens: frozenset[str]
    max_record_bytes: int
    max_rejected_share: Decimal
    max_gzip_ratio: int
    grain: str = ""

    @property
    def table_columns(self) -> tuple[Column | DerivedColumn, ...]:
        """The columns of the clean CSV and of the table, in order."""
        return self.columns + self.derived

    @property
    def amount_column(self) -> str | None:
        """The first column that holds an amount, if there is one: what counts are checked with besides rows."""
        return next((column.name for column in self.columns if isinstance(column.rule, Amount)), None)


def fold_header(text: str) -> str:
    """Fold a header name: NFC, lower case, runs of anything but a-z and 0-9 become one `_`, none at the ends."""
    return re.sub(r"[^a-z0-9]+", "_", normalize("NFC", text).lower()).strip("_")


@cache
def shipped_contract(name: str = "walmart_sales") -> Contract:
    """The contract that is installed with the product under this name."""
    return load_contract(_SHIPPED / f"{name}.odcs.yaml")


def load_contract(path: Path) -> Contract:
    """Read a contract file.

    Raises:
        ContractError: naming the file, the place in it and what is wrong with it.
    """
    try:
        document = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        return _contract(document)
    except ContractError as error:
        raise ContractError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(f"{path} cannot be read as a contract: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation, re.error) as error:
        raise ContractError(f"{path} is not a contract this product can use: {error!r}") from error


def _contract(document: dict[str, Any]) -> Contract:
    tables = document["schema"]
    if len(tables) != 1:
        raise ContractError(f"schema must hold exactly one table, not {len(tables)}")
    table = tables[0]
    settings = _custom(table)
    properties = table["properties"]
    contract = Contract(
        id=document["id"],
        schema=_identifier(settings.get("schemaName", "public")),
        table=_identifier(table["physicalName"]),
        columns=tuple(_column(entry) for entry in properties if "derivation" not in _custom(entry)),
        derived=tuple(_derived_column(entry) for entry in properties if "derivation" in _custom(entry)),
        monthly_file_prefix=_identifier(settings["monthlyFilePrefix"]),
        month_column=settings["monthColumn"],
        delimiters=tuple(settings["delimiters"]),
        missing_tokens=frozenset(token.casefold() for token in settings["missingTokens"]),
        max_record_bytes=int(settings["maxRecordBytes"]),
        max_rejected_share=Decimal(settings["maxRejectedShare"]),
        max_gzip_ratio=int(settings["maxGzipRatio"]),
        grain=table.get("dataGranularityDescription", ""),
    )
    _check(contract)
    return contract


def _check(contract: Contract) -> None:
    by_name = {column.name: column for column in contract.columns}
    names = [column.name for column in contract.table_columns]
    headers = [header for column in contract.columns for header in column.headers]
    for kind, seen in (("column", names), ("header", headers)):
        if twice := sorted({name for name in seen if seen.count(name) > 1}):
            raise ContractError(f"{kind} {', '.join(twice)} is declared twice")
    month = by_name.get(contract.month_column)
    if month is None or not isinstance(month.rule, Day) or not month.required:
        raise ContractError(f"monthColumn {contract.month_column!r} must be a required date column")
    for derived in contract.derived:
        source = by_name.get(derived.derivation.source)
        wanted = Day if isinstance(derived.derivation, Month) else Whole
        if source is None or not isinstance(source.rule, wanted):
            raise ContractError(f"{derived.name} must be derived from a {wanted.__name__.lower()} column")


def _column(entry: dict[str, Any]) -> Column:
    name = _identifier(entry["physicalName"])
    try:
        physical_type = _physical_type(entry["physicalType"])
        return Column(
            name=name,
            headers=(
                fold_header(entry["name"]),
                *(fold_header(item["synonym"]) for item in entry.get("synonyms", ())),
            ),
            physical_type=physical_type,
            required=bool(entry.get("required", False)),
            rule=_rule(entry, physical_type),
            description=entry.get("description", ""),
        )
    except (ContractError, KeyError, TypeError, ValueError, InvalidOperation, re.error) as error:
        raise ContractError(f"column {name}: {error}") from error


def _rule(entry: dict[str, Any], physical_type: str) -> Rule:
    options, custom = entry.get("logicalTypeOptions", {}), _custom(entry)
    match entry["logicalType"]:
        case "integer":
            return Whole(int(options["minimum"]), int(options["maximum"]))
        case "number":
            decimal = _PHYSICAL_TYPE.fullmatch(physical_type)
            if decimal is None or decimal[3] is None:
                raise ContractError(f"a number needs physicalType DECIMAL(p,s), not {physical_type}")
            return Amount(
                minimum=Decimal(str(options["minimum"])),
                maximum=Decimal(str(options["maximum"])),
                scale=int(decimal[3]),
                currencies=tuple(custom.get("currencies", ())),
            )
        case "date":
            return Day(
                first=date.fromisoformat(options["minimum"]),
                last=date.fromisoformat(options["maximum"]),
                formats=tuple(custom["dateFormats"]),
            )
        case "string" if "enum" in entry:
            return Choice(dict(_spellings(entry["enum"])))
        case "string" if "pattern" in options:
            return Pattern(re.compile(options["pattern"]), int(options["maxLength"]))
        case "string":
            known = custom.get("knownSpellings", ())
            return FreeText(int(options["maxLength"]), {text.casefold(): text for text in known})
        case other:
            raise ContractError(f"logicalType {other} is not one of integer, number, date, string")


def _spellings(values: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for entry in values:
        for text in (entry["value"], *_custom(entry).get("aliases", ())):
            if not isinstance(text, str):
                raise ContractError(f"{text!r} must be quoted: YAML does not read it as text")
            yield text.casefold(), entry["value"]


def _derived_column(entry: dict[str, Any]) -> DerivedColumn:
    how = _custom(entry)["derivation"]
    (source,) = entry["transformSourceObjects"]
    derivation: Month | Bands
    match how["kind"]:
        case "month":
            derivation = Month(source)
        case "bands":
            bands = tuple((band["label"], band.get("to")) for band in how["bands"])
            derivation = Bands(source, bands, how["missing"])
        case other:
            raise ContractError(f"derivation {other} is not one of month, bands")
    return DerivedColumn(
        name=_identifier(entry["physicalName"]),
        physical_type=_physical_type(entry["physicalType"]),
        derivation=derivation,
        description=entry.get("description", ""),
    )


def _custom(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise ContractError(f"{text!r} is not a plain lower-case SQL name")
    return text


def _physical_type(text: str) -> str:
    if not _PHYSICAL_TYPE.fullmatch(text):
        raise ContractError(f"physicalType {text!r} is not SMALLINT, INTEGER, BIGINT, DATE, VARCHAR(n) or DECIMAL(p,s)")
    return text

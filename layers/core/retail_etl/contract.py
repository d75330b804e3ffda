"""The declared dataset: what a raw file must hold, and what its table and files are called.

A contract is one YAML file in the Open Data Contract Standard (ODCS v3). `load_contract` reads it into the small
frozen dataclasses below; everything else in the product works from these and knows no dataset by name.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

from retail_etl.errors import ContractError
from retail_etl.reserved import RESERVED_WORDS

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
        ContractError: naming the file and, line by line, what is wrong with it.
    """
    contract, problems = _read(path)
    if contract is None or problems:
        raise ContractError(f"{path} is not a contract this product can use: {'; '.join(map(str, problems))}")
    return contract


@dataclass(frozen=True)
class Problem:
    """What is wrong with a contract file, and on which line of it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def check_contract(path: Path) -> list[Problem]:
    """All that is wrong with a contract file, in the order of its lines. Nothing, if `load_contract` takes it."""
    return _read(path)[1]


def _read(path: Path) -> tuple[Contract | None, list[Problem]]:
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - it is a safe loader
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(1, f"cannot be read as a contract: {error}")]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [Problem(line, f"cannot be read as a contract: {error.problem}")]
    problems: list[Problem] = []
    contract = _contract(document, problems) if isinstance(document, _Entry) else None
    if contract is None and not problems:
        problems.append(Problem(1, "a contract is a mapping with id and schema"))
    return contract, sorted(problems, key=lambda problem: problem.line)


class _Entry(dict[str, Any]):
    """A YAML mapping that knows the line it starts on, and those of its keys."""

    line: int
    lines: dict[str, int]


class _Loader(yaml.CSafeLoader):
    """The safe loader, with `_Entry` for mappings."""

    def entry(self, node: yaml.MappingNode) -> Iterator[_Entry]:
        entry = _Entry()
        entry.line = node.start_mark.line + 1
        entry.lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
        yield entry
        entry.update((str(key), value) for key, value in self.construct_mapping(node).items())


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.entry)


@contextmanager
def _noting(problems: list[Problem], entry: _Entry, key: str | None = None, name: str = "") -> Iterator[None]:
    """Turn what is wrong in this block into a problem on the line of the entry's key, and go on behind the block."""
    try:
        with _blaming(key):
            yield
    except _FaultError as fault:
        problems.append(Problem(entry.lines.get(fault.key or "", entry.line), f"{name}{fault}"))


class _FaultError(ContractError):
    """What is wrong with the value of a key (None: with the whole entry)."""

    def __init__(self, key: str | None, text: str) -> None:
        super().__init__(text)
        self.key = key


@contextmanager
def _blaming(key: str | None) -> Iterator[None]:
    """Turn what is wrong in this block into a fault of the key, unless it is known to be another's."""
    try:
        yield
    except _FaultError:
        raise
    except KeyError as error:
        raise _FaultError(key, f"{error.args[0]} is missing") from error
    except ContractError as error:
        raise _FaultError(key, str(error)) from error
    except (TypeError, ValueError, AttributeError, InvalidOperation, re.error) as error:
        raise _FaultError(key, f"{key or 'entry'} cannot be used: {error or type(error).__name__}") from error


def _contract(document: _Entry, problems: list[Problem]) -> Contract | None:
    contract = None
    with _noting(problems, document, "schema"):
        tables = document["schema"]
        if len(tables) != 1:
            raise ContractError(f"schema must hold exactly one table, not {len(tables)}")
        table = tables[0]
        columns: list[Column] = []
        derived: list[DerivedColumn] = []
        for entry in table["properties"]:
            name = f"column {entry.get('physicalName', '?')}: "
            with _noting(problems, entry, name=name):
                if "derivation" in _custom(entry):
                    derived.append(_derived_column(entry))
                else:
                    columns.append(_column(entry))
        with _noting(problems, table, "customProperties"):
            contract = _with_settings(document, table, columns, derived)
        if contract is not None and not problems:
            with _noting(problems, table, "customProperties"):
                _check(contract)
    return contract


def _with_settings(document: _Entry, table: _Entry, columns: list[Column], derived: list[DerivedColumn]) -> Contract:
    settings = _custom(table)
    delimiters = tuple(settings["delimiters"])
    if not delimiters or any(len(mark) != 1 or not mark.isascii() or mark in '"\r\n' for mark in delimiters):
        raise ContractError("delimiters must be single ASCII characters, none of them a quote or a line end")
    return Contract(
        id=document["id"],
        schema=_identifier(settings.get("schemaName", "public")),
        table=_identifier(table["physicalName"]),
        columns=tuple(columns),
        derived=tuple(derived),
        monthly_file_prefix=_identifier(settings["monthlyFilePrefix"]),
        month_column=settings["monthColumn"],
        delimiters=delimiters,
        missing_tokens=frozenset(token.casefold() for token in settings["missingTokens"]) | {""},
        max_record_bytes=int(settings["maxRecordBytes"]),
        max_rejected_share=Decimal(settings["maxRejectedShare"]),
        max_gzip_ratio=int(settings["maxGzipRatio"]),
        grain=table.get("dataGranularityDescription", ""),
    )


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
    with _blaming("physicalName"):
        name = _identifier(entry["physicalName"])
    with _blaming("physicalType"):
        physical_type = _physical_type(entry["physicalType"])
    with _blaming("synonyms" if "synonyms" in entry else "name"):
        names = entry["name"], *(item["synonym"] for item in entry.get("synonyms", ()))
        headers = tuple(fold_header(text) for text in names)
        if "" in headers:
            raise ContractError("a header needs a letter a-z or a digit")
    return Column(
        name=name,
        headers=headers,
        physical_type=physical_type,
        required=bool(entry.get("required", False)),
        rule=_rule(entry, physical_type),
        description=entry.get("description", ""),
    )


def _rule(entry: dict[str, Any], physical_type: str) -> Rule:
    options, custom = entry.get("logicalTypeOptions", {}), _custom(entry)
    kind = entry["logicalType"]
    with _blaming("enum" if "enum" in entry else "logicalTypeOptions" if options else "logicalType"):
        match kind:
            case "integer":
                return _whole(int(options["minimum"]), int(options["maximum"]), physical_type)
            case "number":
                return _amount(options, tuple(custom.get("currencies", ())), physical_type)
            case "date":
                first, last = date.fromisoformat(options["minimum"]), date.fromisoformat(options["maximum"])
                with _blaming("customProperties"):
                    return Day(first, last, tuple(_layout(layout) for layout in custom["dateFormats"]))
            case "string" if "enum" in entry:
                return Choice(_spellings(entry["enum"], _room(physical_type)))
            case "string":
                longest = int(options["maxLength"])
                if longest > _room(physical_type):
                    raise ContractError(f"maxLength {longest} does not fit into {physical_type}")
                if "pattern" in options:
                    return Pattern(re.compile(options["pattern"]), longest)
                known = custom.get("knownSpellings", ())
                with _blaming("customProperties"):
                    return FreeText(longest, {_fitting(text, longest).casefold(): text for text in known})
            case other:
                raise _FaultError("logicalType", f"logicalType {other} is not one of integer, number, date, string")


def _whole(minimum: int, maximum: int, physical_type: str) -> Whole:
    bits = _INTEGER_BITS.get(physical_type)
    if bits is None:
        raise _FaultError("physicalType", f"an integer needs SMALLINT, INTEGER or BIGINT, not {physical_type}")
    if not -(2 ** (bits - 1)) <= minimum <= maximum < 2 ** (bits - 1):
        raise ContractError(f"{minimum} to {maximum} is not a range of {physical_type}")
    return Whole(minimum, maximum)


def _amount(options: Mapping[str, Any], currencies: tuple[str, ...], physical_type: str) -> Amount:
    decimal = _PHYSICAL_TYPE.fullmatch(physical_type)
    if decimal is None or decimal[3] is None:
        raise _FaultError("physicalType", f"a number needs physicalType DECIMAL(p,s), not {physical_type}")
    minimum, maximum = Decimal(str(options["minimum"])), Decimal(str(options["maximum"]))
    largest = Decimal(10) ** (int(decimal[2]) - int(decimal[3]))
    if not -largest < minimum <= maximum < largest:
        raise ContractError(f"{minimum} to {maximum} is not a range of {physical_type}")
    return Amount(minimum, maximum, int(decimal[3]), currencies)


_INTEGER_BITS = {"SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


def _layout(text: str) -> str:
    """A date format that says each of year, month and day once, in directives that the cleaning knows."""
    directives = sorted(re.findall("%.?", text))
    if directives not in (["%Y", "%d", "%m"], ["%Y", "%b", "%d"]):
        raise ContractError(f"date format {text!r} must hold %Y, %d and one of %m and %b, each once")
    return text


def _room(physical_type: str) -> int:
    if (varchar := _PHYSICAL_TYPE.fullmatch(physical_type)) and varchar[1]:
        return int(varchar[1])
    raise _FaultError("physicalType", f"a string needs physicalType VARCHAR(n), not {physical_type}")


def _fitting(text: str, most_bytes: int) -> str:
    if len(text.encode()) > most_bytes:
        raise ContractError(f"{text!r} is longer than {most_bytes} bytes")
    return text


def _spellings(values: list[dict[str, Any]], most_bytes: int) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for entry in values:
        for text in (entry["value"], *_custom(entry).get("aliases", ())):
            if not isinstance(text, str):
                raise ContractError(f"{text!r} must be quoted: YAML does not read it as text")
            if spellings.setdefault(text.casefold(), entry["value"]) != entry["value"]:
                raise ContractError(f"{text!r} stands for two values")
        _fitting(entry["value"], most_bytes)
    return spellings


def _derived_column(entry: dict[str, Any]) -> DerivedColumn:
    how = _custom(entry)["derivation"]
    (source,) = entry["transformSourceObjects"]
    derivation: Month | Bands
    match how["kind"]:
        case "month":
            derivation = Month(source)
        case "bands":
            bands = tuple((band["label"], band.get("to")) for band in how["bands"])
            tops = [top for _, top in bands[:-1]]
            if None in tops or bands[-1][1] is not None or tops != sorted(set(tops)):
                raise ContractError("bands must rise, and the last one alone must have no end (no `to`)")
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
    if text in RESERVED_WORDS:
        raise ContractError(f"{text!r} is a word that Redshift keeps for itself: choose another name")
    return text


def _physical_type(text: str) -> str:
    if not _PHYSICAL_TYPE.fullmatch(text):
        raise ContractError(f"physicalType {text!r} is not SMALLINT, INTEGER, BIGINT, DATE, VARCHAR(n) or DECIMAL(p,s)")
    return text

"""What a raw file holds, and a first contract for it. Pure: the file comes as a stream, the draft goes out as text.

Records are found as the cleaning finds them, and kinds are told by its rules: a column that is called a day here is one
that the drafted contract reads. The draft is a start: what is *allowed* cannot be seen in a file, only what is there.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, Literal

from retail_etl.cleaning.records import blocks, scan, split
from retail_etl.cleaning.rules import judge, normalised
from retail_etl.cleaning.source import BinaryReader, Source
from retail_etl.contract import (
    Amount,
    Column,
    Contract,
    Day,
    FreeText,
    Rule,
    Whole,
    fold_header,
    shipped_contract,
)
from retail_etl.errors import ContractError, DeliveryRefused
from retail_etl.reserved import RESERVED_WORDS

type Kind = Literal["whole number", "decimal", "day", "choice", "identifier", "text"]

_BLOCK_BYTES = 4 << 20
_MOST_TEXTS = 1_000_000  # distinct texts of a column that are held in memory; beyond, `distinct` is a lower bound
_SAMPLE = 1_000  # texts that decide whether a kind is worth trying on all of them
_FITTING = Decimal("0.9")  # share of the values that a kind must explain; the rest are misfits
_WHOLE = Decimal("0.99")  # share of a column's numbers that must be whole; the others are then misfits
_MOST_CHOICES = 12
_EXAMPLES = 3
_DELIMITERS = (",", ";", "\t", "|")

# Words that people write for "missing", besides those of the shipped contract.
_MISSING_WORDS = frozenset(
    {"unknown", "error", "missing", "undefined", "?", "--", "#n/a", "n.a.", "(blank)", "not available"}
)
_CURRENCIES = ("$", "€", "£", "USD", "EUR", "GBP")
_LAYOUTS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y",
    "%m-%d-%Y", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y",
)  # fmt: skip
_TWINS = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y"}  # the same texts fit both, up to the 12th
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
_LARGEST = 10**18
_ANY_DAY = date.min, date.max


@dataclass(frozen=True)
class ColumnProfile:
    """One column. `misfits` are values that are not of its `kind`; `lowest` and `highest` are those that are.

    `distinct` counts the different texts that are not missing, `examples` are the most frequent of them, `misfitting`
    those of the misfits. `longest` is in UTF-8 bytes. `layouts` are the ways its days are written.
    """

    header: str
    name: str
    kind: Kind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    misfits: int = 0
    misfitting: tuple[str, ...] = ()
    lowest: str | None = None
    highest: str | None = None
    longest: int = 0
    scale: int = 0
    layouts: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    pattern: str = ""
    is_ambiguous: bool = False


@dataclass(frozen=True)
class Profile:
    """One file. `rows` are the records with as many fields as the header, `ragged` all others."""

    file: str
    delimiter: str
    rows: int
    ragged: int
    recoded_lines: int
    missing_words: tuple[str, ...]
    columns: tuple[ColumnProfile, ...]


def profile_file(raw: BinaryReader, name: str) -> Profile:
    """Read a whole file.

    Raises:
        DeliveryRefused: it is not a CSV that the cleaning could read, or has no records.
    """
    limits = shipped_contract()
    source = Source(raw, limits, _BLOCK_BYTES)
    delimiter, headers, lines = _header(source, limits)
    counters: list[Counter[str]] = [Counter() for _ in headers]
    rows = ragged = 0
    for block in blocks(lines, delimiter, 1, limits.max_record_bytes):
        spans = zip(block.starts.tolist(), block.ends.tolist(), strict=True)
        found = split((block.text[start:end].decode() for start, end in spans), delimiter)
        whole = [fields for fields in found if len(fields) == len(headers)]
        rows, ragged = rows + len(whole), ragged + len(found) - len(whole)
        for counter, texts in zip(counters, zip(*whole, strict=True), strict=False):
            counter.update(texts if len(counter) < _MOST_TEXTS else filter(counter.__contains__, texts))
    if not rows:
        raise DeliveryRefused("the file has a header and no records that fit it")
    counted = [_normalised(counter) for counter in counters]
    words = sorted({text for counter in counted for text in counter if text.casefold() in _MISSING_WORDS})
    tokens = limits.missing_tokens | {word.casefold() for word in words}
    columns = [_column(header, counter, tokens) for header, counter in zip(headers, counted, strict=True)]
    return Profile(name, delimiter, rows, ragged, source.recoded_lines, tuple(words), tuple(columns))


def _header(source: Iterable[bytes], limits: Contract) -> tuple[str, list[str], Iterator[bytes]]:
    """The delimiter under which the most of the first records look like the header, and what it splits that into."""
    coming = iter(source)
    text = b""
    for more in coming:
        text += more
        if text.strip() and (len(text) >= limits.max_record_bytes or b"\n" in text.strip()):
            break
    if not text.strip():
        raise DeliveryRefused("the file is empty")
    best: tuple[float, str, list[str], int] | None = None
    for delimiter in _DELIMITERS:
        block, _ = scan(text, delimiter, 1)
        if not len(block.starts):
            continue
        first = block.counts[:_SAMPLE]
        score = float(first[0] - 1) * float((first == first[0]).mean())
        if best is None or score > best[0]:
            start, end = int(block.starts[0]), int(block.ends[0])
            headers = split([block.text[start:end].decode()], delimiter)[0]
            best = score, delimiter, headers, end
    if best is None:
        raise DeliveryRefused("a quote in the header is never closed")
    _, delimiter, headers, end = best
    return delimiter, headers, chain([text[end:]], coming)  # what ends the header's line is a blank line now


def _normalised(counter: Counter[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text, times in counter.items():
        counted[normalised(text)] += times
    return counted


def _column(header: str, counter: Counter[str], tokens: frozenset[str]) -> ColumnProfile:
    present = Counter({text: times for text, times in counter.items() if text.casefold() not in tokens})
    about = _Column(header.strip(), fold_header(header), present, counter.total() - present.total())
    if not present:
        return about.of_kind("text")
    return _numbers(about) or _days(about) or _texts(about)


@dataclass(frozen=True)
class _Column:
    """A column that is being looked at."""

    header: str
    name: str
    present: Counter[str]
    missing: int

    def fits(self, rule: Rule) -> dict[str, str]:
        """The texts that keep a rule, with what the cleaning makes of them; nothing, where most of them do not."""
        sample = [text for text, _ in self.present.most_common(_SAMPLE)]
        found = _fits(sample, rule)
        if len(sample) == len(self.present):
            return found
        return _fits(list(self.present), rule) if 2 * len(found) > len(sample) else {}

    def values(self, texts: Iterable[str]) -> int:
        return sum(self.present[text] for text in texts)

    def is_mostly(self, texts: Iterable[str]) -> bool:
        return self.values(texts) >= _FITTING * self.present.total()

    def of_kind(self, kind: Kind, fitting: Iterable[str] | None = None, **more: Any) -> ColumnProfile:
        fitting = set(self.present if fitting is None else fitting)
        misfits = Counter({text: times for text, times in self.present.items() if text not in fitting})
        return ColumnProfile(
            header=self.header,
            name=self.name,
            kind=kind,
            missing=self.missing,
            distinct=len(self.present),
            examples=tuple(text for text, _ in self.present.most_common(_EXAMPLES)),
            misfits=misfits.total(),
            misfitting=tuple(text for text, _ in misfits.most_common(_EXAMPLES)),
            longest=max((len(text.encode()) for text in self.present), default=0),
            **more,
        )


def _fits(texts: Sequence[str], rule: Rule) -> dict[str, str]:
    import pandas as pd

    column = Column("candidate", ("candidate",), "", required=False, rule=rule)
    clean, reason = judge(pd.Series(texts, dtype=object), column, frozenset())
    return {text: value for text, value, why in zip(texts, clean.tolist(), reason.tolist(), strict=True) if not why}


def _numbers(column: _Column) -> ColumnProfile | None:
    if any(re.fullmatch("0[0-9]+", text) for text in column.present):
        return None  # a postal code or the like, that would lose its zeros
    currencies = tuple(mark for mark in _CURRENCIES if any(mark in text.upper() for text in column.present))
    decimals = column.fits(Amount(Decimal(-_LARGEST), Decimal(_LARGEST), 6, currencies))
    if not column.is_mostly(decimals):
        return None
    wholes = column.fits(Whole(-_LARGEST, _LARGEST))
    if column.values(wholes) >= _WHOLE * column.values(decimals):
        numbers = sorted(map(int, wholes.values()))
        return column.of_kind("whole number", wholes, lowest=str(numbers[0]), highest=str(numbers[-1]))
    found = sorted(map(Decimal, set(decimals.values())))
    lowest, highest = f"{found[0].normalize():f}", f"{found[-1].normalize():f}"
    places = max(-int(value.normalize().as_tuple().exponent) for value in found)
    return column.of_kind(
        "decimal", decimals, lowest=lowest, highest=highest, scale=max(places, 2), currencies=currencies
    )


def _days(column: _Column) -> ColumnProfile | None:
    fitting = {layout: column.fits(Day(*_ANY_DAY, (layout,))) for layout in _LAYOUTS}
    layouts: list[str] = []
    days: dict[str, str] = {}
    is_ambiguous = False
    while True:
        left = {layout: texts.keys() - days.keys() for layout, texts in fitting.items()}
        layout = max(left, key=lambda item: column.values(left[item]))
        if not left[layout]:
            break
        twin = {**_TWINS, **{other: one for one, other in _TWINS.items()}}.get(layout)
        if twin:
            is_ambiguous |= left[twin] == left[layout]
            fitting.pop(twin, None)
        layouts.append(layout)
        days |= {text: fitting[layout][text] for text in left[layout]}
        if not fitting:
            break
    if not days or not column.is_mostly(days):
        return None
    return column.of_kind(
        "day",
        days,
        lowest=min(days.values()),
        highest=max(days.values()),
        layouts=tuple(layouts),
        is_ambiguous=is_ambiguous,
    )


def _texts(column: _Column) -> ColumnProfile:
    present, values = column.present, column.present.total()
    spellings: dict[str, str] = {}
    for text, _ in present.most_common():
        spellings.setdefault(text.casefold(), text)
    if len(spellings) <= _MOST_CHOICES and 5 * len(spellings) <= values:
        return column.of_kind("choice", choices=tuple(sorted(spellings.values())))
    identifiers = [text for text in present if _IDENTIFIER.fullmatch(text)]
    with_digits = [text for text in identifiers if any(map(str.isdigit, text))]
    if column.is_mostly(with_digits) and len(present) >= _FITTING * values:
        return column.of_kind("identifier", identifiers, pattern=_IDENTIFIER.pattern)
    free = column.fits(FreeText(65_535, {}))
    # Texts that the free-text rule would refuse are kept as they are instead.
    return column.of_kind("text", free) if column.is_mostly(free) else column.of_kind("identifier", pattern=".+")


# ---------------------------------------------------------------- the draft


@dataclass(frozen=True)
class Draft:
    """A contract to start from. `questions` are what a file alone cannot answer, one sentence each."""

    profile: Profile
    names: tuple[str, ...]
    month_column: int
    questions: tuple[str, ...]

    def text(self, rejected_share: float = 1.0) -> str:
        """The contract as YAML in ODCS; a file with a larger share of rejects (5 % at least) is refused."""
        table, share = _table_name(self.profile.file), max(0.05, math.ceil(20 * rejected_share) / 20)
        tokens = sorted({*shipped_contract().missing_tokens, *self.profile.missing_words})
        lines = [
            f"# A draft, from {self.profile.rows:,} rows of {json.dumps(self.profile.file, ensure_ascii=False)}.",
            "# It allows what that file holds. Say what should be allowed, what may be missing, and what it is called;",
            "# docs/contract.md explains every key.",
            "apiVersion: v3.2.0",
            "kind: DataContract",
            f"id: {table.replace('_', '-')}",
            f"name: {table}",
            "version: 0.1.0",
            "status: draft",
            "schema:",
            f"  - name: {table}",
            f"    physicalName: {table}",
            "    logicalType: object",
            "    physicalType: table",
            "    customProperties:",
            f"      - {{property: monthlyFilePrefix, value: {table}}}",
            f"      - {{property: monthColumn, value: {self.names[self.month_column]}}}",
            f"      - {{property: delimiters, value: {json.dumps([self.profile.delimiter])}}}",
            f"      - {{property: missingTokens, value: {json.dumps(tokens, ensure_ascii=False)}}}",
            "      - {property: maxRecordBytes, value: 1048576}",
            f'      - {{property: maxRejectedShare, value: "{min(share, 1):.2f}"}}',
            "      - {property: maxGzipRatio, value: 1000}",
            "    properties:",
        ]
        for place, column in enumerate(self.profile.columns):
            if self.names[place]:
                lines += _property(column, self.names[place], required=place == self.month_column)
        return "\n".join([*lines, *self._month()]) + "\n"

    def _month(self) -> list[str]:
        source = self.names[self.month_column]
        return [
            f"      - name: {_free_name('month', self.names)}",
            f"        physicalName: {_free_name('month', self.names)}",
            "        physicalType: VARCHAR(7)",
            "        logicalType: string",
            f"        transformSourceObjects: [{source}]",
            f"        transformLogic: YYYY-MM of {source}",
            "        customProperties:",
            "          - {property: derivation, value: {kind: month}}",
        ]


def draft_contract(profile: Profile) -> Draft:
    """A contract that fits the file.

    Raises:
        ContractError: no column holds days that a contract can read; one must say which month a row belongs to.
    """
    days = [place for place, column in enumerate(profile.columns) if column.kind == "day"]
    if not days:
        raise ContractError(
            "no contract can be drafted: it needs a column with the day of each row, with four digits for the year, "
            "and none of the columns is one"
        )
    month_column = max(days, key=lambda place: -profile.columns[place].missing)
    names: list[str] = []
    questions: list[str] = []
    folded = Counter(column.name for column in profile.columns)
    for column in profile.columns:
        if not column.name or folded[column.name] > 1:
            names.append("")
            questions.append(f"column {column.header!r} is left out: {_why_left_out(column)}.")
        else:
            names.append(_free_name(column.name, names))
    if not names[month_column]:
        raise ContractError(
            f"no contract can be drafted: its days are in {profile.columns[month_column].header!r}, "
            "which has no name of its own"
        )
    questions.append(
        f"{names[month_column]} says which month a row belongs to; rows without it are rejected. Is that the one?"
    )
    questions += [
        f"{name} may be read day first or month first: the draft says {column.layouts[0]}."
        for name, column in zip(names, profile.columns, strict=True)
        if name and column.is_ambiguous
    ]
    if profile.missing_words:
        questions.append(f"{', '.join(profile.missing_words)} are taken for missing. Are they?")
    if profile.ragged:
        questions.append(f"{profile.ragged:,} records have more or fewer fields than the header, and are rejected.")
    return Draft(profile, tuple(names), month_column, tuple(questions))


def _why_left_out(column: ColumnProfile) -> str:
    return "another has the same name" if column.name else "its name has neither a letter a-z nor a digit"


def _table_name(file: str) -> str:
    """`sales` for `Sales 2025-06.csv.gz`: the name without its endings and without digits at its end."""
    stem = file.split(".", 1)[0]
    return _free_name(re.sub("(_?[0-9]+)+$", "", fold_header(stem)) or "deliveries", ())


def _free_name(name: str, taken: Iterable[str]) -> str:
    """A plain SQL name that nobody else has."""
    name = name[:100] if name[0].isalpha() else f"c_{name[:100]}"
    while name in RESERVED_WORDS or name in taken:
        name += "_"
    return name


def _property(column: ColumnProfile, name: str, *, required: bool) -> list[str]:
    physical, logical, options, custom = _declared(column)
    seen = f"{column.missing:,} missing, {column.distinct:,} different"
    if column.lowest is not None:
        seen += f", {column.lowest} to {column.highest}"
    if column.misfits:
        seen += f"; {column.misfits:,} are no {column.kind}: {', '.join(map(repr, column.misfitting))}"
    lines = [
        f"      # {_printable(seen)}",
        f"      - name: {json.dumps(column.name)}",
        f"        physicalName: {name}",
        f"        physicalType: {physical}",
        f"        logicalType: {logical}",
    ]
    if options:
        lines.append(f"        logicalTypeOptions: {json.dumps(options)}")
    if required or not column.missing:
        lines.append("        required: true")
    if column.kind == "choice":
        lines += ["        enum:", *(f"          - {{value: {_quoted(value)}}}" for value in column.choices)]
    if custom:
        lines.append("        customProperties:")
        lines += [
            f"          - {{property: {key}, value: {json.dumps(list(values), ensure_ascii=False)}}}"
            for key, values in custom.items()
        ]
    return lines


def _declared(column: ColumnProfile) -> tuple[str, str, dict[str, Any], dict[str, tuple[str, ...]]]:
    """A column's type in the table, its logical type with options, and what goes into custom properties."""
    lowest, highest = column.lowest or "0", column.highest or "0"
    match column.kind:
        case "whole number":
            largest = max(abs(int(lowest)), abs(int(highest)))
            bits = next(bits for bits in (16, 32, 64) if 10 * largest < 2 ** (bits - 1) or bits == 64)
            top = 2 ** (bits - 1) - 1
            minimum = 0 if int(lowest) >= 0 else -top
            return (
                {16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}[bits],
                "integer",
                {"minimum": minimum, "maximum": top},
                {},
            )
        case "decimal":
            top = 10 ** len(str(int(max(abs(Decimal(lowest)), abs(Decimal(highest))) * 10)))
            minimum = 0 if Decimal(lowest) >= 0 else -top
            digits = max(len(str(top)), 10) + column.scale
            custom = {"currencies": column.currencies} if column.currencies else {}
            return f"DECIMAL({digits},{column.scale})", "number", {"minimum": minimum, "maximum": top}, custom
        case "day":
            first, last = min(lowest, "2000-01-01"), max(highest, "2099-12-31")
            return "DATE", "date", {"minimum": first, "maximum": last}, {"dateFormats": column.layouts}
        case "choice":
            return f"VARCHAR({_room(column)})", "string", {}, {}
        case "identifier":
            return f"VARCHAR({_room(column)})", "string", {"pattern": column.pattern, "maxLength": _room(column)}, {}
        case "text":
            return f"VARCHAR({_room(column)})", "string", {"maxLength": _room(column)}, {}


def _room(column: ColumnProfile) -> int:
    """Bytes for the longest text with half as much again, in powers of two."""
    return min(65_535, max(16, 1 << (3 * column.longest // 2).bit_length()))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _printable(text: str) -> str:
    """Without anything that ends a comment in YAML."""
    return "".join(character if character.isprintable() else "?" for character in text)

"""The contract of DESIGN.md written a second time, row by row, for the engine to be compared with.

It shares nothing with the engine but the contract's dataclasses: Python's own csv module reads the records, plain
functions judge one value at a time, the whole file is held in memory. Slow and obvious on purpose.
"""

import csv
import gzip
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from retail_etl.contract import Amount, Bands, Choice, Column, Contract, Day, FreeText, Month, Pattern, Whole

csv.field_size_limit(2**31 - 1)

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class Refused(Exception):
    """The file cannot be read."""


@dataclass
class Expected:
    clean: bytes = b""
    rejects: bytes = b""
    rows_read: int = 0
    rows_clean: int = 0
    rows_rejected: int = 0
    duplicates_dropped: int = 0
    reject_reasons: Counter[str] = field(default_factory=Counter)
    ignored_columns: tuple[str, ...] = ()
    recoded_lines: int = 0
    days: list[str] = field(default_factory=list)
    refused: bool = False


def expected(raw: bytes, contract: Contract) -> Expected:
    result = Expected()
    lines = decoded_lines(unzipped(raw, contract), result)
    names, delimiter, start = read_header(lines, contract)
    by_header = {header: column.name for column in contract.columns for header in column.headers}
    places = {by_header[name]: place for place, name in enumerate(names) if name in by_header}
    result.ignored_columns = tuple(name for name in names if name not in by_header)

    clean_rows: list[list[str]] = []
    seen: set[tuple[str, ...]] = set()
    rejects: list[list[str]] = []
    for line, text, fields in records(lines, start, delimiter, contract):
        result.rows_read += 1
        reasons: list[str] = []
        row: list[str] = []
        if len(fields) != len(names):
            reasons = ["row:too_few_fields" if len(fields) < len(names) else "row:too_many_fields"]
        else:
            for column in contract.columns:
                value, reason = judged(fields[places[column.name]], column, contract)
                row.append(value)
                if reason:
                    reasons.append(f"{column.name}:{reason}")
        if reasons:
            result.rows_rejected += 1
            result.reject_reasons.update(reasons)
            rejects.append([str(line), ";".join(reasons), text])
        elif tuple(row) in seen:
            result.duplicates_dropped += 1
        else:
            seen.add(tuple(row))
            values = dict(zip((column.name for column in contract.columns), row, strict=True))
            result.days.append(values[contract.month_column])
            clean_rows.append([*row, *(derived(values, item.derivation) for item in contract.derived)])
    result.rows_clean = len(clean_rows)
    result.clean = csv_text([[column.name for column in contract.table_columns], *clean_rows])
    result.rejects = csv_text([["line", "reasons", "record"], *rejects])
    result.refused = result.rows_clean == 0 or result.rows_rejected > contract.max_rejected_share * result.rows_read
    return result


def csv_text(rows: list[list[str]]) -> bytes:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text

    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode()


# --- the file -------------------------------------------------------------------------------------------------------


def unzipped(raw: bytes, contract: Contract) -> bytes:
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        plain = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused("gzip") from error
    if len(plain) > contract.max_gzip_ratio * len(raw):
        raise Refused("gzip bomb")
    return plain


def decoded_lines(plain: bytes, result: Expected) -> list[str]:
    """The physical lines, each with its line end."""
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return physical_lines(plain.decode("utf-16"))
        except UnicodeDecodeError as error:
            raise Refused("utf-16") from error
    lines = []
    for line in re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", plain.removeprefix(b"\xef\xbb\xbf")):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append("".join(windows_character(byte) for byte in line))
            result.recoded_lines += 1
    return lines


def physical_lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def windows_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return bytes([byte]).decode("latin-1")


SENTINEL = "\0 the file ends here \0"


def records(lines: list[str], start: int, delimiter: str, contract: Contract) -> Iterator[tuple[int, str, list[str]]]:
    """(line number, text without its line end, fields) of each record that is not blank, from line index `start`."""
    taken = start

    def feed() -> Iterator[str]:
        nonlocal taken
        for line in lines[start:]:
            taken += 1
            yield line
        yield SENTINEL

    reader = csv.reader(feed(), delimiter=delimiter)
    while True:
        first = taken
        fields = next(reader)
        if first == len(lines):
            return
        if fields and fields[-1].endswith(SENTINEL):
            raise Refused("a quote is never closed")
        text = re.sub(r"(\r\n|\r|\n)\Z", "", "".join(lines[first:taken]))
        if not text.strip(" \t"):
            continue
        if len(text.encode()) > contract.max_record_bytes:
            raise Refused("record too long")
        yield first + 1, text, fields


def read_header(lines: list[str], contract: Contract) -> tuple[list[str], str, int]:
    """(folded names, delimiter, index of the line behind the header)"""
    by_header = {header: column.name for column in contract.columns for header in column.headers}
    for delimiter in contract.delimiters:
        try:
            first, text, fields = next(records(lines, 0, delimiter, contract))
        except (Refused, StopIteration):
            continue
        names = [folded(name) for name in fields]
        found = Counter(by_header[name] for name in names if name in by_header)
        if set(found) == {column.name for column in contract.columns}:
            if max(found.values()) > 1:
                raise Refused("a column is there twice")
            return names, delimiter, first - 1 + len(physical_lines(text + "\n"))
    raise Refused("columns are missing")


def folded(name: str) -> str:
    name = unicodedata.normalize("NFC", name).lower()
    return "_".join(re.findall("[a-z0-9]+", name))


# --- one value ------------------------------------------------------------------------------------------------------


def judged(raw: str, column: Column, contract: Contract) -> tuple[str, str]:  # noqa: C901 - one case a rule
    """(clean text, reason); the reason is empty where the value is fine."""
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if text.casefold() in {token.casefold() for token in contract.missing_tokens}:
        return "", "missing" if column.required else ""
    match column.rule:
        case Pattern() as rule:
            fits = rule.regex.fullmatch(text) and len(text.encode()) <= rule.max_bytes
            return (text, "") if fits else ("", "pattern")
        case Choice() as rule:
            value = rule.spellings.get(text.casefold())
            return ("", "not_allowed") if value is None else (value, "")
        case FreeText() as rule:
            return free_text(text, rule)
        case Whole() as rule:
            if not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", text):
                return "", "not_a_number"
            number = Decimal(text)
            if not rule.minimum <= number <= rule.maximum:
                return "", "out_of_range"
            return str(int(number)), ""
        case Amount() as rule:
            return amount(text, rule)
        case Day() as rule:
            day = day_of(text, rule)
            if day is None:
                return "", "not_a_date"
            return (day.isoformat(), "") if rule.first <= day <= rule.last else ("", "out_of_range")


def free_text(text: str, rule: FreeText) -> tuple[str, str]:
    if not text[0].isalnum() or any(unicodedata.category(character) == "Cc" for character in text):
        return "", "pattern"
    letters = sum(character.isalpha() for character in text)
    if text.casefold() in rule.spellings:
        text = rule.spellings[text.casefold()]
    elif text.islower() or (text.isupper() and letters > 3):
        text = unicodedata.normalize("NFC", titled(text))
    return (text, "") if len(text.encode()) <= rule.max_bytes else ("", "too_long")


def titled(text: str) -> str:
    result = ""
    for place, character in enumerate(text):
        if not character.isalpha():
            result += character
        elif place == 0 or text[place - 1] in " -/(&":
            result += character.upper()
        else:
            result += character.lower()
    return result


def amount(text: str, rule: Amount) -> tuple[str, str]:
    for currency in rule.currencies:
        behind = currency.isalpha() and text.casefold().endswith(currency.casefold())
        if text.casefold().startswith(currency.casefold()):
            text = text[len(currency) :].strip()
            break
        if behind:
            text = text[: -len(currency)].strip()
            break
    if not re.fullmatch(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?", text):
        return "", "not_a_number"
    with localcontext() as context:
        context.prec = len(text) + 10
        value = Decimal(text.replace(",", "")).quantize(Decimal(1).scaleb(-rule.scale), ROUND_HALF_UP)
        value += 0  # no negative zero
    if not rule.minimum <= value <= rule.maximum:
        return "", "out_of_range"
    return f"{value:f}", ""


TIME = re.compile(r"[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?(?:Z|[+-]([0-9]{2})(?::?([0-9]{2}))?)?")


def day_of(text: str, rule: Day) -> date | None:
    for layout in rule.formats:
        rest = text
        found: dict[str, int] = {}
        for part in re.findall("%.|[^%]+", layout):
            wanted = {"%Y": "[0-9]{4}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%b": "[^0-9 ]{3}"}.get(part)
            match = re.match(wanted or re.escape(part), rest)
            if match is None:
                break
            rest = rest[match.end() :]
            if part == "%b" and match[0].casefold() not in MONTHS:
                break
            if wanted:
                found[part[1]] = MONTHS.index(match[0].casefold()) + 1 if part == "%b" else int(match[0])
        else:
            if rest and not (layout == "%Y-%m-%d" and time_in_range(rest)):
                continue
            try:
                return date(found["Y"], found["m"] if "m" in found else found["b"], found["d"])
            except ValueError:
                continue
    return None


def time_in_range(rest: str) -> bool:
    match = TIME.fullmatch(rest)
    if match is None:
        return False
    hour, minute, second, offset_hours, offset_minutes = (int(part or 0) for part in match.groups())
    return hour < 24 and minute < 60 and second < 60 and offset_hours < 24 and offset_minutes < 60


def derived(values: dict[str, str], how: Month | Bands) -> str:
    source = values[how.source]
    match how:
        case Month():
            return source[:7]
        case Bands():
            if source == "":
                return how.missing
            return next(label for label, last in how.bands if last is None or int(source) <= last)

"""The rules of the contract, in pandas, over the distinct texts of a column.

`judge` is all that the engine calls. It gets every text that a column holds once, however many rows hold it, so a
rule costs nothing per row and may be written for the reader. Texts are `object` Series throughout: `casefold`,
`isalnum` and regular expressions are then Python's own, which the contract is written in.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pandas as pd

from retail_etl.contract import Amount, Bands, Choice, Column, Day, FreeText, Month, Pattern, Whole

type Texts = pd.Series[Any]
type Mask = npt.NDArray[np.bool_]


class Verdicts(NamedTuple):
    """What becomes of each text, in the order of the texts that were judged.

    `clean` is the text as the clean CSV holds it, empty where the value is missing or wrong; `reason` is the code of
    the first rule that the text breaks, empty where it breaks none.
    """

    clean: npt.NDArray[np.object_]
    reason: npt.NDArray[np.str_]


def judge(raw: Texts, column: Column, missing_tokens: frozenset[str]) -> Verdicts:
    """Judge field texts, as the CSV reader gives them, by the rule of their column. Each is expected once."""
    texts = _each(raw, normalised)
    missing = _are(texts, lambda text: text.casefold() in missing_tokens)
    clean, broken = _RULES[type(column.rule)](texts, column.rule)
    reason = np.full(len(texts), "", dtype=object)
    for code, which in reversed({"missing": missing, **broken}.items()):
        reason[which] = code
    return Verdicts(
        clean=np.where(reason == "", clean, ""),
        reason=reason if column.required else np.where(missing, "", reason),
    )


def derive(clean: Texts, how: Month | Bands) -> Texts:
    """The derived column's texts for clean texts of its source."""
    if isinstance(how, Month):
        return _each(clean, lambda text: text[: len("YYYY-MM")])

    def band(text: str) -> str:
        return next(label for label, top in how.bands if top is None or int(text) <= top) if text else how.missing

    return _each(clean, band)


def normalised(text: str) -> str:
    """Unicode NFC, trimmed, inner whitespace collapsed to one space."""
    return _composed(" ".join(text.split()))


def _composed(text: str) -> str:
    """Unicode NFC, but for what is too long for any column: a long row of accents would take hours."""
    return text if text.isascii() or len(text) > _LONGEST_COLUMN else normalize("NFC", text)


# Each rule below gets normalised texts. It answers with their clean form (anything, where a text breaks the rule) and
# with the ways to break it, in the order of precedence, each with the texts that do.
type Judged = tuple[Texts, Mapping[str, Mask]]


def _pattern(texts: Texts, rule: Pattern) -> Judged:
    fits = _are(texts, lambda text: rule.regex.fullmatch(text) and len(text.encode()) <= rule.max_bytes)
    return texts, {"pattern": ~fits}


def _choice(texts: Texts, rule: Choice) -> Judged:
    values = _each(texts, lambda text: rule.spellings.get(text.casefold()))
    return values, {"not_allowed": _absent(values)}


def _free_text(texts: Texts, rule: FreeText) -> Judged:
    clean = _each(texts, lambda text: rule.spellings.get(text.casefold()) or _cased(text))
    return clean, {
        "pattern": _are(texts, lambda text: not text[:1].isalnum() or _CONTROL.search(text)),
        "too_long": _are(clean, lambda text: len(text.encode()) > rule.max_bytes),
    }


def _whole(texts: Texts, rule: Whole) -> Judged:
    numbers = _each(texts, lambda text: Decimal(text) if _WHOLE.fullmatch(text) else None)
    return _within(numbers, rule.minimum, rule.maximum, "not_a_number", lambda number: str(int(number)))


def _amount(texts: Texts, rule: Amount) -> Judged:
    currency = _currency_pattern(rule.currencies)
    unit = Decimal(1).scaleb(-rule.scale)

    def read(text: str) -> Decimal | None:
        plain = currency.sub("", text, count=1)
        if not _DECIMAL.fullmatch(plain):
            return None
        return _EXACT.plus(Decimal(plain.replace(",", "")).quantize(unit, ROUND_HALF_UP, _EXACT))

    return _within(_each(texts, read), rule.minimum, rule.maximum, "not_a_number", "{:f}".format)


def _day(texts: Texts, rule: Day) -> Judged:
    layouts = [_layout_pattern(layout) for layout in rule.formats]
    days = _each(texts, lambda text: _read_day(text, layouts))
    return _within(days, rule.first, rule.last, "not_a_date", date.isoformat)


def _within(values: Texts, first: Any, last: Any, unreadable: str, written: Callable[[Any], str]) -> Judged:
    """Values that were read from texts (None where there is none to read), `written` if they are in the range."""
    clean = _each(values, lambda value: written(value) if first <= value <= last else None)
    return clean, {unreadable: _absent(values), "out_of_range": _absent(clean)}


_RULES: Mapping[type, Callable[[Texts, Any], Judged]] = {
    Pattern: _pattern,
    Choice: _choice,
    FreeText: _free_text,
    Whole: _whole,
    Amount: _amount,
    Day: _day,
}

_WHOLE = re.compile(r"[+-]?[0-9]+(\.0+)?")
_DECIMAL = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
_WORD_START = re.compile("(?:^|(?<=[ /(&-]))[a-z]")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")  # all of category Cc
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LONGEST_COLUMN = 4 * 65_535  # characters of decomposed text, for Redshift's VARCHAR(65535)
_ABBREVIATION = 3  # upper-case letters that may be one
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIVES = {"%Y": "(?P<year>[0-9]{4})", "%m": "(?P<month>[0-9]{1,2})", "%d": "(?P<day>[0-9]{1,2})"}
_DIRECTIVES["%b"] = f"(?P<name>(?i:{'|'.join(_MONTHS)}))"
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_TIME = rf"(?:[ T]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.[0-9]+)?)?(?:Z|[+-]{_HOUR}(?::?{_SIXTY})?)?)?"


def _each(values: Texts, function: Callable[[Any], Any]) -> Texts:
    """The function's answers, as Python objects; None stays None."""
    # Not Series.map: it would turn texts into Arrow's strings, whose `isalnum` and `upper` differ from Python's.
    answers = [None if value is None else function(value) for value in values.tolist()]
    return pd.Series(answers, values.index, dtype=object)


def _are(values: Texts, predicate: Callable[[Any], Any]) -> Mask:
    """Of which values the predicate is true."""
    return np.array([bool(predicate(value)) for value in values.tolist()], bool)


def _absent(values: Texts) -> Mask:
    return np.array([value is None for value in values.tolist()], bool)


def _cased(text: str) -> str:
    """In title case if it is all lower case, or all upper case and too long for an abbreviation."""
    if not (text.islower() or (text.isupper() and sum(map(str.isalpha, text)) > _ABBREVIATION)):
        return text
    if text.isascii():  # the same, a letter at a time in C
        return _WORD_START.sub(lambda start: start[0].upper(), text.lower())
    before = " " + text
    cased = (
        character if not character.isalpha() else character.upper() if previous in " -/(&" else character.lower()
        for previous, character in zip(before, text, strict=False)
    )
    return _composed("".join(cased))


def _currency_pattern(currencies: tuple[str, ...]) -> re.Pattern[str]:
    """One leading currency, or one trailing currency that is a word, with its spaces."""
    leading = "|".join(map(re.escape, currencies))
    trailing = "|".join(re.escape(currency) for currency in currencies if currency.isalpha())
    return re.compile(rf"^(?:{leading}) ?| ?(?:{trailing})$" if trailing else rf"^(?:{leading}) ?", re.IGNORECASE)


def _layout_pattern(layout: str) -> re.Pattern[str]:
    parts = re.split("(%.)", layout)
    time = _TIME if layout == "%Y-%m-%d" else ""
    return re.compile("".join(_DIRECTIVES.get(part) or re.escape(part) for part in parts) + time)


def _read_day(text: str, layouts: list[re.Pattern[str]]) -> date | None:
    for layout in layouts:
        if match := layout.fullmatch(text):
            parts = match.groupdict()
            month = parts.get("month") or _MONTHS.index(parts["name"].casefold()) + 1
            try:
                return date(int(parts["year"]), int(month), int(parts["day"]))
            except ValueError:
                continue
    return None

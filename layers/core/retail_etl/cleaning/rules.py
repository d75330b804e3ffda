"""The rules of the contract, in pandas, over the distinct texts of a column.

`judge` is all that the engine calls. It gets every text that a column holds once, however many rows hold it, so a
rule costs nothing per row and may be written for the reader. Texts are `object` Series throughout: `casefold`,
`isalnum` and regular expressions are then Python's own, which the contract is written in.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
import pandas as pd

from retail_etl.contract import Amount, Bands, Choice, Column, Day, FreeText, Month, Pattern, Whole

type Texts = pd.Series[Any]
type Mask = pd.Series[bool]
type Counts = pd.Series[int]


class Verdicts(NamedTuple):
    """What becomes of each text, on the index of the texts that were judged.

    `clean` is the text as the clean CSV holds it, empty where the value is missing or wrong; `reason` is the code of
    the first rule that the text breaks, empty where it breaks none.
    """

    clean: Texts
    reason: Texts


def judge(raw: Texts, column: Column, missing_tokens: frozenset[str]) -> Verdicts:
    """Judge field texts, as the CSV reader gives them, by the rule of their column."""
    texts = raw.map(normalised)
    missing = texts.str.casefold().isin(missing_tokens)
    verdicts = Verdicts(_all(texts, ""), _all(texts, ""))
    if column.required:
        verdicts.reason[missing] = "missing"
    present = texts[~missing]
    if len(present):
        clean, broken = _RULES[type(column.rule)](present, column.rule)
        reason = _all(present, "")
        for code, mask in reversed([*broken.items()]):
            reason[mask] = code
        verdicts.reason.update(reason)
        verdicts.clean.update(clean[reason == ""])
    return verdicts


def derive(clean: Texts, how: Month | Bands) -> Texts:
    """The derived column's texts for clean texts of its source."""
    if isinstance(how, Month):
        return clean.str.slice(stop=len("YYYY-MM"))
    tops = [np.inf if top is None else top for _, top in how.bands]
    labels = np.array([label for label, _ in how.bands], dtype=object)
    present = clean[clean != ""]
    return pd.Series(labels[np.searchsorted(tops, present.astype(float))], present.index).reindex(
        clean.index, fill_value=how.missing
    )


def normalised(text: str) -> str:
    """Unicode NFC, trimmed, inner whitespace collapsed to one space."""
    return " ".join(normalize("NFC", text).split())


# Each rule below gets the texts that are present, normalised, and answers with their clean form (where a text breaks
# the rule, anything) and, in the order of precedence, which texts break it in what way.
type Judged = tuple[Texts, Mapping[str, Mask]]


def _pattern(texts: Texts, rule: Pattern) -> Judged:
    fits = texts.str.fullmatch(rule.regex) & (_utf8_length(texts) <= rule.max_bytes)
    return texts, {"pattern": ~fits}


def _choice(texts: Texts, rule: Choice) -> Judged:
    values = texts.str.casefold().map(rule.spellings)
    return values, {"not_allowed": values.isna()}


def _free_text(texts: Texts, rule: FreeText) -> Judged:
    starts_well = texts.str[0].str.isalnum()
    one_case = texts.str.islower() | (texts.str.isupper() & (texts.map(_letters) > 3))
    spelled = texts.mask(one_case, texts[one_case].map(_title_case))
    known = texts.str.casefold().map(rule.spellings)
    clean = spelled.mask(known.notna(), known)
    return clean, {
        "pattern": ~starts_well | texts.str.contains(_CONTROL),
        "too_long": _utf8_length(clean) > rule.max_bytes,
    }


def _whole(texts: Texts, rule: Whole) -> Judged:
    numeric = texts.str.fullmatch(_WHOLE)
    numbers = texts[numeric].map(Decimal)
    clean = numbers[_within(numbers, rule.minimum, rule.maximum)].map(int).astype(str).reindex(texts.index)
    return clean, {"not_a_number": ~numeric, "out_of_range": clean.isna()}


def _amount(texts: Texts, rule: Amount) -> Judged:
    plain = texts.str.replace(_currency_pattern(rule.currencies), "", n=1, regex=True)
    numeric = plain.str.fullmatch(_DECIMAL)
    numbers = plain[numeric].str.replace(",", "").map(Decimal)
    # Rounding moves a number by less than one; what is further out need not be rounded, however long it is.
    near = numbers[_within(numbers, rule.minimum - 1, rule.maximum + 1)]
    cents = Decimal(1).scaleb(-rule.scale)
    rounded = near.map(lambda number: number.quantize(cents, context=_HALF_UP) + 0)
    clean = rounded[_within(rounded, rule.minimum, rule.maximum)].map("{:f}".format).reindex(texts.index)
    return clean, {"not_a_number": ~numeric, "out_of_range": clean.isna()}


def _day(texts: Texts, rule: Day) -> Judged:
    layouts = [_layout_pattern(layout) for layout in rule.formats]
    days = texts.map(lambda text: _read_day(text, layouts))
    known = days.notna()
    clean = days[known][_within(days[known], rule.first, rule.last)].map(date.isoformat).reindex(texts.index)
    return clean, {"not_a_date": ~known, "out_of_range": clean.isna()}


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
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")  # all of category Cc
_HALF_UP = Context(prec=100, rounding=ROUND_HALF_UP)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIVES = {"%Y": "(?P<year>[0-9]{4})", "%m": "(?P<month>[0-9]{1,2})", "%d": "(?P<day>[0-9]{1,2})"}
_DIRECTIVES["%b"] = f"(?P<name>(?i:{'|'.join(_MONTHS)}))"
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_TIME = rf"(?:[ T]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.[0-9]+)?)?(?:Z|[+-]{_HOUR}(?::?{_SIXTY})?)?)?"


def _all(texts: Texts, value: str) -> Texts:
    return pd.Series(value, texts.index, dtype=object)


def _within(values: Texts, first: Any, last: Any) -> Mask:
    within: Mask = (values >= first) & (values <= last)
    return within


def _utf8_length(texts: Texts) -> Counts:
    return texts.map(lambda text: len(text.encode()))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _title_case(text: str) -> str:
    before = " " + text
    cased = (
        character if not character.isalpha() else character.upper() if previous in " -/(&" else character.lower()
        for previous, character in zip(before, text, strict=False)
    )
    return normalize("NFC", "".join(cased))


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

"""Fields that are clean as they stand, told by their looks alone, without a rule being asked.

Each check may say no to a text that is fine: the rule then decides. It never says yes to one that the rule would
change or reject. `tests/unit/cleaning/test_plain.py` holds the two against each other.
"""

import re
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from retail_etl.cleaning.records import Mask, Offsets
from retail_etl.cleaning.texts import cut_out, numbers_at, parts_of
from retail_etl.contract import Amount, Contract, FreeText, Pattern, Rule

type PlainCheck = Callable[[bytes, Offsets, Offsets], Mask]
"""Tells of the parts of a text that start and end at these places which are plain."""


def plain_check(rule: Rule, contract: Contract) -> PlainCheck | None:
    """The check for a rule, or None: the rule has none, or the contract lets its texts mean something else."""
    match rule:
        case Pattern() if characters := _CLASS_PATTERN.fullmatch(rule.regex.pattern):
            return _plain_identifiers(rule, characters, contract.missing_tokens)
        case Amount() if 0 < rule.scale < len("00000.00") - 1 and not any(
            token[:1].isdigit() for token in contract.missing_tokens
        ):
            return _plain_amounts(rule)
    return None


_CLASS_PATTERN = re.compile(r"(\[(?!\^)[^\]\\]+\])\{(\d+),(\d+)\}")


def _plain_identifiers(rule: Pattern, pattern: re.Match[str], missing_tokens: frozenset[str]) -> PlainCheck:
    """For patterns of the form `[class]{shortest,longest}`: ASCII characters of the class, no missing token."""
    allowed = re.compile(pattern[1], rule.regex.flags)
    wrong = bytes(not (32 < byte < 127 and byte not in b',"' and allowed.fullmatch(chr(byte))) for byte in range(256))
    shortest = max(int(pattern[2]), 1, *(len(token) + 1 for token in missing_tokens))
    longest = min(int(pattern[3]), rule.max_bytes)

    def check(text: bytes, starts: Offsets, ends: Offsets) -> Mask:
        lengths = ends - starts
        plain: Mask = (shortest <= lengths) & (lengths <= longest)
        offsets, data = parts_of(cut_out(text, starts, ends))
        found = data.tobytes().translate(wrong)
        if b"\1" in found:
            places = np.flatnonzero(np.frombuffer(found, bool))
            plain[np.searchsorted(offsets, places, side="right") - 1] = False
        return plain

    return check


def _plain_amounts(rule: Amount) -> PlainCheck:
    """Digits, a point and as many digits as the scale, in at most eight characters, without leading zeros.

    The eight characters before the end of a text are read as one number whose lowest byte is the last character, and
    compared with `00000.00`: what is left is zero at the point and 0 to 9 elsewhere, and numbers of that form are in
    the order of the amounts that they stand for.
    """
    zeros = f"{0:0>{8 - rule.scale - 1}}.{0:0>{rule.scale}}"
    template = _big_endian(zeros)
    room = Decimal(zeros.replace("0", "9"))
    lowest = _big_endian(f"{min(max(rule.minimum, Decimal(0)), room):0>8.{rule.scale}f}") ^ template
    highest = _big_endian(f"{max(min(rule.maximum, room), Decimal(0)):0>8.{rule.scale}f}") ^ template
    high_bits = np.uint64(0x8080808080808080)
    to_high_bit = np.uint64(_big_endian(re.sub(".", lambda c: "\x7f" if c[0] == "." else "\x76", zeros)))
    shortest = len("0.") + rule.scale
    kept = np.array([(1 << 8 * length) - 1 for length in range(9)], np.uint64)
    first_digit = np.array([1 << 8 * max(length - 1, 0) for length in range(9)], np.uint64)
    first_digit[shortest] = 0

    def check(text: bytes, starts: Offsets, ends: Offsets) -> Mask:
        lengths = ends - starts
        short_enough = np.minimum(lengths, 8)
        digits = (numbers_at(text, ends - 8, ">")[:, 0] ^ template) & kept.take(short_enough)
        plain: Mask = (
            (shortest <= lengths)
            & (lengths <= 8)
            & (((digits + to_high_bit) | digits) & high_bits == 0)
            & (digits >= first_digit.take(short_enough))
            & (lowest <= digits)
            & (digits <= highest)
        )
        return plain

    return check


def _big_endian(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(text.encode("latin-1"), "big"))


def plain_text(rule: Rule, missing_tokens: frozenset[str]) -> re.Pattern[str] | None:
    """What fully matches plain texts of a rule, for which it is enough to look at the distinct ones; or None.

    Of free text: ASCII words with one space between them, the first one capitalized (then the text is neither all
    lower nor all upper case), and too long for a missing token.
    """
    shortest = max((len(token) + 1 for token in missing_tokens), default=len("Ab"))
    if not isinstance(rule, FreeText) or rule.spellings or rule.max_bytes < shortest:
        return None
    return re.compile(rf"(?=.{{{shortest},{rule.max_bytes}}}\Z)[A-Z][a-z]{_WORD}*(?: {_WORD}+)*")


_WORD = "[A-Za-z0-9.'&/-]"

"""What sqlglot's grammar forgives and Redshift's does not: the syntax errors that tokens alone show.

A statement is looked at as one line of words: a text is ``'``, a quoted name ``"``, a number ``0``, and everything else
its own text in capitals, with GROUP BY as GROUP_BY. A rule is a pattern over that line; the last word that it matches
is the one that the error names.
"""

from __future__ import annotations

import itertools
import re
from typing import NoReturn

from sqlglot.dialects.redshift import Redshift
from sqlglot.tokenizer_core import Token, TokenType

from .errors import SqlError, refuse_if

# "Reserved words", but those that stand for values.
_RESERVED = """
    AES128 AES256 ALL ALLOWOVERWRITE ANALYSE ANALYZE AND ANY ARRAY AS ASC AUTHORIZATION AZ64 BACKUP BETWEEN
    BINARY BLANKSASNULL BOTH BYTEDICT BZIP2 CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CREDENTIALS CROSS
    DEFERRABLE DEFLATE DEFRAG DELTA DELTA32K DESC DISABLE DISTINCT DO ELSE EMPTYASNULL ENABLE ENCODE ENCRYPT
    ENCRYPTION END EXCEPT EXPLICIT FALSE FOR FOREIGN FREEZE FROM FULL GLOBALDICT256 GLOBALDICT64K GRANT GROUP
    GZIP HAVING IDENTITY IGNORE ILIKE IN INITIALLY INNER INTERSECT INTERVAL INTO IS ISNULL JOIN LEADING LEFT
    LIKE LIMIT LUN LUNS LZO LZOP MINUS MOSTLY16 MOSTLY32 MOSTLY8 NATURAL NEW NOT NOTNULL NULL NULLS OFF OFFLINE
    OFFSET OID OLD ON ONLY OPEN OR ORDER OUTER OVERLAPS PARALLEL PARTITION PERCENT PERMISSIONS PIVOT PLACING
    PRIMARY RAW READRATIO RECOVER REFERENCES REJECTLOG RESORT RESPECT RESTORE RIGHT SELECT SIMILAR SNAPSHOT SOME
    SYSTEM TABLE TAG TDES TEXT255 TEXT32K THEN TIMESTAMP TO TOP TRAILING TRUE TRUNCATECOLUMNS UNION UNIQUE
    UNNEST UNPIVOT USING VERBOSE WALLET WHEN WHERE WITH WITHOUT
"""
RESERVED = set(_RESERVED.split())
NO_NAMES = RESERVED | {
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "CURRENT_USER_ID", "DEFAULT", "LOCALTIME",
    "LOCALTIMESTAMP", "SESSION_USER", "SYSDATE", "USER",
}  # fmt: skip


_WORDS = "|".join(sorted(RESERVED - {"NOT"}))
_NEVER = (
    r"(?:,|GROUP_BY|ORDER_BY|PARTITION_BY) (?:FROM|WHERE|GROUP_BY|ORDER_BY|\)|,)",  # nothing in a list
    r"(?:SELECT|\() ,",
    r"DISTINCT \)",
    r"^AS",
    r"0 0",
    r"AS ['0]",
    rf"(?!CASE|END)({_WORDS}) \1",  # a word twice
    rf"(?:['\"0)]|(?!(?:{_WORDS}|NOT|QUALIFY)\b)[A-Z_]\w*) NOT NULL",  # without IS
    r"(?:UNION|EXCEPT|INTERSECT|GROUP_BY) DISTINCT",
    r"INTO TABLE",
    r"(?<!LEFT )(?<!RIGHT )(?<!FULL )OUTER",
    r"(?:EXTRACT|POSITION) \( \S+ ,",
    r"(?:RLIKE|REGEXP) '",
    r"==",
    r"! (?!~)\S+",
)
# By the first word, and for the others.
_NEVER_IN = {
    "SELECT": (r"\) \(", r"USING (?!\()\S+"),
    "INSERT": (r"\) \( (?!SELECT|WITH|\()\S+", r"VALUES (?!\()\S+", r"VALUES \( \)"),
    "WITH": (r"\) \(", rf"(?:,|WITH) (?!(?:{_WORDS}|NOT|EXISTS)\b)[A-Z_]\w* \( SELECT"),
    "": (r"\) \(",),
}
_AT_THE_END = r"(?<!\S)(?:,|AS|FROM|WHERE|GROUP_BY|HAVING|QUALIFY|ORDER_BY|LIMIT|OFFSET|SET|OVER|(?<!DEFAULT )VALUES)$"


def _rules(verb: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(_NEVER + _NEVER_IN[verb])})(?!\S)")


_PATTERNS = {verb: _rules(verb) for verb in _NEVER_IN}


def check(found: list[Token]) -> None:
    """SqlError for a statement whose tokens no grammar of Redshift's takes."""
    found = [*found[:1], *(_plain(before, token) for before, token in itertools.pairwise(found))]
    line = " ".join(map(_word, found))
    verb = line.partition(" ")[0]
    if wrong := (_PATTERNS.get(verb) or _PATTERNS[""]).search(line):
        _near(found[line.count(" ", 0, wrong.end())])
    _balanced(found)
    _ordered_clauses(found)
    if re.search(_AT_THE_END, line):
        raise SqlError("syntax error at end of input")
    for token, following in itertools.pairwise(found):
        touching = token.token_type in _NAMES and following.text == ":" and token.end + 1 == following.start
        refuse_if(touching, "SUPER paths with :")
        odd = token.token_type is TokenType.INTERVAL and following.token_type is TokenType.STRING
        refuse_if(odd and _QUANTITY.sub("", following.text).strip(" :.+-"), f"the interval '{following.text}'")


_NAMES = Redshift.Parser.ID_VAR_TOKENS | {TokenType.IDENTIFIER}
_QUANTITY = re.compile(r"[+-]?\d+(?:\.\d+)?\s*[A-Za-z]*\s*,?\s*")


def _plain(before: Token, token: Token) -> Token:
    """The token, as a mere name where any word is one: a parameter (``:from``), behind a point, a label behind AS."""
    parameter = before.token_type is TokenType.COLON and before.end + 1 == token.start
    named = parameter or before.token_type in (TokenType.DOT, TokenType.ALIAS)
    if not named or not token.text.isidentifier() or token.token_type is TokenType.STRING:
        return token
    return Token(TokenType.IDENTIFIER, token.text, token.line, token.col, token.start, token.end)


def _word(token: Token) -> str:
    short = {TokenType.STRING: "'", TokenType.IDENTIFIER: '"', TokenType.NUMBER: "0"}.get(token.token_type)
    return short or re.sub(r"\s+", "_", token.text.upper())


def _near(token: Token) -> NoReturn:
    raise SqlError(f'syntax error at or near "{token.text}" Position: {token.start};')


def _balanced(found: list[Token]) -> None:
    """Parentheses close, every BETWEEN has its AND, every WHEN its THEN."""
    betweens, whens = [0], 0
    for before, token in itertools.pairwise([*found[:1], *found]):
        kind = token.token_type
        whens += (kind is TokenType.WHEN) - (kind is TokenType.THEN)
        if kind is TokenType.L_PAREN:
            betweens.append(0)
        elif kind in (TokenType.R_PAREN, TokenType.COMMA) and (betweens[-1] or (betweens == [0] and token.text == ")")):
            _near(token)
        elif kind is TokenType.R_PAREN:
            betweens.pop()
        elif kind is TokenType.BETWEEN:
            betweens[-1] += 1
        elif kind is TokenType.AND and not betweens[-1] and before.text.upper() in ("PRECEDING", "FOLLOWING"):
            _near(token)
        elif kind is TokenType.AND:
            betweens[-1] = max(betweens[-1] - 1, 0)
    if betweens != [0] or whens:
        raise SqlError("syntax error at end of input")


_CLAUSES = {TokenType.FROM: 1, TokenType.WHERE: 2, TokenType.GROUP_BY: 3, TokenType.HAVING: 4, TokenType.QUALIFY: 5,
            TokenType.ORDER_BY: 6, TokenType.LIMIT: 7, TokenType.OFFSET: 7}  # fmt: skip
_ANEW = {TokenType.SELECT, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.UPDATE, TokenType.DELETE,
         TokenType.INSERT, TokenType.MERGE}  # fmt: skip


def _ordered_clauses(found: list[Token]) -> None:
    """The clauses of a SELECT come in their order; sqlglot takes any."""
    reached, kind = [0], TokenType.SELECT
    for token in found:
        before, kind = kind, token.token_type
        if kind is TokenType.L_PAREN:
            reached.append(0)
        elif kind is TokenType.R_PAREN:
            reached.pop()
        elif kind in _ANEW:
            reached[-1] = 0
        rank = _CLAUSES.get(kind, 0) if before is not TokenType.DISTINCT else 0  # IS DISTINCT FROM
        if kind is TokenType.FOR and reached[-1] != _CLAUSES[TokenType.FROM]:
            _near(token)  # SUBSTRING (x FROM n FOR m) and nothing else
        limited = reached[-1] == _CLAUSES[TokenType.LIMIT] and kind in (TokenType.COMMA, TokenType.ROWS)
        if limited or 0 < rank < reached[-1]:
            _near(token)
        reached[-1] = max(rank, reached[-1])

"""Reading Redshift SQL: sqlglot's Redshift grammar with all its knowledge of functions taken away.

sqlglot folds functions of many dialects into common classes and so forgets which one was written. Here every
call stays a call under its own name, so that the allow-list (``functions.py``) sees what the user wrote.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from . import strict
from .errors import Refused, SqlError, fail_if, refuse_if
from .strict import NO_NAMES, RESERVED

# Types of other databases, which sqlglot reads as those of Redshift.
_FOREIGN = {"STR", "STRING", "CLOB", "LONGVARCHAR", "DOUBLE", "INT16", "SHORT", "INT32", "INT64", "LONG", "NUMBER",
            "FIXED", "VARCHAR2", "NVARCHAR2", "TIMESTAMPNTZ", "TIMESTAMP_NTZ"}  # fmt: skip


def _approximate(parser: Any) -> exp.Expr | None:
    """``APPROXIMATE f(...)`` becomes a call named ``approximate f``."""
    call = parser._parse_function()  # noqa: SLF001 - sqlglot's own extension point
    if isinstance(call, exp.WithinGroup):
        raise Refused(f"APPROXIMATE {call.this.name.upper()}")
    return exp.Anonymous(this=f"approximate {call.name}", expressions=call.expressions) if call else None


class Syntax(Redshift):
    class Tokenizer(Redshift.Tokenizer):
        COMMANDS: ClassVar[set[TokenType]] = set()
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: kind for word, kind in Redshift.Tokenizer.KEYWORDS.items() if word not in _FOREIGN
        }

    class Parser(Redshift.Parser):  # type: ignore[valid-type,misc]  # set by sqlglot's metaclass
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        # A parameter may be named like a keyword, or by a number.
        COLON_PLACEHOLDER_TOKENS: ClassVar[set[TokenType]] = {
            *Redshift.Parser.ID_VAR_TOKENS,
            *Redshift.Tokenizer.KEYWORDS.values(),
            TokenType.NUMBER,
        }
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: Redshift.Parser.FUNCTION_PARSERS[name]
            for name in ("CAST", "TRY_CAST", "CONVERT", "EXTRACT", "SUBSTRING", "TRIM", "POSITION")
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            **{name: Redshift.Parser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE", "SYSDATE")},
            "APPROXIMATE": _approximate,
        }

        def _parse_join(self, *args: Any, **kwargs: Any) -> exp.Join | None:
            """A JOIN without a condition is not the comma that sqlglot takes it for."""
            comma = self._curr is not None and self._curr.token_type is TokenType.COMMA
            join: exp.Join | None = super()._parse_join(*args, **kwargs)
            if join is not None and not comma and not join.args.get("kind") and not join.args.get("method"):
                join.set("kind", "OUTER" if join.args.get("side") else "INNER")
            return join


class _Single(Syntax):
    """PRIMARY KEY, DOUBLE PRECISION and their like are several tokens."""

    class Tokenizer(Syntax.Tokenizer):
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: kind for word, kind in Syntax.Tokenizer.KEYWORDS.items() if " " not in word
        }


_DIALECT, _SINGLE = Syntax(), _Single()
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))  # a tree of some hundred operators is walked by calls


def parse(sql: str) -> exp.Expr:
    """One statement as a tree. SqlError for none, for several, and for text that the grammar does not know."""
    found = tokenize(sql)
    strict.check(found)
    try:
        trees = [
            tree
            for tree in _DIALECT.parser().parse(_typed(found), sql)
            if tree is not None and not isinstance(tree, exp.Semicolon)
        ]
    except RecursionError:
        raise SqlError("stack depth limit exceeded") from None
    except (ParseError, TokenError, IndexError, ValueError) as broken:
        exotic(sql)
        raise SqlError(_syntax_error(sql, broken)) from None
    for tree in trees:
        for name in tree.find_all(exp.Identifier):
            _name(name, sql)
    if len(trees) != 1:
        raise SqlError("cannot insert multiple commands into a prepared statement" if trees else "empty statement")
    return trees[0]


def _name(node: exp.Identifier, sql: str) -> None:
    """A name in a query: no reserved word, but behind a point or as AS label."""
    _sized(node.name)
    if not node.args.get("quoted") and node.name.upper() in RESERVED:
        before = sql[: node.meta.get("start", 0)].rstrip()
        label = isinstance(node.parent, exp.Alias) and before[-2:].upper() == "AS"
        fail_if(not (label or before.endswith(".")), f'syntax error at or near "{node.name}"')


def _sized(name: str) -> None:
    if not 0 < len(name.encode()) <= 127:
        raise Refused("a name of more than 127 bytes") if name else SqlError("zero-length delimited identifier")


_TYPED = {TokenType.DATE, TokenType.TIMESTAMP, TokenType.TIMESTAMPTZ, TokenType.BOOLEAN, TokenType.INTERVAL}


def _typed(found: list[Token]) -> list[Token]:
    """``DATE '...'::type`` with parentheses around what belongs together; sqlglot binds ``::`` to the text alone."""
    out = list(found)
    for at in reversed(range(len(found) - 2)):
        kind, text, mark = found[at : at + 3]
        if text.token_type is TokenType.STRING and mark.token_type is TokenType.DCOLON:
            if kind.token_type in _TYPED:
                out.insert(at + 2, Token(TokenType.R_PAREN, ")", text.line, text.col, text.end, text.end))
                out.insert(at, Token(TokenType.L_PAREN, "(", kind.line, kind.col, kind.start, kind.start))
            elif kind.text.upper() == "ZONE":
                raise Refused("a literal WITH TIME ZONE before :: without parentheses")
    return out


def exotic(sql: str) -> None:
    """Refuse by name what is Redshift's syntax, but not in the grammar used here."""
    plain = re.sub(r"'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|--[^\n]*", "''", sql)
    for pattern, feature in _EXOTIC.items():
        refuse_if(re.search(pattern, plain, re.IGNORECASE), feature)


_EXOTIC = {
    r"\bAPPROXIMATE\b": "APPROXIMATE",
    r"\b(CONNECT\s+BY|START\s+WITH)\b": "CONNECT BY",
    r"\b(?:UN)?PIVOT\b": "PIVOT and UNPIVOT",
    r"(?<![<>@])@(?!>)": "the operator @",
    r"#(?!\w)": "the operator #",
    r"\bINTERVAL\b": "this form of INTERVAL",
    r"\b(?:ROLLUP|CUBE)\b": "this form of ROLLUP or CUBE",
    r"\bOVERLAPS\b": "OVERLAPS",
    r"\bAS\s+OF\b|\bLATERAL\b|\bTABLESAMPLE\b": "this form of FROM",
    r"\[": "arrays and SUPER paths",
    r"\b(?:ANTI|ASOF|DESCRIBE|FETCH|RETURNING|SEMI|WINDOW)\b": "FETCH, RETURNING, WINDOW and their like as names",
    r"\$\$": "dollar-quoted text",
}


def _syntax_error(sql: str, broken: Exception) -> str:
    found = broken.errors[0] if isinstance(broken, ParseError) and broken.errors else {}
    if found.get("highlight"):
        before = "\n".join(sql.splitlines()[: found["line"] - 1])
        return f'syntax error at or near "{found["highlight"]}" Position: {len(before) + found["col"]};'
    return "syntax error"


@functools.lru_cache(256)
def tokenize(sql: str, dialect: Redshift = _DIALECT) -> list[Token]:
    """The tokens of a statement; nobody changes them. SqlError for text that has none."""
    try:
        return list(dialect.tokenize(sql))
    except (TokenError, RecursionError, IndexError, ValueError) as broken:
        raise SqlError(_syntax_error(sql, broken)) from None


class Words:
    """A cursor over the tokens of a statement that this package parses itself (COPY, GRANT, CREATE USER ...)."""

    def __init__(self, sql: str) -> None:
        self.tokens = [t for t in tokenize(sql, _SINGLE) if t.token_type is not TokenType.SEMICOLON]
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word in capitals; empty at the end and for quoted things."""
        if self.at + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.at + ahead]
        quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        return "" if quoted else token.text.upper()

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def take(self, *words: str) -> bool:
        """Step over these words if they all come next."""
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def end(self) -> None:
        if not self.done:
            self.fail()

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            self.fail()

    def cascade(self) -> bool:
        """CASCADE, RESTRICT or nothing, and the end."""
        found = self.take("CASCADE")
        self.take("RESTRICT")
        self.end()
        return found

    def fail(self) -> NoReturn:
        near = self.tokens[self.at].text if not self.done else "end of input"
        raise SqlError(f'syntax error at or near "{near}"')

    def next_is_string(self) -> bool:
        return not self.done and self.tokens[self.at].token_type is TokenType.STRING

    def string(self) -> str:
        if not self.next_is_string():
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1].text

    def word(self) -> str:
        """The next token as it stands, whatever it is."""
        if self.done:
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1].text

    def name(self) -> str:
        """An identifier: folded to lower case, quoted or not, as Redshift does by default."""
        if self.done or self.next_is_string():
            self.fail()
        quoted = self.tokens[self.at].token_type is TokenType.IDENTIFIER
        text = self.word()
        if not quoted and not text.removeprefix("#").replace("_", "a").replace("$", "a").isalnum():
            self.at -= 1
            self.fail()
        fail_if(not quoted and text.upper() in NO_NAMES, f'syntax error at or near "{text}"')
        _sized(text)
        return text.lower()

    def role(self) -> str:
        """The name of a user or role: in quotes it keeps its case ("IAMR:MyRole")."""
        quoted = not self.done and self.tokens[self.at].token_type is TokenType.IDENTIFIER
        return self.word() if quoted else self.name()

    def qualified(self) -> tuple[str, ...]:
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return tuple(parts)

    def relation(self) -> tuple[str, str]:
        """A table or view: its schema, or nothing, and its name."""
        parts = self.qualified()
        refuse_if(len(parts) > 2, "names with a database")
        return (parts[0] if len(parts) == 2 else "", parts[-1])

    def several[T](self, read: Callable[[], T]) -> list[T]:
        """What ``read`` reads, once or more, with commas between."""
        found = [read()]
        while self.take(","):
            found.append(read())
        return found

    def names(self) -> list[str]:
        """``( a, b, c )``"""
        self.expect("(")
        found = self.several(self.name)
        self.expect(")")
        return found

    def rest(self, sql: str) -> str:
        """The text from here to the end of the statement."""
        if self.done:
            self.fail()
        return sql[self.tokens[self.at].start :].strip().rstrip(";")

    def skip(self) -> None:
        """Past what stands in parentheses here."""
        depth = 0
        while not self.done:
            depth += (self.peek() == "(") - (self.peek() == ")")
            self.at += 1
            if depth == 0:
                return

    def integer(self) -> int:
        text = self.word()
        if not text.isdecimal():
            self.at -= 1
            self.fail()
        return int(text)


def main_verb(words: Words) -> str:
    """The word that says what a statement does; the cursor stands there, behind WITH and its queries."""
    if words.peek() != "WITH":
        return words.peek()
    while not words.done and words.peek() not in ("SELECT", "UPDATE", "DELETE", "INSERT", "MERGE"):
        words.skip()
    return words.peek() if words.peek() in ("UPDATE", "DELETE") else "WITH"

"""What CREATE TABLE and ALTER TABLE say of columns: types, attributes, keys, and how a table is spread and sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from .catalogue import Relation, TableColumn, known
from .errors import SqlError, fail_if, refuse_if
from .syntax import Words, parse
from .types import Type, from_ast

if TYPE_CHECKING:
    from .session import Session

# The types that an encoding is for ("Compression encodings").
_NUMBERS = "int2 int4 int8 numeric"
_ANY = f"{_NUMBERS} float4 float8 bool bpchar varchar date timestamp timestamptz"
ENCODINGS = {
    "az64": f"{_NUMBERS} date timestamp timestamptz",
    "bytedict": _ANY.replace("bool ", ""),
    "delta": f"{_NUMBERS} date timestamp",
    "delta32k": "int4 int8 numeric date timestamp",
    "lzo": f"{_NUMBERS} bpchar varchar date timestamp timestamptz",
    "mostly8": _NUMBERS,
    "mostly16": "int4 int8 numeric",
    "mostly32": "int8 numeric",
    "text255": "varchar",
    "text32k": "varchar",
    **dict.fromkeys(("raw", "runlength", "zstd"), _ANY),
}


class Definitions:
    """Reads columns and keys of a table (which may refer to itself), one after the other."""

    def __init__(self, session: Session, words: Words, sql: str, table: str) -> None:
        self.session, self.words, self.sql, self.table = session, words, sql, table
        self.columns: list[TableColumn] = []
        self.keys: list[tuple[list[str], bool]] = []  # the columns of each, and whether it is the primary one

    def all(self) -> tuple[TableColumn, ...]:
        """``( column | key | LIKE table, ... )``"""
        self.words.expect("(")
        self.words.several(self.one)
        self.words.expect(")")
        fail_if(len(self.columns) > 1600, "tables can have at most 1600 columns")
        return self.keyed(unique(self.columns))

    def one(self) -> None:
        if self.words.take("LIKE"):
            self._like()
        elif not self._key():
            self._column()

    def keyed(self, columns: Iterable[TableColumn]) -> tuple[TableColumn, ...]:
        """These columns with the keys, which inform the planner: Redshift does not enforce them, nor does this."""
        if sum(primary for _, primary in self.keys) > 1:
            raise SqlError(f'multiple primary keys for table "{self.table}" are not allowed')
        changed = {c.name: c for c in columns}
        for names, primary in self.keys:
            for name in names:
                column = changed[known("column", name, changed)]
                changed[name] = replace(column, keyed=True, nullable=column.nullable and not primary)
        return tuple(changed.values())

    def _like(self) -> None:
        source = self.session.catalogue.get(*self.words.relation())
        defaults = self.words.take("INCLUDING", "DEFAULTS")
        self.words.take("EXCLUDING", "DEFAULTS")
        plain = (replace(c, identity=None, keyed=False) for c in source.columns)
        self.columns.extend(c if defaults else replace(c, default="") for c in plain)

    def _key(self, column: str = "") -> bool:
        """Whether a key comes here: of this column, or of those that it lists."""
        words = self.words
        named = not column and words.take("CONSTRAINT") and words.name()
        primary, unique = words.take("PRIMARY", "KEY"), words.take("UNIQUE")
        foreign = words.peek() == "REFERENCES" if column else words.take("FOREIGN", "KEY")
        if not (primary or unique or foreign):
            return bool(named) and words.fail()
        self.keys.append(([column] if column else words.names(), primary))
        if foreign:
            words.expect("REFERENCES")
            if (other := words.relation())[1] != self.table:
                self.session.catalogue.get(*other)
            if words.peek() == "(":
                words.names()
        return True

    def _column(self) -> None:
        column, words = TableColumn(self.words.name(), data_type(self.words)), self.words
        while words.peek() not in (",", ")") and not words.done:
            if not self._key(column.name):
                column = replace(column, **self._attribute())
        if column.encode and column.type.name not in ENCODINGS[column.encode].split():
            raise SqlError(f'invalid encoding type specified for column "{column.name}"')
        if column.default:  # "CREATE TABLE", DEFAULT: without columns and subqueries, and of the column's type
            given = parse(f"SELECT ({column.default})")
            fail_if(given.find(exp.Subquery), "cannot use subquery in default expression")
            refuse_if(given.find(exp.Placeholder), "parameters in a DEFAULT")
            self.session.default(column, Relation("", "", ()), self.session.binder())
        self.columns.append(column)

    def _attribute(self) -> dict[str, Any]:
        """The fields of :class:`TableColumn` that an attribute sets."""
        for phrase, read in _ATTRIBUTES.items():
            if self.words.take(*phrase.split()):
                return read(self)
        refuse_if(self.words.peek() in ("GENERATED", "COLLATE"), f"{self.words.peek()} for a column")
        return self.words.fail()

    def expression(self) -> str:
        """The text of an expression up to the next comma, parenthesis or column attribute at this level."""
        words, start, depth = self.words, self.words.at, 0
        while not words.done:
            word = words.peek()
            if depth == 0 and (word in (",", ")") or (word in _FIRST and words.at > start)):
                break
            depth += (word == "(") - (word == ")")
            words.at += 1
        if start == words.at:
            words.fail()
        return self.sql[words.tokens[start].start : words.tokens[words.at - 1].end + 1]

    def encoding(self) -> str:
        encoding = self.words.word().lower()
        fail_if(encoding not in ENCODINGS, f'unrecognized encoding "{encoding}"')
        return encoding

    def identity(self) -> tuple[int, int]:
        """Seed and step."""
        refuse_if(not self.words.take("("), "IDENTITY without its seed and step")
        refuse_if("-" in (self.words.peek(), self.words.peek(2)), "IDENTITY with a negative seed or step")
        seed = self.words.integer()
        self.words.expect(",")
        step = self.words.integer()
        self.words.expect(")")
        return seed, step


_ATTRIBUTES: dict[str, Callable[[Definitions], dict[str, Any]]] = {
    "NOT NULL": lambda d: {"nullable": False},
    "NULL": lambda d: {},
    "DEFAULT": lambda d: {"default": d.expression()},
    "IDENTITY": lambda d: {"identity": d.identity(), "nullable": False},
    "ENCODE": lambda d: {"encode": d.encoding()},
    "DISTKEY": lambda d: {"distkey": True},
    "SORTKEY": lambda d: {"sortkey": 1},
}
_FIRST = {phrase.split()[0] for phrase in _ATTRIBUTES} | {"PRIMARY", "UNIQUE", "REFERENCES", "GENERATED", "COLLATE"}


def unique(columns: Iterable[TableColumn]) -> tuple[TableColumn, ...]:
    names = [c.name for c in columns]
    if twice := [n for n in names if names.count(n) > 1]:
        raise SqlError(f'column "{twice[0]}" duplicated')
    return tuple(columns)


def data_type(words: Words) -> Type:
    """A data type, as many words as it takes."""
    text = words.word()
    while (word := words.peek()) in ("PRECISION", "VARYING", "WITHOUT", "WITH", "TIME", "ZONE", "("):
        text += f" {words.word()}"
        if word == "(":
            text += f"{', '.join(words.several(words.word))})"
            words.expect(")")
    cast = parse(f"SELECT CAST(NULL AS {text})").expressions[0]
    fail_if(not isinstance(cast, exp.Cast), f'type "{text}" does not exist')
    return from_ast(cast.args["to"])


@dataclass
class Attributes:
    """What stands behind a table's columns. It changes no result; it is kept for PG_TABLE_DEF."""

    style: str = ""
    dist: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    interleaved: bool = False

    @staticmethod
    def read(words: Words) -> Attributes:
        """DISTSTYLE, DISTKEY, SORTKEY and ENCODE AUTO in any order."""
        found = Attributes()
        while not words.done:
            if words.take("DISTSTYLE"):
                found.style = words.word().upper()
                fail_if(found.style not in ("AUTO", "EVEN", "KEY", "ALL"), f'syntax error at or near "{found.style}"')
            elif words.take("DISTKEY"):
                found.dist = words.names()
            elif words.peek(words.peek() in ("COMPOUND", "INTERLEAVED")) == "SORTKEY":
                found.interleaved = words.take("INTERLEAVED")
                words.take("COMPOUND")
                words.expect("SORTKEY")
                found.sort = [] if words.take("AUTO") else words.names()
            elif not words.take("ENCODE", "AUTO"):
                break
        return found

    def of(self, table: Relation) -> Relation:
        """The table with them, if they and those of its columns agree."""
        columns = {c.name: c for c in table.columns}
        for name in (*self.dist, *self.sort):
            fail_if(name not in columns, f'column "{name}" named in DISTKEY or SORTKEY does not exist')
        fail_if(self.sort and any(c.sortkey for c in table.columns), "a table has SORTKEY once")
        most = 8 if self.interleaved else 400
        if len(self.sort) > most:
            raise SqlError(f"a table has at most {most} {'INTERLEAVED ' if self.interleaved else ''}SORTKEY columns")
        for place, name in enumerate(self.sort, 1):  # interleaved ones alternate in sign ("PG_TABLE_DEF")
            columns[name] = replace(columns[name], sortkey=-place if self.interleaved and place % 2 else place)
        for name in self.dist:
            columns[name] = replace(columns[name], distkey=True)
        keys = sum(c.distkey for c in columns.values())
        if keys > 1 or (self.style and (self.style == "KEY") != bool(keys)):
            raise SqlError("a table has one DISTKEY column, and that with DISTSTYLE KEY")
        return replace(table, columns=tuple(columns.values()))

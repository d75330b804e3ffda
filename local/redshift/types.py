"""Redshift's data types: names, ranges, and the rules by which they meet; and the bound values that have them.

Sources: "Data types", "Character types", "Numeric types", "Computations with numeric values" and "Type
compatibility and conversion" in the Redshift developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from .errors import Refused, SqlError, fail_if, refuse_if

INTEGERS = {"int2": 5, "int4": 10, "int8": 19}  # decimal digits of each, as computations see them
MAX_VARCHAR, MAX_CHAR = 65535, 4096


@dataclass(frozen=True, slots=True)
class Type:
    """``size`` is the precision of a numeric and the length in bytes of a string; ``unknown`` is an untyped literal."""

    name: str
    size: int = 0
    scale: int = 0

    @property
    def family(self) -> str:
        return _FAMILY[self.name]

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def is_numeric(self) -> bool:
        return self.family == "number"

    @property
    def is_string(self) -> bool:
        return self.family == "string"

    @property
    def is_datetime(self) -> bool:
        return self.family == "datetime"

    @property
    def duck(self) -> str:
        """The DuckDB type that holds it. Lengths of strings are enforced by us; a TIMESTAMPTZ is its moment in UTC."""
        return f"DECIMAL({self.size},{self.scale})" if self.name == "numeric" else _DUCK[self.name]

    def __str__(self) -> str:
        """As PG_TABLE_DEF and FORMAT_TYPE write it."""
        if self.name == "numeric":
            return f"numeric({self.size},{self.scale})"
        return _LONG[self.name] + (f"({self.size})" if self.is_string else "")

    def as_decimal(self) -> Type:
        """INT2 meets a decimal as DECIMAL(5,0), INT4 as (10,0), INT8 as (19,0)."""
        return Type("numeric", INTEGERS[self.name], 0) if self.is_integer else self


_FAMILY = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "number"),
    **dict.fromkeys(("varchar", "bpchar"), "string"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "datetime"),
    "bool": "bool", "unknown": "unknown", "interval": "interval",
}  # fmt: skip
_DUCK = {
    "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE",
    "bool": "BOOLEAN", "varchar": "VARCHAR", "bpchar": "VARCHAR", "unknown": "VARCHAR",
    "date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP", "interval": "INTERVAL",
}  # fmt: skip
_LONG = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "varchar": "character varying", "bpchar": "character", "date": "date",
    "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
    "unknown": "unknown", "interval": "interval",
}  # fmt: skip
INT2, INT4, INT8 = Type("int2"), Type("int4"), Type("int8")
FLOAT4, FLOAT8, BOOL = Type("float4"), Type("float8"), Type("bool")
DATE, TIMESTAMP, TIMESTAMPTZ = Type("date"), Type("timestamp"), Type("timestamptz")
UNKNOWN, INTERVAL, TEXT = Type("unknown"), Type("interval"), Type("varchar", MAX_VARCHAR)

_PLAIN = {
    "SMALLINT": INT2, "INT": INT4, "BIGINT": INT8, "FLOAT": FLOAT4, "DOUBLE": FLOAT8, "BOOLEAN": BOOL,
    "DATE": DATE, "TIMESTAMP": TIMESTAMP, "TIMESTAMPNTZ": TIMESTAMP, "TIMESTAMPTZ": TIMESTAMPTZ,
    "TEXT": Type("varchar", 256),
}  # fmt: skip
_SIZED = {"VARCHAR": ("varchar", 256), "NVARCHAR": ("varchar", 256), "CHAR": ("bpchar", 1), "NCHAR": ("bpchar", 1),
          "BPCHAR": ("bpchar", 256)}  # fmt: skip


NAMES = ("SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "REAL", "DOUBLE PRECISION", "BOOLEAN", "CHAR", "VARCHAR", "DATE",
         "TIMESTAMP", "TIMESTAMPTZ")  # fmt: skip


def numeric(precision: int, scale: int) -> Type:
    fail_if(not 0 < precision <= 38, f"NUMERIC precision {precision} must be between 1 and 38")
    fail_if(not 0 <= scale <= min(precision, 37), f"NUMERIC scale {scale} must be between 0 and precision {precision}")
    return Type("numeric", precision, scale)


def varchar(length: int) -> Type:
    return Type("varchar", min(length, MAX_VARCHAR))


def from_ast(node: exp.DataType) -> Type:
    """The type that a DDL column or a CAST names."""
    kind = node.this.name if isinstance(node.this, exp.DType) else str(node.this)
    sizes = [p.name.upper() for p in node.expressions]
    if wrong := [size for size in sizes if not (size.isdecimal() or (size == "MAX" and kind in _SIZED))]:
        raise SqlError(f'syntax error at or near "{wrong[0]}"')
    if kind in _SIZED:
        name, default = _SIZED[kind]
        limit = MAX_CHAR if name == "bpchar" else MAX_VARCHAR
        size = default if not sizes else limit if sizes[0] == "MAX" else int(sizes[0])
        if not 0 < size <= limit:
            rule = f"cannot exceed {limit}" if size else "must be at least 1"
            raise SqlError(f"length for type {_LONG[name]} {rule}")
        return Type(name, size)
    if kind == "DECIMAL":
        return numeric(int(sizes[0]) if sizes else 18, int(sizes[1]) if len(sizes) > 1 else 0)
    if kind in _PLAIN and not sizes:
        return _PLAIN[kind]
    raise Refused(f"data type {'VARBYTE' if kind == 'VARBINARY' else node.sql()}")


def common(types: list[Type], what: str) -> Type:
    """The one type that several values take in a set operation, CASE, COALESCE, IN ...

    Decimals follow "Computations with numeric values": the larger scale, and integer digits for both, at most 19
    digits while both are 64-bit. Untyped literals adapt to the others.
    """
    known = [t for t in types if t.name != "unknown"]
    return reduce(lambda a, b: _meet(a, b, what), known) if known else UNKNOWN


def _meet(a: Type, b: Type, what: str) -> Type:
    if a == b:
        return a
    if a.is_numeric and b.is_numeric:
        if a.is_integer and b.is_integer:
            return max(a, b, key=lambda t: INTEGERS[t.name])
        if "float8" in (a.name, b.name) or {"float4"} < {a.name, b.name}:
            return FLOAT8
        a, b = a.as_decimal(), b.as_decimal()
        scale = max(a.scale, b.scale)
        limit = 19 if max(a.size, b.size) <= 19 else 38
        whole = max(a.size - a.scale, b.size - b.scale)
        return Type("numeric", max(min(whole + scale, limit), scale, 1), scale)
    if a.is_string and b.is_string:
        name = "bpchar" if a.name == b.name == "bpchar" else "varchar"
        return Type(name, max(a.size, b.size))
    if a.is_datetime and b.is_datetime:
        order = ("date", "timestamp", "timestamptz")
        return max(a, b, key=lambda t: order.index(t.name))
    raise SqlError(f"{what} types {a} and {b} cannot be matched")


def arithmetic(op: str, a: Type, b: Type) -> Type:
    """Type of ``a op b``: "Computations with numeric values", both tables and the notes on division."""
    if a.is_integer and b.is_integer:
        return max(a, b, key=lambda t: INTEGERS[t.name])
    if not (a.name == "numeric" or a.is_integer) or not (b.name == "numeric" or b.is_integer):
        return FLOAT4 if a.name == b.name == "float4" else FLOAT8
    a, b = a.as_decimal(), b.as_decimal()
    if op in "+-":
        scale = max(a.scale, b.scale)
        precision = max(a.size - a.scale, b.size - b.scale) + 1 + scale
    elif op == "*":
        scale, precision = a.scale + b.scale, a.size + b.size + 1
    elif op == "/":
        scale = max(4, a.scale + b.size - b.scale + 1)
        precision = a.size - a.scale + b.scale + scale
        if scale > 100:
            precision, scale = precision - (scale - 100), 100
        if precision > 38:
            precision, scale = 38, max(38 + scale - precision, 4)
    else:  # %: not in the table; the remainder is never larger than the divisor
        scale = max(a.scale, b.scale)
        precision = max(a.size - a.scale, b.size - b.scale) + scale
    refuse_if(scale > 37, f"decimal {op} whose result needs a scale of {scale}")
    return Type("numeric", min(precision, 38), scale)


# -------------------------------------------------------------------- what has a type


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Value:
    """A bound expression. ``text`` is set for an untyped literal, ``column`` for a plain column of a table."""

    sql: str
    type: Type
    name: str = "?column?"
    text: str | None = None
    column: Column | None = None
    span: tuple[int, int] = (0, 0)  # months and microseconds of an interval

    @property
    def adapts(self) -> bool:
        """An untyped literal or NULL, also one that a subquery gives: it takes the type of what it meets."""
        return self.type.name == "unknown" or (self.column is not None and self.column.literal)

    @property
    def is_null(self) -> bool:
        return self.type == UNKNOWN and self.text is None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, view or query; ``table`` and ``schema`` say where it came from, if from anywhere."""

    name: str
    type: Type
    nullable: bool = True
    table: str = ""
    schema: str = ""
    literal: bool = False  # an untyped literal or NULL: it still takes the type of what it meets

    @property
    def meets(self) -> Type:
        """Its type where columns meet."""
        return UNKNOWN if self.literal else self.type

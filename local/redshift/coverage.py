"""What is in and what is refused, as COVERAGE.md: ``python -m local.redshift.coverage > local/redshift/COVERAGE.md``.

Written from the tables that the code itself works by; a test holds the file to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from sqlglot import exp

from . import aggregates, api, ddl, dml, functions, options, system, values
from .binder import Binder
from .faults import KINDS
from .locks import READS
from .templates import WRITERS

_HEAD = """# What the embedded Redshift covers

Written by `python -m local.redshift.coverage`; a test compares it with the code. The rule is an allow-list: what is
not named here is refused with `not supported by the embedded Redshift: <name>`, even where DuckDB has an answer.
"""

_KNOWN_LIMITS = """
## Differences that remain
- **Locks**: a transaction takes all its write locks before it begins, so writers of one table wait for each other
  and all finish; Redshift may end one of them with error 1023 (a fault does that on demand). `LOCK` makes those wait
  who name the table, not those who read it through a view.
- **Privileges** are recorded and shown in `SVV_RELATION_PRIVILEGES`, but everybody may do everything.
- **Decimal quotients** are cut, not rounded, at the scale that "Computations with numeric values" gives, as the
  averages in "PIVOT and UNPIVOT examples" are.
- **Casts to fewer digits**: constants are rounded and decimals of tables cut ("Numeric types"); where neither is
  certain (a double as a whole number, a string as a decimal, a query without a table) and it matters, the cast is
  refused.
- **Blanks at the end** of VARCHAR count nowhere; GROUP BY and DISTINCT show the shortest of values that differ in
  nothing else, INTERSECT and EXCEPT refuse values that end in blanks.
- **Week differences** (`DATEDIFF(week, ...)`) are refused where it matters whether a week starts on Sunday or Monday.
- **Alternatives** in the pattern of a REGEXP function must be plain texts of which none starts with another: the
  longest match and the first are then the same.
- **Time zones** are names and the common abbreviations; offsets such as `EST5` or `GMT+2` are refused.
- **Correlated subqueries** may look one level out, and hold neither windows, LIMIT, GROUP BY nor set operations.
- **Keys** (PRIMARY KEY, UNIQUE, FOREIGN KEY), DISTKEY, SORTKEY and ENCODE are kept and shown; they change no result.
- **One database** (`dev`), one time zone (UTC), one slice: UNLOAD writes one file.
- Statements and results can be asked for 24 hours; one ExecuteStatement is one session.
- `SYS_QUERY_HISTORY` and its like hold what this server has run, in the columns that the product reads.
- `APPROXIMATE COUNT(DISTINCT …)` is exact, which is within its documented error.

## Refused for now
SUPER and PartiQL, VARBYTE, HLLSKETCH, GEOMETRY, TIME and TIMETZ, INTERVAL columns, stored procedures and UDFs,
materialized views, COPY and UNLOAD of Parquet, JSON, Avro, ORC and fixed width, external schemas, data shares,
CONNECT BY, sessions (`SessionId`), `ExecutionMode=AUTO_COMMIT`, BEGIN and COMMIT as statements, VACUUM, EXPLAIN, SHOW.
"""


def document() -> str:
    parts = [_HEAD, "## Operations\n" + _list(api.OPERATIONS)]
    parts.append("## Statements\n" + _list([*(r for r in READS if r.isalpha()), *_statements()]))
    parts.append("## Data types\n" + _list(_types()))
    parts.append("## Expressions\n" + _list(_expressions()))
    for title, table in (
        ("Functions", functions.FUNCTIONS),
        ("Aggregates (also as window functions)", aggregates.AGGREGATES),
        ("Window functions", aggregates.WINDOWS),
    ):
        parts.append(f"## {title}\n" + _functions(table))
    parts.append("Of the session: " + _list(functions.SESSION, end=""))
    parts.append("## Dateparts\n" + "\n".join(f"- {part}: {names}" for part, names in values.PARTS.items()) + "\n")
    parts.append("## Datetime formats\n" + _list(WRITERS))
    parts.append("## COPY\n" + _list(["FORMAT CSV", *sorted(options.TABLES["COPY"])]))
    parts.append("## UNLOAD\n" + _list(["FORMAT CSV", *sorted(options.TABLES["UNLOAD"])]))
    parts.append("## System views\n" + _list(system.names()))
    parts.append("## Faults on demand\n" + _list(KINDS))
    return "\n".join(parts) + _KNOWN_LIMITS


def _list(names: Iterable[str], end: str = "\n") -> str:
    return ", ".join(f"`{name}`" for name in names) + end


def _statements() -> Iterable[str]:
    return sorted({*dml.STATEMENTS, *ddl.STATEMENTS, "COPY", "UNLOAD"})


def _types() -> Iterable[str]:
    numbers = ("SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "REAL", "DOUBLE PRECISION")
    return (*numbers, "BOOLEAN", "CHAR", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMPTZ")


def _expressions() -> Iterable[str]:
    """The node classes that the binder has a method for."""
    handled = {name.removeprefix("_on_") for name in dir(Binder) if name.startswith("_on_")}
    own = {cls.__name__ for name, cls in vars(exp).items() if isinstance(cls, type) and name.lower() in handled}
    return sorted(own | {cls.__name__ for cls in functions.EXPRESSIONS})


def _functions(table: Mapping[str, functions.Function]) -> str:
    pages: dict[str, list[str]] = {}
    for name, function in table.items():
        pages.setdefault(function.page, []).append(name.upper())
    return "\n".join(f"- {', '.join(f'`{n}`' for n in names)} — {page}" for page, names in sorted(pages.items())) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())

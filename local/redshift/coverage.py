"""What is in, as the lists of COVERAGE.md, from the tables that the code itself works by.

``python -m local.redshift.coverage`` writes them between the document's two marks; a test holds the file to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlglot import exp

from . import aggregates, api, functions, options, system, types, values
from .binder import CALLS, Binder
from .faults import KINDS
from .locks import READS
from .session import STATEMENTS
from .templates import WRITERS

DOCUMENT = Path(__file__).with_name("COVERAGE.md")
START, END = "<!-- generated -->\n", "<!-- end -->\n"


def document() -> str:
    """COVERAGE.md with its lists as they are now."""
    before, _, rest = DOCUMENT.read_text().partition(START)
    return before + START + _lists() + END + rest.partition(END)[2]


def _lists() -> str:
    sections = {
        "Operations": _list(api.OPERATIONS),
        "Statements": _list([*(r for r in READS if r.isalpha()), *sorted(STATEMENTS)]),
        "Data types": _list(types.NAMES),
        "Expressions": _list(_expressions()),
        "Functions": _functions(functions.FUNCTIONS) + "\n\nOf the session: " + _list(functions.SESSION),
        "Aggregates (also as window functions)": _functions(aggregates.AGGREGATES),
        "Window functions": _functions(aggregates.WINDOWS),
        "Dateparts": "\n".join(f"- {part}: {names}" for part, names in values.PARTS.items()),
        "Datetime formats": _list(WRITERS),
        "COPY": _list(["FORMAT CSV", *sorted(options.TABLES["COPY"])]),
        "UNLOAD": _list(["FORMAT CSV", *sorted(options.TABLES["UNLOAD"])]),
        "System views": _list(sorted(system.VIEWS)),
        "Faults on demand": _list(KINDS),
    }
    return "\n\n".join(f"## {title}\n{body}" for title, body in sections.items()) + "\n"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _expressions() -> Iterable[str]:
    """The node classes that the binder has a method for."""
    handled = {name.removeprefix("_on_") for name in dir(Binder) if name.startswith("_on_")}
    own = {cls.__name__ for name, cls in vars(exp).items() if isinstance(cls, type) and name.lower() in handled}
    return sorted(own | {cls.__name__ for cls in CALLS})


def _functions(table: Mapping[str, functions.Function]) -> str:
    pages: dict[str, list[str]] = {}
    for name, function in table.items():
        pages.setdefault(function.page, []).append(name.upper())
    return "\n".join(f"- {', '.join(f'`{n}`' for n in names)} — {page}" for page, names in sorted(pages.items()))


if __name__ == "__main__":
    DOCUMENT.write_text(document())

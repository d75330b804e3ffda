"""Tables, views, users and grants: what a deployment makes of the contract. Pure.

Names come from the contract, which has checked that they are plain SQL identifiers, or from files of this package.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retail_etl.contract import Contract
from retail_etl.errors import WarehouseError
from retail_etl.publishing.views import VIEWS, shipped_views

# The mutex of all writers: locking the sales table itself would make every reader wait for the whole COPY.
LOCK_TABLE = "load_lock"
HISTORY_TABLE = "load_history"


@dataclass(frozen=True)
class Definition:
    """A column's type, as the contract spells types, and whether it may not be NULL."""

    type: str
    required: bool

    def __str__(self) -> str:
        return f"{self.type} NOT NULL" if self.required else self.type


@dataclass(frozen=True)
class Table:
    """A table that the product keeps. `name` is qualified, `layout` how Redshift distributes and sorts it."""

    name: str
    columns: Mapping[str, Definition]
    layout: str

    def created(self) -> str:
        """The statement that creates it."""
        columns = ", ".join(f"{name} {definition}" for name, definition in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}) {self.layout}"

    def migrated(self, existing: Mapping[str, Definition]) -> list[str]:
        """The statements that bring an older table up to this one.

        Only what loses nothing is done: a column that may be NULL is added. A column that this release does not know
        stays, if it may be NULL: a later release has added it, and was rolled back.

        Raises:
            WarehouseError: naming every other difference; only the table's owner can decide about it.
        """
        statements, differences = [], []
        for name, wanted in self.columns.items():
            found = existing.get(name)
            if found is None and wanted.required:
                differences.append(f"{name} is missing and may not be NULL")
            elif found is None:
                statements.append(f"ALTER TABLE {self.name} ADD COLUMN {name} {wanted}")
            elif found.type != wanted.type:
                differences.append(f"{name} is {found.type}, not {wanted.type}")
            elif found.required != wanted.required:
                differences.append(f"{name} {'may not' if found.required else 'may'} be NULL")
        differences += [
            f"{name} is unknown and may not be NULL"
            for name, found in existing.items()
            if found.required and name not in self.columns
        ]
        if differences:
            raise WarehouseError(
                f"{self.name} differs from what is being deployed: {'; '.join(differences)}. "
                'docs/deploy.md, "A table that does not fit", says what to do.'
            )
        return statements


_HISTORY = {
    "load_id": Definition("VARCHAR(64)", required=True),
    "statement_name": Definition("VARCHAR(128)", required=True),
    "source_file": Definition("VARCHAR(1024)", required=True),
    "source_etag": Definition("VARCHAR(128)", required=True),
    "raw_key_sha256": Definition("VARCHAR(64)", required=True),
    "month": Definition("VARCHAR(7)", required=False),
    "first_day": Definition("DATE", required=False),
    "last_day": Definition("DATE", required=False),
    "rows_in_file": Definition("BIGINT", required=True),
    "rows_loaded": Definition("BIGINT", required=True),
    "rows_already_present": Definition("BIGINT", required=True),
    "rows_replaced": Definition("BIGINT", required=True),
    "rows_removed": Definition("BIGINT", required=True),
    "loaded_at": Definition("TIMESTAMP", required=True),
    "replaced_by": Definition("VARCHAR(64)", required=False),
}

_USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@:/-]{1,128}")


def qualified(contract: Contract, name: str) -> str:
    """A table or view of the contract's schema, as SQL names it."""
    return f"{contract.schema}.{name}"


def tables(contract: Contract) -> list[str]:
    """Create what does not exist yet."""
    return [table.created() for table in kept_tables(contract)]


def kept_tables(contract: Contract) -> list[Table]:
    """The dataset's table, the history of its loads, the writers' mutex."""
    columns = {
        column.name: Definition(column.physical_type, bool(getattr(column, "required", False)))
        for column in contract.table_columns
    }
    columns |= {"source_file": Definition("VARCHAR(1024)", True), "loaded_at": Definition("TIMESTAMP", True)}
    return [
        Table(qualified(contract, contract.table), columns, f"DISTSTYLE AUTO SORTKEY ({contract.month_column})"),
        Table(qualified(contract, HISTORY_TABLE), _HISTORY, "DISTSTYLE ALL SORTKEY (loaded_at)"),
        Table(qualified(contract, LOCK_TABLE), {"locked": Definition("BOOLEAN", False)}, "DISTSTYLE ALL"),
    ]


def existing_columns(contract: Contract) -> tuple[str, dict[str, str]]:
    """The query for what the product's tables look like now, and its parameters."""
    names = {"sales": contract.table, "history": HISTORY_TABLE, "lock": LOCK_TABLE}
    query = (
        "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length, numeric_precision, "
        "numeric_scale FROM svv_columns WHERE table_schema = :schema AND table_name IN (:sales, :history, :lock)"
    )
    return query, {"schema": contract.schema, **names}


def definitions(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Definition]]:
    """The answer to `existing_columns`: by qualified table, by column, spelled as the contract spells types."""
    found: dict[str, dict[str, Definition]] = {}
    for row in rows:
        table = found.setdefault(qualified(contract, row["table_name"]), {})
        table[row["column_name"]] = Definition(_spelled(row), row["is_nullable"].upper() == "NO")
    return found


def _spelled(row: Mapping[str, Any]) -> str:
    match row["data_type"]:
        case "character varying":
            return f"VARCHAR({row['character_maximum_length']})"
        case "numeric":
            return f"DECIMAL({row['numeric_precision']},{row['numeric_scale']})"
        case "timestamp without time zone":
            return "TIMESTAMP"
        case str(other):
            return other.upper()
        case other:
            raise WarehouseError(f"{row['column_name']} has a type that is no text: {other!r}")


def views(contract: Contract) -> list[str]:
    """Create or replace every reporting view."""
    return [f"CREATE OR REPLACE VIEW {qualified(contract, view.name)} AS\n{view.select}" for view in shipped_views()]


def dropped_views(contract: Contract) -> str:
    """Drop every reporting view, none of which may be used by a view of somebody else's."""
    names = (qualified(contract, view.name) for view in reversed(shipped_views()))
    return f"DROP VIEW IF EXISTS {', '.join(names)}"


def iam_user(role_name: str) -> str:
    """The database user that a Lambda's role becomes when it asks for credentials, quoted.

    Source: Amazon Redshift management guide, "Generating temporary database credentials".
    """
    if not _USER_NAME.fullmatch(role_name):
        raise WarehouseError(f"{role_name!r} is not the name of an IAM role")
    return f'"IAMR:{role_name}"'


def users(role_names: Iterable[str], existing: Collection[str]) -> list[str]:
    """Create the users of these roles that do not exist yet; Redshift has no CREATE USER IF NOT EXISTS."""
    return [f"CREATE USER {iam_user(name)} PASSWORD DISABLE" for name in role_names if f"IAMR:{name}" not in existing]


def grants(contract: Contract, *, loader: str, readers: Collection[str]) -> list[str]:
    """What each role's user may do: the loader writes the tables, a reader sees the views and the history."""
    sales, history, lock = (qualified(contract, name) for name in (contract.table, HISTORY_TABLE, LOCK_TABLE))
    everyone = ", ".join(iam_user(name) for name in (loader, *readers))
    statements = [
        f"GRANT USAGE ON SCHEMA {contract.schema} TO {everyone}",
        f"GRANT SELECT, INSERT, DELETE ON {sales} TO {iam_user(loader)}",
        f"GRANT SELECT, INSERT, UPDATE ON {history} TO {iam_user(loader)}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {lock} TO {iam_user(loader)}",
    ]
    if readers:
        seen = ", ".join(qualified(contract, name) for name in (*VIEWS, HISTORY_TABLE))
        statements.append(f"GRANT SELECT ON {seen} TO {', '.join(iam_user(name) for name in readers)}")
    return statements

"""Tables, views, users and grants: what a deployment makes of the contract. Pure.

Names come from the contract, which has checked that they are plain SQL identifiers, or from files of this package.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from retail_etl.contract import Contract
from retail_etl.errors import WarehouseError
from retail_etl.publishing.views import VIEWS, shipped_views

# The mutex of all writers: locking the sales table itself would make every reader wait for the whole COPY.
LOCK_TABLE = "load_lock"
HISTORY_TABLE = "load_history"

_HISTORY_COLUMNS = {
    "load_id": "VARCHAR(64) NOT NULL",
    "statement_name": "VARCHAR(128) NOT NULL",
    "source_file": "VARCHAR(1024) NOT NULL",
    "source_etag": "VARCHAR(128) NOT NULL",
    "raw_key_sha256": "VARCHAR(64) NOT NULL",
    "month": "VARCHAR(7)",
    "first_day": "DATE",
    "last_day": "DATE",
    "rows_in_file": "BIGINT NOT NULL",
    "rows_loaded": "BIGINT NOT NULL",
    "rows_already_present": "BIGINT NOT NULL",
    "rows_replaced": "BIGINT NOT NULL",
    "rows_removed": "BIGINT NOT NULL",
    "loaded_at": "TIMESTAMP NOT NULL",
    "replaced_by": "VARCHAR(64)",
}

_USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@:/-]{1,128}")


def qualified(contract: Contract, name: str) -> str:
    """A table or view of the contract's schema, as SQL names it."""
    return f"{contract.schema}.{name}"


def tables(contract: Contract) -> list[str]:
    """Create what does not exist yet: the dataset's table, the history of its loads, the writers' mutex."""
    columns = [
        f"{column.name} {column.physical_type}{' NOT NULL' if getattr(column, 'required', False) else ''}"
        for column in contract.table_columns
    ]
    columns += ["source_file VARCHAR(1024) NOT NULL", "loaded_at TIMESTAMP NOT NULL"]
    history = [f"{name} {definition}" for name, definition in _HISTORY_COLUMNS.items()]
    return [
        f"CREATE TABLE IF NOT EXISTS {qualified(contract, contract.table)} ({', '.join(columns)}) "
        f"DISTSTYLE AUTO SORTKEY ({contract.month_column})",
        f"CREATE TABLE IF NOT EXISTS {qualified(contract, HISTORY_TABLE)} ({', '.join(history)}) "
        "DISTSTYLE ALL SORTKEY (loaded_at)",
        f"CREATE TABLE IF NOT EXISTS {qualified(contract, LOCK_TABLE)} (locked BOOLEAN) DISTSTYLE ALL",
    ]


def column_types(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The table's columns and their types as the contract spells them, from the rows of SVV_COLUMNS."""
    types = {}
    for row in rows:
        match row["data_type"]:
            case "character varying":
                spelled = f"VARCHAR({row['character_maximum_length']})"
            case "numeric":
                spelled = f"DECIMAL({row['numeric_precision']},{row['numeric_scale']})"
            case other:
                spelled = other.upper()
        types[row["column_name"]] = spelled
    return types


def added_columns(contract: Contract, existing: Mapping[str, str]) -> list[str]:
    """Bring an older table up to the contract: a column that may be missing is added, anything else is refused.

    `existing` maps the table's column names to their types, as `column_types` spells them.

    Raises:
        WarehouseError: the table differs from the contract in a way that only its owner can decide.
    """
    statements, differences = [], []
    for column in contract.table_columns:
        if column.name in existing:
            if existing[column.name] != column.physical_type:
                differences.append(f"{column.name} is {existing[column.name]}, not {column.physical_type}")
        elif getattr(column, "required", False):
            differences.append(f"{column.name} is missing and may not be empty")
        else:
            table = qualified(contract, contract.table)
            statements.append(f"ALTER TABLE {table} ADD COLUMN {column.name} {column.physical_type}")
    differences += [f"{name} is missing" for name in ("source_file", "loaded_at") if name not in existing]
    if differences:
        raise WarehouseError(f"table {contract.table} does not fit its contract: {'; '.join(differences)}")
    return statements


def views(contract: Contract) -> list[str]:
    """Create or replace every reporting view."""
    return [f"CREATE OR REPLACE VIEW {qualified(contract, view.name)} AS\n{view.select}" for view in shipped_views()]


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

"""From one deployment to a database that fits it: tables, views, users and grants."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import batched, count

from retail_etl.adapters.warehouse import MOST_STATEMENTS, SecondsLeft, StillRunning, Warehouse
from retail_etl.contract import Contract
from retail_etl.errors import TransientError, WarehouseError
from retail_etl.warehouse import schema

_PAUSE_SECONDS = 5.0  # a workgroup that has just been created may take a minute to answer
# PostgreSQL's words, which Redshift has kept: a view is replaced only by one with the same columns.
_COLUMNS_CHANGED = re.compile(r"cannot (change|drop) .*\bview\b", re.IGNORECASE)


@dataclass(frozen=True)
class Roles:
    """The names of the IAM roles whose functions load and read."""

    loader: str
    readers: Sequence[str] = ()


def migrate(
    warehouse: Warehouse, contract: Contract, roles: Roles, *, request_id: str, seconds_left: SecondsLeft
) -> list[str]:
    """Bring the database up to the contract and return the statements that did it.

    Running it again changes nothing. A table that does not fit is found before anything is changed. What creates and
    alters is one transaction; views and grants are one more, or several where they are more than 40 statements. If
    one of these fails, the deployment does, and its rollback runs the earlier release's migration, which puts the
    earlier views back.

    Raises:
        WarehouseError: an existing table does not fit the contract, or the user may not do this.
        TransientError: the warehouse did not answer as long as there was time to ask.
    """
    for attempt in count():
        try:
            return _migrate(warehouse, contract, roles, f"{request_id} {attempt}", seconds_left)
        except StillRunning:
            raise
        except TransientError:
            if seconds_left() < 2 * _PAUSE_SECONDS:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("count() does not end")


def _migrate(warehouse: Warehouse, contract: Contract, roles: Roles, name: str, seconds_left: SecondsLeft) -> list[str]:
    def run(part: str, statements: Sequence[str]) -> None:
        for number, batch in enumerate(batched(statements, MOST_STATEMENTS)):
            token = sha256(f"{name} {part} {number}".encode()).hexdigest()
            warehouse.run(batch, seconds_left, name=f"migrate {part} {name}"[:500], token=token)

    query, parameters = schema.existing_columns(contract)
    existing = schema.definitions(contract, warehouse.query(query, seconds_left, parameters))
    users = {row["usename"] for row in warehouse.query("SELECT usename FROM pg_user", seconds_left)}
    tables = [
        statement
        for table in schema.kept_tables(contract)
        for statement in (table.migrated(existing[table.name]) if table.name in existing else [table.created()])
    ]
    tables += schema.users((roles.loader, *roles.readers), users)
    views = schema.views(contract) + schema.grants(contract, loader=roles.loader, readers=roles.readers)
    if tables:
        run("tables", tables)
    try:
        run("views", views)
    except WarehouseError as error:
        if not _COLUMNS_CHANGED.search(str(error)):
            raise
        views = [schema.dropped_views(contract), *views]
        run("new views", views)
    return [*tables, *views]

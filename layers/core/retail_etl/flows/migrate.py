"""From one deployment to a database that fits it: tables, views, users and grants."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import batched

from retail_etl.adapters.warehouse import MOST_STATEMENTS, SecondsLeft, Warehouse
from retail_etl.contract import Contract
from retail_etl.warehouse import schema


def migrate(
    warehouse: Warehouse,
    contract: Contract,
    *,
    loader: str,
    readers: Sequence[str],
    request_id: str,
    seconds_left: SecondsLeft,
) -> list[str]:
    """Bring the database up to the contract and return the statements that did it.

    One transaction holds at most 40 statements, so there may be several, in order. Each leaves a database that the
    functions can work with, and a migration that was cut off is finished by its retry.

    `loader` and `readers` are the names of the IAM roles whose functions load and read. Running it again changes
    nothing.

    Raises:
        WarehouseError: an existing table does not fit the contract, or the user may not do this.
    """
    existing_users = {row["usename"] for row in warehouse.query("SELECT usename FROM pg_user", seconds_left)}
    existing = warehouse.query(
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
        "FROM svv_columns WHERE table_schema = :schema AND table_name = :table",
        seconds_left,
        {"schema": contract.schema, "table": contract.table},
    )
    statements = [
        *schema.tables(contract),
        *(schema.added_columns(contract, schema.column_types(existing)) if existing else ()),
        *schema.views(contract),
        *schema.users((loader, *readers), existing_users),
        *schema.grants(contract, loader=loader, readers=readers),
    ]
    token = sha256(request_id.encode()).hexdigest()
    for number, batch in enumerate(batched(statements, MOST_STATEMENTS)):
        warehouse.run(batch, seconds_left, name=f"migrate {request_id}"[:500], token=f"{token[:60]}-{number}")
    return statements

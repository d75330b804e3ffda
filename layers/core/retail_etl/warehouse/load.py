"""The transactions that make the dataset's table reflect one monthly file, or take it out again. Pure.

The statements are one BatchExecuteStatement, which Redshift runs as one transaction. Values are named parameters;
the three literals that cannot be (COPY's manifest and role, both ASCII of our own making) are checked in `_literal`.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256

from retail_etl.contract import Column, Contract, DerivedColumn
from retail_etl.errors import WarehouseError
from retail_etl.warehouse.history import OWN
from retail_etl.warehouse.schema import HISTORY_TABLE, LOCK_TABLE, qualified

_S3_URI = re.compile(r"s3://[a-z0-9.-]{3,63}/[A-Za-z0-9/_.-]+")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")


@dataclass(frozen=True)
class Load:
    """One monthly file to be loaded.

    A file that someone put there by hand says nothing of itself: no count (None), and empty month and days. `header`
    are the names in its first line; a file that is withdrawn needs none.
    """

    id: str
    source_file: str
    source_etag: str
    raw_key_sha256: str
    month: str
    rows_clean: int | None
    first_day: str
    last_day: str
    header: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the file says of itself how many rows it holds and between which days."""
        return self.rows_clean is not None


@dataclass(frozen=True)
class Batch:
    """Statements that run as one transaction, with the named parameters they use.

    Equal batches have equal tokens: the Data API takes them for one request, and runs it once.
    """

    statements: tuple[str, ...]
    parameters: dict[str, str]

    @property
    def name(self) -> str:
        """What the statement is called in the Data API's lists and in `load_history`."""
        return self.parameters["statement_name"]

    @property
    def token(self) -> str:
        """The request's identity, 64 characters."""
        return sha256(json.dumps([self.statements, self.parameters]).encode()).hexdigest()


# The current rows of `load_history` that a load takes the place of: that of the same file, and that of the monthly
# file which the same raw key owned when its month was another.
_REPLACED = f"replaced_by IS NULL AND {OWN}"


def load_batch(
    load: Load, contract: Contract, *, manifest_uri: str, copy_role: str, attempt: int, known_loads: int
) -> Batch:
    """Make the table reflect one monthly file.

    The batch fails, and changes nothing, if `load_history` holds another number of loads of this file and raw key
    than `known_loads` by the time it runs: whoever sent it did not know of them.

    Raises:
        WarehouseError: the file's header does not fit the table.
    """
    sales = qualified(contract, contract.table)
    columns = _columns(contract)
    day = contract.month_column
    if load.counted:
        first_day, last_day = "CAST(:first_day AS DATE)", "CAST(:last_day AS DATE)"
        month = "CAST(:month AS VARCHAR(7))"
    else:
        first_day, last_day = f"(SELECT MIN({day}) FROM stage)", f"(SELECT MAX({day}) FROM stage)"
        month = f"TO_CHAR({last_day}, 'YYYY-MM')"
    # The file's range of days lets the sort key prune the table.
    between = f"{day} BETWEEN {first_day} AND {last_day}"
    stage = [
        f"CREATE TEMP TABLE stage ({', '.join(f'{c.name} {c.physical_type}' for c in contract.table_columns)})",
        f"COPY stage ({', '.join(_copied(load, contract))}) FROM '{_literal(manifest_uri, _S3_URI)}' "
        f"IAM_ROLE '{_literal(copy_role, _ROLE_ARN)}' "
        "MANIFEST FORMAT AS CSV IGNOREHEADER 1 EMPTYASNULL DATEFORMAT 'YYYY-MM-DD' COMPUPDATE OFF STATUPDATE OFF",
    ]
    if load.counted:
        # Divides by zero, and so fails the batch, unless the stage holds what the cleaning counted.
        stage.append("SELECT 1 / (CASE WHEN COUNT(*) = CAST(:rows_clean AS BIGINT) THEN 1 ELSE 0 END) FROM stage")
    insert = f"""INSERT INTO {sales} ({columns}, source_file, loaded_at)
        SELECT {", ".join(f"d.{c.name}" for c in contract.table_columns)},
               CAST(:source_file AS VARCHAR(1024)), GETDATE()
        FROM (SELECT {columns} FROM stage
              EXCEPT
              SELECT {columns} FROM {sales} WHERE {between}) d"""
    history = f"""INSERT INTO {qualified(contract, HISTORY_TABLE)} (load_id, statement_name, source_file, source_etag,
            raw_key_sha256, month, first_day, last_day, rows_in_file, rows_loaded, rows_already_present,
            rows_replaced, rows_removed, loaded_at)
        SELECT CAST(:load_id AS VARCHAR(64)), CAST(:statement_name AS VARCHAR(128)),
               CAST(:source_file AS VARCHAR(1024)), CAST(:source_etag AS VARCHAR(128)),
               CAST(:raw_key_sha256 AS VARCHAR(64)), {month}, {first_day}, {last_day},
               counts.in_file, counts.loaded, counts.in_file - counts.loaded, counts.replaced, counts.removed,
               GETDATE()
        FROM (SELECT
                (SELECT COUNT(*) FROM stage) AS in_file,
                (SELECT COUNT(*) FROM {sales}
                 WHERE source_file = CAST(:source_file AS VARCHAR(1024)) AND {between}) AS loaded,
                (SELECT COUNT(*) FROM outgoing) AS replaced,
                (SELECT COUNT(*) FROM (SELECT {columns} FROM outgoing EXCEPT SELECT {columns} FROM stage) g) AS removed
             ) counts"""
    parameters = _parameters(load, attempt, known_loads)
    if load.counted:
        parameters |= {
            "month": load.month,
            "rows_clean": str(load.rows_clean),
            "first_day": load.first_day,
            "last_day": load.last_day,
        }
    statements = [*_lock(contract), *stage, *_take_out(contract), insert, _mark_replaced(contract), history]
    return Batch(tuple(statements), parameters)


def withdraw_batch(load: Load, contract: Contract, *, attempt: int, known_loads: int) -> Batch:
    """Take the rows of one monthly file out again. The history keeps a row of it that is replaced by itself.

    It fails on other loads than the `known_loads`, as `load_batch` does.
    """
    history = f"""INSERT INTO {qualified(contract, HISTORY_TABLE)} (load_id, statement_name, source_file, source_etag,
            raw_key_sha256, rows_in_file, rows_loaded, rows_already_present, rows_replaced, rows_removed, loaded_at,
            replaced_by)
        SELECT CAST(:load_id AS VARCHAR(64)), CAST(:statement_name AS VARCHAR(128)),
               CAST(:source_file AS VARCHAR(1024)), CAST(:source_etag AS VARCHAR(128)),
               CAST(:raw_key_sha256 AS VARCHAR(64)), 0, 0, 0, COUNT(*), COUNT(*), GETDATE(),
               CAST(:load_id AS VARCHAR(64))
        FROM outgoing"""
    statements = [*_lock(contract), *_take_out(contract), _mark_replaced(contract), history]
    return Batch(tuple(statements), _parameters(load, attempt, known_loads))


def _lock(contract: Contract) -> list[str]:
    return [
        f"LOCK {qualified(contract, LOCK_TABLE)}",
        # Divides by zero, and so fails the batch, if it was overtaken while it waited for its turn.
        f"""SELECT 1 / (CASE WHEN COUNT(*) = CAST(:known_loads AS BIGINT) THEN 1 ELSE 0 END)
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE {OWN}""",
    ]


def _take_out(contract: Contract) -> list[str]:
    sales, columns = qualified(contract, contract.table), _columns(contract)
    # The file's own rows also where the history does not know them: a reload mends the table whatever happened to it.
    replaced = f"""(source_file = CAST(:source_file AS VARCHAR(1024))
               OR source_file IN (SELECT source_file FROM {qualified(contract, HISTORY_TABLE)} WHERE {_REPLACED}))"""
    return [
        f"CREATE TEMP TABLE outgoing AS SELECT {columns} FROM {sales} WHERE {replaced}",
        f"DELETE FROM {sales} WHERE {replaced}",
    ]


def _mark_replaced(contract: Contract) -> str:
    history = qualified(contract, HISTORY_TABLE)
    return f"UPDATE {history} SET replaced_by = CAST(:load_id AS VARCHAR(64)) WHERE {_REPLACED}"


def _copied(load: Load, contract: Contract) -> tuple[str, ...]:
    """The columns that the file holds, in its own order: an older one lacks those that the contract has got since."""
    known = {column.name: column for column in contract.table_columns}
    wrong = [f"has an unknown column {name!r}" for name in load.header if name not in known]
    wrong += [f"has {name} twice" for name in known if load.header.count(name) > 1]
    wrong += [
        f"lacks {name}" for name, column in known.items() if name not in load.header and not _may_be_absent(column)
    ]
    if wrong:
        raise WarehouseError(f"the header of {load.source_file} {', '.join(wrong)}")
    return load.header


def _may_be_absent(column: Column | DerivedColumn) -> bool:
    return isinstance(column, Column) and not column.required


def _columns(contract: Contract) -> str:
    return ", ".join(column.name for column in contract.table_columns)


def _parameters(load: Load, attempt: int, known_loads: int) -> dict[str, str]:
    return {
        "source_file": load.source_file,
        "source_etag": load.source_etag,
        "raw_key_sha256": load.raw_key_sha256,
        "load_id": load.id,
        # The attempt makes a retry another request: a token lives 8 hours, and would only tell of the old failure.
        "statement_name": f"load {load.id} attempt {attempt}",
        "known_loads": str(known_loads),
    }


def manifest(uri: str) -> bytes:
    """COPY's manifest for one object.

    Without one, COPY takes every object whose key starts with the path it is given. With one, the key is data in a
    JSON document and never part of a statement. Source: Amazon Redshift developer guide, "Using a manifest to specify
    data files".
    """
    return json.dumps({"entries": [{"url": uri, "mandatory": True}]}).encode()


def _literal(text: str, allowed: re.Pattern[str]) -> str:
    if not allowed.fullmatch(text):
        raise ValueError(f"{text!r} must not stand in a statement")
    return text

"""The one transaction that makes the dataset's table reflect one monthly file. Pure.

The statements are one BatchExecuteStatement, which Redshift runs as one transaction. Values are named parameters;
the three literals that cannot be (COPY's manifest and role, both ASCII of our own making) are checked in `_literal`.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256

from retail_etl.contract import Contract
from retail_etl.warehouse.schema import HISTORY_TABLE, LOCK_TABLE, qualified

_S3_URI = re.compile(r"s3://[a-z0-9.-]{3,63}/[A-Za-z0-9/_.-]+")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")


@dataclass(frozen=True)
class Load:
    """One monthly file to be loaded.

    A file that someone put there by hand says nothing of itself: no count (None), and empty month and days.
    """

    id: str
    source_file: str
    source_etag: str
    raw_key_sha256: str
    month: str
    rows_clean: int | None
    first_day: str
    last_day: str

    @property
    def counted(self) -> bool:
        """Whether the file says of itself how many rows it holds and between which days."""
        return self.rows_clean is not None


@dataclass(frozen=True)
class Batch:
    """Statements that run as one transaction, with the named parameters they use."""

    statements: tuple[str, ...]
    parameters: dict[str, str]
    name: str
    token: str


def load_batch(load: Load, contract: Contract, *, manifest_uri: str, copy_role: str, attempt: int) -> Batch:
    """The load's transaction. A second call for the same attempt is the same request, which the Data API runs once."""
    sales = qualified(contract, contract.table)
    history = qualified(contract, HISTORY_TABLE)
    columns = ", ".join(column.name for column in contract.table_columns)
    day = contract.month_column
    if load.counted:
        between = f"{day} BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)"
        first_day, last_day = "CAST(:first_day AS DATE)", "CAST(:last_day AS DATE)"
        month = "CAST(:month AS VARCHAR(7))"
    else:
        first_day, last_day = f"(SELECT MIN({day}) FROM stage)", f"(SELECT MAX({day}) FROM stage)"
        month = f"TO_CHAR({last_day}, 'YYYY-MM')"
        between = f"{day} BETWEEN {first_day} AND {last_day}"
    # What this load takes the place of: the file's own earlier rows, and those of the monthly file that the same
    # raw key owned when its month was another.
    replaced = f"""source_file IN (
            SELECT source_file FROM {history}
            WHERE replaced_by IS NULL
              AND (source_file = CAST(:source_file AS VARCHAR(1024))
                   OR raw_key_sha256 = CAST(:raw_key_sha256 AS VARCHAR(64))))"""
    statements = [
        f"LOCK {qualified(contract, LOCK_TABLE)}",
        f"CREATE TEMP TABLE stage ({', '.join(f'{c.name} {c.physical_type}' for c in contract.table_columns)})",
        f"COPY stage ({columns}) FROM '{_literal(manifest_uri, _S3_URI)}' IAM_ROLE '{_literal(copy_role, _ROLE_ARN)}' "
        "MANIFEST FORMAT AS CSV IGNOREHEADER 1 EMPTYASNULL DATEFORMAT 'YYYY-MM-DD' COMPUPDATE OFF STATUPDATE OFF",
        # Divides by zero, and so fails the batch, unless the stage holds what the cleaning counted.
        "SELECT 1 / (CASE WHEN COUNT(*) = CAST(:rows_clean AS BIGINT) THEN 1 ELSE 0 END) FROM stage",
        f"CREATE TEMP TABLE outgoing AS SELECT {columns} FROM {sales} WHERE {replaced}",
        f"DELETE FROM {sales} WHERE {replaced}",
        f"""INSERT INTO {sales} ({columns}, source_file, loaded_at)
        SELECT {", ".join(f"d.{c.name}" for c in contract.table_columns)},
               CAST(:source_file AS VARCHAR(1024)), GETDATE()
        FROM (SELECT {columns} FROM stage
              EXCEPT
              SELECT {columns} FROM {sales} WHERE {between}) d""",
        f"""UPDATE {history} SET replaced_by = CAST(:load_id AS VARCHAR(64))
        WHERE replaced_by IS NULL
          AND (source_file = CAST(:source_file AS VARCHAR(1024))
               OR raw_key_sha256 = CAST(:raw_key_sha256 AS VARCHAR(64)))""",
        f"""INSERT INTO {history} (load_id, statement_name, source_file, source_etag, raw_key_sha256, month,
            first_day, last_day, rows_in_file, rows_loaded, rows_already_present, rows_replaced, rows_removed,
            loaded_at)
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
             ) counts""",
    ]
    parameters = {
        "source_file": load.source_file,
        "source_etag": load.source_etag,
        "raw_key_sha256": load.raw_key_sha256,
        "load_id": load.id,
        "statement_name": f"load {load.id} attempt {attempt}",
    }
    if load.counted:
        parameters |= {
            "month": load.month,
            "rows_clean": str(load.rows_clean),
            "first_day": load.first_day,
            "last_day": load.last_day,
        }
    else:
        del statements[3]
    return Batch(
        statements=tuple(statements),
        parameters=parameters,
        name=parameters["statement_name"],
        # The attempt is part of the token: a token lives 8 hours, and an old one would only tell of the old failure.
        token=sha256(f"{load.id} {attempt}".encode()).hexdigest(),
    )


def _literal(text: str, allowed: re.Pattern[str]) -> str:
    if not allowed.fullmatch(text):
        raise ValueError(f"{text!r} must not stand in a statement")
    return text


def manifest(uri: str) -> bytes:
    """COPY's manifest for one object.

    Without one, COPY takes every object whose key starts with the path it is given. With one, the key is data in a
    JSON document and never part of a statement. Source: Amazon Redshift developer guide, "Using a manifest to specify
    data files".
    """
    return json.dumps({"entries": [{"url": uri, "mandatory": True}]}).encode()

"""Questions to `load_history`, the ledger that is committed together with the data. Pure.

Each function gives a query; the parameters it takes are named in its docstring.
"""

from retail_etl.contract import Contract
from retail_etl.warehouse.schema import HISTORY_TABLE, qualified

# The rows about one monthly file, and about any other that its raw key has owned.
OWN = """(source_file = CAST(:source_file AS VARCHAR(1024))
               OR raw_key_sha256 = CAST(:raw_key_sha256 AS VARCHAR(64)))"""


def own_loads(contract: Contract) -> str:
    """Every load of one monthly file and its raw key, the oldest first. Parameters: source_file, raw_key_sha256."""
    return f"""SELECT load_id, source_file, source_etag, month, rows_loaded, rows_already_present, rows_replaced,
            rows_removed, replaced_by
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE {OWN}
        ORDER BY loaded_at"""


def current_load_ids(contract: Contract) -> str:
    """The loads whose rows the table holds, the oldest first."""
    return f"""SELECT load_id, loaded_at
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE replaced_by IS NULL
        ORDER BY loaded_at, load_id"""


def overlapping_files(contract: Contract) -> str:
    """The current files of others that may have skipped a row as present which is not there any more.

    Those that overlap with a load of this file or raw key and were last loaded before it was taken out. Parameters:
    source_file, raw_key_sha256.
    """
    history = qualified(contract, HISTORY_TABLE)
    return f"""SELECT DISTINCT other.source_file, other.source_etag
        FROM (SELECT first_day, last_day, replaced_by FROM {history} WHERE {OWN}) gone
        JOIN {history} taker ON taker.load_id = gone.replaced_by
        JOIN {history} other ON other.first_day <= gone.last_day AND other.last_day >= gone.first_day
        WHERE taker.rows_removed > 0
          AND other.loaded_at <= taker.loaded_at
          AND other.rows_already_present > 0
          AND other.replaced_by IS NULL
          AND other.load_id <> taker.load_id"""


def load_errors() -> str:
    """What COPY stumbled over in one object. Parameters: uri.

    Source: Amazon Redshift database developer guide, "SYS_LOAD_ERROR_DETAIL".
    """
    return """SELECT line_number, column_name, error_code, error_message
        FROM sys_load_error_detail
        WHERE TRIM(file_name) = CAST(:uri AS VARCHAR(1300))
        ORDER BY start_time DESC, line_number
        LIMIT 10"""


def current_loads(contract: Contract) -> str:
    """What the table should hold now: one row a monthly file."""
    return f"""SELECT source_file, source_etag, rows_in_file, rows_loaded, rows_already_present
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE replaced_by IS NULL"""


def held_rows(contract: Contract) -> str:
    """What the table does hold now: rows and, where the dataset has an amount, its sum, by monthly file."""
    total = f"SUM({contract.amount_column})" if contract.amount_column else "NULL"
    return f"""SELECT source_file, COUNT(*) AS held, {total} AS total
        FROM {qualified(contract, contract.table)}
        GROUP BY source_file"""


def doubled_rows(contract: Contract) -> str:
    """How many rows the table holds more than once, and how many there are too many."""
    columns = ", ".join(column.name for column in contract.table_columns)
    return f"""SELECT COUNT(*) AS doubled, COALESCE(SUM(copies - 1), 0) AS too_many
        FROM (SELECT {columns}, COUNT(*) AS copies
              FROM {qualified(contract, contract.table)}
              GROUP BY {columns}
              HAVING COUNT(*) > 1) d"""

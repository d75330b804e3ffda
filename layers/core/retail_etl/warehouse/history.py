"""Questions to `load_history`, the ledger that is committed together with the data. Pure.

Each function gives a query; the parameters it takes are named in its docstring.
"""

from retail_etl.contract import Contract
from retail_etl.warehouse.schema import HISTORY_TABLE, qualified


def committed_load(contract: Contract) -> str:
    """The counts of one load, if it was committed. Parameters: load_id."""
    return f"""SELECT month, rows_loaded, rows_already_present, rows_replaced, rows_removed
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE load_id = CAST(:load_id AS VARCHAR(64))
        ORDER BY loaded_at DESC"""


def current_load_ids(contract: Contract) -> str:
    """The loads whose rows the table holds, the oldest first."""
    return f"""SELECT load_id, loaded_at
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE replaced_by IS NULL
        ORDER BY loaded_at, load_id"""


def replaced_files(contract: Contract) -> str:
    """The other monthly files whose rows one load has replaced. Parameters: load_id, source_file."""
    return f"""SELECT source_file, source_etag
        FROM {qualified(contract, HISTORY_TABLE)}
        WHERE replaced_by = CAST(:load_id AS VARCHAR(64))
          AND source_file <> CAST(:source_file AS VARCHAR(1024))"""


def overlapping_files(contract: Contract) -> str:
    """The current files that skipped rows as present and may hold some that one load took out. Parameters: load_id."""
    history = qualified(contract, HISTORY_TABLE)
    return f"""SELECT DISTINCT other.source_file, other.source_etag
        FROM {history} other
        JOIN {history} gone ON other.first_day <= gone.last_day AND other.last_day >= gone.first_day
        WHERE gone.replaced_by = CAST(:load_id AS VARCHAR(64))
          AND other.replaced_by IS NULL
          AND other.rows_already_present > 0
          AND other.load_id <> CAST(:load_id AS VARCHAR(64))"""


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

"""Questions about an older table of the same purchases, made before this product kept one. Pure."""

import re
from collections.abc import Mapping

from retail_etl.contract import Contract
from retail_etl.errors import WarehouseError
from retail_etl.warehouse.schema import qualified

COLUMNS = """SELECT column_name, data_type FROM svv_columns WHERE table_schema = :schema AND table_name = :table"""
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,126}")


def compared_by_month(contract: Contract, table: str, columns: Mapping[str, str]) -> str:
    """What differs between `table`, which has these `columns` by type, and the dataset's own, one row a month.

    Values are compared as the contract types them, an empty text as a missing one, in the columns that both tables
    have: month, too_many (rows that stand there already), unknown (rows that are in no delivery), lacking (rows that
    it does not have).

    Raises:
        WarehouseError: the table does not exist, or its rows cannot be told by month.
    """
    if not columns or not _PLAIN_NAME.fullmatch(table):
        raise WarehouseError(f"there is no table {contract.schema}.{table}, by a plain lower-case name")
    if contract.month_column not in columns:
        raise WarehouseError(f"{contract.schema}.{table} has no column {contract.month_column}")
    both = [column for column in contract.table_columns if column.name in columns]
    names = ", ".join(column.name for column in both)
    values = {name: f"NULLIF(TRIM({name}), '')" if "char" in kind else name for name, kind in columns.items()}
    typed = ", ".join(f"CAST({values[column.name]} AS {column.physical_type}) AS {column.name}" for column in both)
    month = f"TO_CHAR({contract.month_column}, 'YYYY-MM')"
    return f"""WITH older AS (
            SELECT {names}, COUNT(*) AS copies
            FROM (SELECT {typed} FROM {qualified(contract, table)}) t GROUP BY {names}),
        own AS (SELECT {names} FROM {qualified(contract, contract.table)})
        SELECT month, SUM(too_many) AS too_many, SUM(unknown) AS unknown, SUM(lacking) AS lacking
        FROM (
            SELECT {month} AS month, copies - 1 AS too_many, 0 AS unknown, 0 AS lacking FROM older
            UNION ALL
            SELECT {month}, 0, 1, 0 FROM (SELECT {names} FROM older EXCEPT SELECT {names} FROM own) o
            UNION ALL
            SELECT {month}, 0, 0, 1 FROM (SELECT {names} FROM own EXCEPT SELECT {names} FROM older) n
        ) d
        GROUP BY month
        HAVING SUM(too_many) + SUM(unknown) + SUM(lacking) > 0
        ORDER BY month"""

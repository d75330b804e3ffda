"""The data dictionary: what each table and view holds, from the contract and from the comments of the views."""

from collections.abc import Iterator, Mapping

from retail_etl.contract import Contract
from retail_etl.publishing.tables import Table
from retail_etl.publishing.views import published_views

COLUMNS = ("object", "column", "type", "description")


def data_dictionary(contract: Contract, tables: Mapping[str, Table]) -> Table:
    """One row per table or view (without a column name) and one per column; `tables` are the published views' rows."""
    return Table(COLUMNS, [*_of_the_table(contract), *_of_the_views(contract, tables)])


def _of_the_table(contract: Contract) -> Iterator[list[str]]:
    yield [contract.table, "", "table", contract.grain]
    for column in contract.table_columns:
        yield [contract.table, column.name, column.physical_type.lower(), column.description]
    yield [contract.table, "source_file", "varchar(1024)", "Key of the monthly file that the row came from."]
    yield [contract.table, "loaded_at", "timestamp", "When the row was loaded, in UTC."]


def _of_the_views(contract: Contract, tables: Mapping[str, Table]) -> Iterator[list[str]]:
    declared = {column.name: column.description for column in contract.table_columns}
    for view in published_views():
        yield [view.name, "", "view", f"{view.summary} Grain: {view.grain}"]
        table = tables[view.name]
        for column, kind in zip(table.columns, table.types or ("",) * len(table.columns), strict=True):
            yield [view.name, column, kind, view.comments.get(column) or declared[column]]

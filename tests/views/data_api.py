"""A Data API over DuckDB: what boto3's client answers, without a network."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from tests.views.engines import DuckDb

Results = dict[str, tuple[list[str], list[list[str | None]]]]


class DataApi:
    """Runs statements at once and keeps their rows. `fail_with` makes every further statement fail with that error."""

    page_rows = 7

    def __init__(self, engine: DuckDb) -> None:
        self._engine = engine
        self._results: Results = {}
        self.batches: list[list[str]] = []
        self.queries: list[str] = []
        self.fail_with = ""

    def execute_statement(self, *, Sql: str, **_: Any) -> dict[str, str]:  # noqa: N803 - the API's own names
        self.queries.append(Sql)
        return {"Id": self._run([Sql], single=True)}

    def batch_execute_statement(self, *, Sqls: list[str], ResultFormat: str, **_: Any) -> dict[str, str]:  # noqa: N803 - see above
        assert ResultFormat == "CSV"
        assert len(Sqls) <= 40
        self.batches.append(Sqls)
        return {"Id": self._run(Sqls, single=False)}

    def describe_statement(self, *, Id: str) -> dict[str, Any]:  # noqa: N803 - see above
        assert Id
        if self.fail_with:
            return {"Status": "FAILED", "Error": self.fail_with}
        return {"Status": "FINISHED", "HasResultSet": Id in self._results}

    def get_paginator(self, operation: str) -> "_Pages":
        return _Pages(self._results, self.page_rows, as_csv=operation == "get_statement_result_v2")

    def _run(self, statements: list[str], *, single: bool) -> str:
        number = str(len(self.batches) + len(self.queries))
        if not self.fail_with:
            for place, sql in enumerate(statements, 1):
                self._results[number if single else f"{number}:{place}"] = self._engine.table(sql)
        return number


class _Pages:
    def __init__(self, results: Results, page_rows: int, *, as_csv: bool) -> None:
        self._results = results
        self._page_rows = page_rows
        self._as_csv = as_csv

    def paginate(self, *, Id: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - see above
        labels, rows = self._results[Id]
        metadata = [{"name": label, "label": label, "typeName": "varchar"} for label in labels]
        for start in range(0, max(1, len(rows)), self._page_rows):
            page = rows[start : start + self._page_rows]
            if self._as_csv:
                text = io.StringIO()
                csv.writer(text).writerows([value or "" for value in row] for row in page)
                yield {"ColumnMetadata": metadata, "Records": [{"CSVRecords": text.getvalue()}] if page else []}
            else:
                records = [[{"stringValue": value} for value in row] for row in page]
                yield {"ColumnMetadata": metadata, "Records": records}

"""Redshift, through the Data API: statements are sent, then asked after, never assumed."""

import csv
import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from retail_etl.errors import TransientError, WarehouseError
from retail_etl.publishing.tables import Table

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient

SecondsLeft = Callable[[], float]

_RETRIED = frozenset(
    {
        "ActiveSessionsExceededException",
        "ActiveStatementsExceededException",
        "ActiveWaitingRequestsExceededException",
        "InternalServerException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# What Redshift says when the same statement may well succeed later. The last three are the Data API's own words for
# a workgroup that sleeps, wakes or is being changed.
_TRANSIENT = re.compile(
    r"1023|serializable isolation|concurrent|deadlock|connection|timed? ?out|throttl|too many|internal error"
    r"|resum|not available|is being",
    re.IGNORECASE,
)
MOST_STATEMENTS = 40  # BatchExecuteStatement takes no more

_POLL_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class StatementState:
    """Where a statement stands. `status` is the Data API's word; `error` is empty unless it failed."""

    status: str
    error: str
    has_result: bool

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("FINISHED", "FAILED", "ABORTED")


class StillRunning(TransientError):
    """The time to wait is over and the statement goes on: ask again later, by its id."""


class UnknownStatement(TransientError):
    """The Data API does not know this statement (any more): it keeps them for 24 hours."""


def admin_secret_arn(client: "RedshiftServerlessClient", namespace: str) -> str:
    """The secret of a namespace's administrator, which Redshift keeps; CloudFormation cannot tell it."""
    return client.get_namespace(namespaceName=namespace)["namespace"]["adminPasswordSecretArn"]


class Warehouse:
    """One database behind a Redshift Serverless workgroup."""

    def __init__(
        self, client: "RedshiftDataAPIServiceClient", workgroup: str, database: str, secret_arn: str | None = None
    ) -> None:
        self._client = client
        self._where: dict[str, Any] = {"WorkgroupName": workgroup, "Database": database}
        if secret_arn:
            self._where["SecretArn"] = secret_arn

    def submit(self, statements: Sequence[str], parameters: Mapping[str, str], *, name: str, token: str) -> str:
        """Send statements to run as one transaction and return the id to ask after them by.

        The same `token` (at most 64 characters, kept 8 hours) is the same request: it is run once.
        """
        arguments: dict[str, Any] = {"StatementName": name, "ClientToken": token, **self._where}
        if parameters:
            arguments["Parameters"] = _named(parameters)
        with _service_errors():
            return self._client.batch_execute_statement(Sqls=list(statements), **arguments)["Id"]

    def state(self, statement_id: str) -> StatementState:
        """Where a statement stands now.

        Raises:
            UnknownStatement: the Data API does not know it.
        """
        with _service_errors():
            try:
                found = self._client.describe_statement(Id=statement_id)
            except ClientError as error:
                if _code(error) == "ResourceNotFoundException":
                    raise UnknownStatement(f"statement {statement_id} is not known any more") from error
                raise
        return StatementState(found["Status"], found.get("Error", ""), found.get("HasResultSet", False))

    def wait(self, statement_id: str, seconds_left: SecondsLeft) -> StatementState:
        """Wait until a statement has finished, and return where it stands then.

        Raises:
            StillRunning: `seconds_left` ran out; the statement goes on.
            TransientError, WarehouseError: it failed, and a retry may or will not help.
        """
        for pause in _pauses():
            state = self.state(statement_id)
            if state.ended:
                break
            if seconds_left() <= pause:
                raise StillRunning(f"statement {statement_id} is {state.status} after the time to wait for it")
            time.sleep(pause)
        if state.status != "FINISHED":
            message = state.error or f"the statement was {state.status.lower()}"
            if state.status == "ABORTED" or _TRANSIENT.search(message):
                raise TransientError(message)
            raise WarehouseError(message)
        return state

    def run(self, statements: Sequence[str], seconds_left: SecondsLeft, *, name: str, token: str) -> None:
        """Run statements as one transaction and wait for them."""
        self.wait(self.submit(statements, {}, name=name, token=token), seconds_left)

    def query(
        self, sql: str, seconds_left: SecondsLeft, parameters: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Run one statement and return its rows, if it has any.

        Each is a dict by column label; numbers as the Data API gives them.
        """
        arguments: dict[str, Any] = {"Parameters": _named(parameters)} if parameters else {}
        with _service_errors():
            statement_id = self._client.execute_statement(Sql=sql, **arguments, **self._where)["Id"]
        if not self.wait(statement_id, seconds_left).has_result:
            return []
        rows: list[dict[str, Any]] = []
        with _service_errors():
            for page in self._client.get_paginator("get_statement_result").paginate(Id=statement_id):
                labels = [column["label"] if "label" in column else column["name"] for column in page["ColumnMetadata"]]
                rows += [dict(zip(labels, map(_value, record), strict=True)) for record in page["Records"]]
        return rows

    def snapshot(self, queries: Sequence[str], seconds_left: SecondsLeft, *, name: str) -> list[Table]:
        """Run at most 40 queries in one transaction, so that they see the same data, and return their rows as text."""
        with _service_errors():
            statement_id = self._client.batch_execute_statement(
                Sqls=list(queries), StatementName=name, ResultFormat="CSV", **self._where
            )["Id"]
        self.wait(statement_id, seconds_left)
        with _service_errors():
            return [self._table(f"{statement_id}:{number}") for number in range(1, len(queries) + 1)]

    def _table(self, statement_id: str) -> Table:
        columns: tuple[str, ...] = ()
        types: tuple[str, ...] = ()
        rows: list[list[str]] = []
        for page in self._client.get_paginator("get_statement_result_v2").paginate(Id=statement_id):
            columns = tuple(column.get("label") or column["name"] for column in page["ColumnMetadata"])
            types = tuple(column.get("typeName", "") for column in page["ColumnMetadata"])
            for record in page["Records"]:
                found = list(csv.reader(io.StringIO(record["CSVRecords"], newline="")))
                # The documentation shows no header line, and does not say that there is none.
                rows += found[1:] if found and tuple(found[0]) == columns else found
        return Table(columns, rows, types)


def _value(field: Mapping[str, Any]) -> Any:
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value


def _named(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in parameters.items()]


def _pauses() -> Iterator[float]:
    yield from _POLL_SECONDS
    while True:
        yield _POLL_SECONDS[-1]


@contextmanager
def _service_errors() -> Iterator[None]:
    """Turn what boto3 raises into the two kinds of error that decide about retry."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        message = error.response.get("Error", {}).get("Message", "")
        if _code(error) in _RETRIED or status >= 500 or _TRANSIENT.search(message):
            raise TransientError(f"{_code(error)}: {message}") from error
        raise WarehouseError(f"{_code(error)}: {message}") from error
    except BotoCoreError as error:
        raise TransientError(f"Redshift could not be reached: {error}") from error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")

"""The emulator in-process, with moto's S3 behind COPY and UNLOAD."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from local.redshift.server import Server

BUCKET = "warehouse-bucket"
ROLE = "arn:aws:iam::123456789012:role/copy"
_PASS: Any = {"core": {"passthrough": {"urls": ["127.0.0.1"], "services": ["redshift-data"]}}}


@dataclass
class Warehouse:
    """What a client can do, with statements run to their end."""

    client: Any
    s3: Any
    server: Server

    def submit(self, sql: str | list[str], parameters: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
        """Run to the end; the description of the statement."""
        request: dict[str, Any] = {"WorkgroupName": "default", "Database": "dev", **members}
        if parameters:
            request["Parameters"] = [{"name": k, "value": v} for k, v in parameters.items()]
        if isinstance(sql, list):
            identifier = self.client.batch_execute_statement(Sqls=sql, **request)["Id"]
        else:
            identifier = self.client.execute_statement(Sql=sql, **request)["Id"]
        described: dict[str, Any] = self.client.describe_statement(Id=identifier, WaitTimeSeconds=30)
        return described

    def run(self, *sqls: str, **parameters: str) -> list[tuple[Any, ...]]:
        """Run each; the rows of the last one. AssertionError if one fails."""
        described: dict[str, Any] = {}
        for sql in sqls:
            described = self.submit(sql, parameters if ":" in sql else None)
            assert described["Status"] == "FINISHED", f"{sql}: {described.get('Error')}"
        return self.rows(described["Id"]) if described.get("HasResultSet") else []

    def rows(self, identifier: str) -> list[tuple[Any, ...]]:
        pages = self.client.get_paginator("get_statement_result").paginate(Id=identifier)
        return [tuple(field(f) for f in record) for page in pages for record in page["Records"]]

    def error(self, sql: str | list[str], **parameters: str) -> str:
        described = self.submit(sql, parameters or None)
        assert described["Status"] == "FAILED", f"{sql} came to {described['Status']}"
        return str(described["Error"])

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"


def field(value: dict[str, Any]) -> Any:
    return None if value.get("isNull") else next(iter(value.values()))


def connect(server: Server) -> Any:
    config = Config(retries={"max_attempts": 0, "mode": "standard"})
    return boto3.client("redshift-data", endpoint_url=server.url, region_name="us-east-1", config=config)


@pytest.fixture(scope="package")
def aws() -> Iterator[Any]:
    with mock_aws(config=_PASS):
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        yield s3


@pytest.fixture(scope="package")
def shared(aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One server for the tests that leave nothing behind."""
    with Server(tmp_path_factory.mktemp("redshift") / "shared.duckdb", s3=lambda: aws) as server:
        yield Warehouse(connect(server), aws, server)


@pytest.fixture
def start(aws: Any, tmp_path: Path) -> Iterator[Callable[..., Warehouse]]:
    """Servers of a test's own; the same name is the same file."""
    started: list[Server] = []

    def begin(name: str = "own", **settings: Any) -> Warehouse:
        server = Server(tmp_path / f"{name}.duckdb", s3=lambda: aws, **settings).start()
        started.append(server)
        return Warehouse(connect(server), aws, server)

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def warehouse(start: Callable[..., Warehouse]) -> Warehouse:
    return start()

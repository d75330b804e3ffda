"""As whom the `etl` command asks a stack's warehouse."""

from typing import Any

import boto3
import pytest

from etl.target import Target


class Session(boto3.Session):
    """A session whose every client is this one; it notes what the Data API is asked with."""

    asked: dict[str, Any]

    def client(self, *_: Any, **__: Any) -> Any:
        return self

    def get_namespace(self, namespaceName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        return {"namespace": {"adminPasswordSecretArn": f"secret of {namespaceName}"}}

    def batch_execute_statement(self, **arguments: Any) -> dict[str, Any]:
        self.asked = arguments
        return {"Id": "id"}


@pytest.mark.parametrize(
    ("outputs", "secret"),
    [
        pytest.param({"NamespaceName": "walmart-bie-namespace"}, "secret of walmart-bie-namespace", id="own"),
        pytest.param({"AdminSecretArn": "arn"}, "arn", id="existing workgroup"),
        pytest.param({}, None, id="existing workgroup, as the caller"),
    ],
)
def test_it_asks_as_the_administrator_where_there_is_one(outputs: dict[str, str], secret: str | None) -> None:
    session = Session()
    target = Target(session, "stack")
    vars(target)["outputs"] = {"WorkgroupName": "workgroup", "DatabaseName": "dev", **outputs}
    target.warehouse.submit(["SELECT 1"], {}, name="name", token="token")  # noqa: S106 - no secret
    assert session.asked.get("SecretArn") == secret

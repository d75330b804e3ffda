"""CloudFormation: the answer that a custom resource owes it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen


@contextmanager
def answer(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell CloudFormation how its request ended: with what the block puts into the dict, or failed with its error.

    An error is also raised again, for the function's own log and metrics. A request without a ResponseURL (a test
    in the console, `sam local invoke`) is not answered.

    Source: AWS CloudFormation user guide, "Custom resource response objects".
    """
    data: dict[str, Any] = {}
    try:
        yield data
    except Exception as error:
        _send(event, "FAILED", {}, f"{type(error).__name__}: {error}"[:2000])
        raise
    _send(event, "SUCCESS", data, "")


def _send(event: Mapping[str, Any], status: str, data: Mapping[str, Any], reason: str) -> None:
    url = event.get("ResponseURL")
    if not url:
        return
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"ResponseURL {url!r} is not an HTTP address")
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId") or "warehouse-schema",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    # CloudFormation signs the URL for an empty content type.
    request = Request(url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 - checked above
    with urlopen(request, timeout=30):  # noqa: S310 - checked above
        pass

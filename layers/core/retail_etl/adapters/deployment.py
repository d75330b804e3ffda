"""CloudFormation: the answer that a custom resource owes it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

_TRIES = 3
_REASON_CHARACTERS = 2_000  # the whole answer may have 4,096 bytes


@contextmanager
def answer(event: Mapping[str, Any], resource_id: str, log: Callable[[str], object]) -> Iterator[dict[str, Any]]:
    """Tell CloudFormation how its request ended: with what the block puts into the dict, or failed with its error.

    An error that was answered is logged and goes no further: raised, Lambda would run the request again while the
    stack is already being rolled back. A request without a ResponseURL (a test in the console, `sam local invoke`)
    is not answered, and its error is raised. Another `resource_id` than last time has CloudFormation delete the
    resource of the old one; what is deleted keeps the id that it is asked for by.

    Source: AWS CloudFormation user guide, "Custom resource response objects".
    """
    data: dict[str, Any] = {}
    if event["RequestType"] == "Delete":
        resource_id = event.get("PhysicalResourceId", resource_id)
    try:
        yield data
    except Exception as error:
        if not event.get("ResponseURL"):
            raise
        log("failed")
        _send(event, "FAILED", resource_id, {}, f"{type(error).__name__}: {error}")
    else:
        if event.get("ResponseURL"):
            _send(event, "SUCCESS", resource_id, data, "")


def _send(event: Mapping[str, Any], status: str, resource_id: str, data: Mapping[str, Any], reason: str) -> None:
    url = event["ResponseURL"]
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"ResponseURL {url!r} is not an HTTP address")
    body = {
        "Status": status,
        # In ASCII, so that a character is a byte.
        "Reason": reason.encode("ascii", "replace").decode()[:_REASON_CHARACTERS],
        "PhysicalResourceId": resource_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    # CloudFormation signs the URL for an empty content type.
    request = Request(url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 - checked above
    for attempt in range(1, _TRIES + 1):
        try:
            with urlopen(request, timeout=30):  # noqa: S310 - checked above
                return
        except OSError:  # URLError is one, and so is a connection that was cut
            # Unanswered, CloudFormation waits until the resource's ServiceTimeout is over.
            if attempt == _TRIES:
                raise
            time.sleep(attempt)

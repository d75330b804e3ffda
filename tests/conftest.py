"""What holds for every test: no machine-specific region, what Powertools reads when a handler is imported, and that a
function calls nothing which its role in template.yaml does not allow.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from botocore.client import BaseClient

# Started in the background, a shell has its children ignore Ctrl-C, and they theirs: tests that stop a command need it.
signal.signal(signal.SIGINT, signal.default_int_handler)
if "ETL_STACK" not in os.environ:  # a real stack is in the region that the environment or the profile says
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
os.environ.update(
    POWERTOOLS_SERVICE_NAME="test",
    POWERTOOLS_TRACE_DISABLED="1",
    POWERTOOLS_METRICS_DISABLED="1",
)

_TESTS = Path(__file__).parent
_FUNCTIONS = _TESTS.parent / "functions"


@pytest.fixture(autouse=True)
def _least_privilege(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at every API call that is made from within a handler."""
    refusals: list[str] = []
    call: Any = vars(BaseClient)["_make_api_call"]  # botocore has no other place that sees each call by its name

    def seen(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if function := _calling_function():
            from tests.template.iam import refused

            name = f"{client.meta.service_model.service_name}.{operation}"
            refusals.extend(f"{function} calls {name}: {what}" for what in refused(function, name, parameters))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", seen)
    yield
    assert not refusals


def _calling_function() -> str | None:
    """The function, by its name in the template, whose handler is at work further up the stack.

    What a test itself does in the middle of a handler, playing somebody else, is not the function's.
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - as inspect.stack() does, without reading the sources
    while frame and not frame.f_code.co_filename.endswith("botocore/client.py"):
        frame = frame.f_back  # this hook, and others around it
    while frame := frame and frame.f_back:
        path = frame.f_code.co_filename
        if path.startswith(str(_TESTS)):
            return None
        if path.endswith("handler.py") and path.startswith(str(_FUNCTIONS)):
            return "".join(part.capitalize() for part in Path(path).parent.name.split("_"))
    return None

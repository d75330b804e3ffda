"""Which function loads what of the layers: what is not loaded costs no cold start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(handler.parent for handler in (ROOT / "functions").glob("*/handler.py"))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_pandas_and_pyarrow_load_in_clean_raw_alone(function: Path) -> None:
    heavy = ["numpy", "pandas", "pyarrow"]
    code = f"import sys, handler; print(*(name for name in {heavy} if name in sys.modules))"
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    loaded = subprocess.check_output(  # noqa: S603 - our own
        [sys.executable, "-c", code], cwd=function, env=environment, text=True
    ).split()
    assert loaded == (heavy if function.name == "clean_raw" else [])

"""The layers as `sam build` leaves them: small enough, and with bytecode that stays valid; who loads what of them."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
FUNCTIONS = sorted(handler.parent for handler in (ROOT / "functions").glob("*/handler.py"))
LAYERS = [BUILD / "CoreLayer" / "python", BUILD / "DataframeLayer" / "python"]
MOST_BYTES = 200_000_000  # Lambda allows 262,144,000 for a function with its layers
UNCHECKED_HASH = 0b01  # PEP 552: valid whatever the source's time or content

built = pytest.mark.skipif(not all(layer.exists() for layer in LAYERS), reason="`sam build` has not run")


@built
def test_layers_together_are_small_enough() -> None:
    files = (path for layer in LAYERS for path in layer.rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in files) < MOST_BYTES


@built
@pytest.mark.parametrize("package", ["pandas", "pyarrow", "numpy", "boto3", "botocore", "retail_etl/cleaning"])
def test_every_module_has_bytecode(package: str) -> None:
    (folder,) = (layer / package for layer in LAYERS if (layer / package).exists())
    for module in folder.glob("*.py"):
        bytecode = folder / "__pycache__" / f"{module.stem}.cpython-312.pyc"
        assert struct.unpack("<I", bytecode.read_bytes()[4:8]) == (UNCHECKED_HASH,)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_pandas_and_pyarrow_load_in_clean_raw_alone(function: Path) -> None:
    heavy = ["numpy", "pandas", "pyarrow"]
    code = f"import sys, handler; print(*(name for name in {heavy} if name in sys.modules))"
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    loaded = subprocess.check_output(  # noqa: S603 - our own
        [sys.executable, "-c", code], cwd=function, env=environment, text=True
    ).split()
    assert loaded == (heavy if function.name == "clean_raw" else [])

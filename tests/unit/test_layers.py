"""The layers as `sam build` leaves them: small enough, and with bytecode that stays valid."""

import struct
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[2] / ".aws-sam" / "build"
LAYERS = [BUILD / "CoreLayer" / "python", BUILD / "DataframeLayer" / "python"]
MOST_BYTES = 200_000_000  # Lambda allows 262,144,000 for a function with its layers
UNCHECKED_HASH = 0b01  # PEP 552: valid whatever the source's time or content

pytestmark = pytest.mark.skipif(not all(layer.exists() for layer in LAYERS), reason="`sam build` has not run")


def test_layers_together_are_small_enough() -> None:
    files = (path for layer in LAYERS for path in layer.rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in files) < MOST_BYTES


@pytest.mark.parametrize("package", ["pandas", "pyarrow", "numpy", "boto3", "botocore", "retail_etl/cleaning"])
def test_every_module_has_bytecode(package: str) -> None:
    (folder,) = (layer / package for layer in LAYERS if (layer / package).exists())
    for module in folder.glob("*.py"):
        bytecode = folder / "__pycache__" / f"{module.stem}.cpython-312.pyc"
        assert struct.unpack("<I", bytecode.read_bytes()[4:8]) == (UNCHECKED_HASH,)

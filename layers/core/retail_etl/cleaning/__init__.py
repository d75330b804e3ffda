"""Cleaning: a raw file in, the clean CSV, the rejects and the counts out. Pure: no AWS, no environment."""

# ruff: noqa: E402 - the garbage collector is off while the imports below are made
import gc

# pandas and pyarrow bring some hundred thousand objects that stay. The garbage collector would go through them while
# they are imported and again while a file is cleaned, and find nothing: a fifth of the import, 0.1 s a file.
_was_enabled = gc.isenabled()
gc.disable()

from retail_etl.cleaning.engine import clean
from retail_etl.cleaning.limits import most_rows
from retail_etl.cleaning.outcome import Cleaned
from retail_etl.cleaning.outputs import BinaryWriter
from retail_etl.cleaning.source import BinaryReader

gc.freeze()
if _was_enabled:
    gc.enable()

__all__ = ["BinaryReader", "BinaryWriter", "Cleaned", "clean", "most_rows"]

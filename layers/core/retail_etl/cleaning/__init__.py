"""Cleaning: a raw file in, the clean CSV, the rejects and the counts out. Pure: no AWS, no environment."""

import gc

# pandas and pyarrow bring some hundred thousand objects that stay. The garbage collector would go through them while
# they are imported and again while a file is cleaned, and find nothing: a fifth of the import, 0.1 s a file.
_was_enabled = gc.isenabled()
gc.disable()

from retail_etl.cleaning.engine import clean  # noqa: E402
from retail_etl.cleaning.limits import most_rows  # noqa: E402
from retail_etl.cleaning.outcome import Cleaned  # noqa: E402
from retail_etl.cleaning.outputs import BinaryWriter  # noqa: E402
from retail_etl.cleaning.source import BinaryReader  # noqa: E402

gc.freeze()
if _was_enabled:
    gc.enable()

__all__ = ["BinaryReader", "BinaryWriter", "Cleaned", "clean", "most_rows"]

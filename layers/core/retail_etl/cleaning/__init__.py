"""Cleaning: a raw file in, the clean CSV, the rejects and the counts out. Pure: no AWS, no environment."""

from retail_etl.cleaning.engine import clean
from retail_etl.cleaning.limits import most_rows
from retail_etl.cleaning.outcome import Cleaned
from retail_etl.cleaning.outputs import BinaryWriter
from retail_etl.cleaning.source import BinaryReader

__all__ = ["BinaryReader", "BinaryWriter", "Cleaned", "clean", "most_rows"]

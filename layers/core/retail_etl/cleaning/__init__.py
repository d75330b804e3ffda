"""Cleaning: a raw file in, the clean CSV, the rejects and the counts out. Pure: no AWS, no environment."""

from retail_etl.cleaning.engine import BinaryReader, BinaryWriter, clean
from retail_etl.cleaning.outcome import Cleaned

__all__ = ["BinaryReader", "BinaryWriter", "Cleaned", "clean"]

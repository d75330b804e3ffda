"""The engine's answer beside the oracle's."""

import io

import pytest

from retail_etl.cleaning import Cleaned, clean
from retail_etl.contract import Contract
from retail_etl.errors import DeliveryRefused
from tests.unit.cleaning.oracle import Refused, expected


def cleaned(raw: bytes, contract: Contract, block_bytes: int = 1 << 20) -> tuple[Cleaned, bytes, bytes]:
    """(outcome, clean CSV, rejects CSV)"""
    clean_out, rejects_out = io.BytesIO(), io.BytesIO()
    outcome = clean(io.BytesIO(raw), contract, clean_out=clean_out, rejects_out=rejects_out, block_bytes=block_bytes)
    return outcome, clean_out.getvalue(), rejects_out.getvalue()


def assert_same(raw: bytes, contract: Contract, block_bytes: int = 1 << 20) -> Cleaned | None:
    """Compare everything that comes of a file with the oracle's answer. None if both refuse to read it."""
    try:
        wanted = expected(raw, contract)
    except Refused:
        with pytest.raises(DeliveryRefused):
            cleaned(raw, contract, block_bytes)
        return None
    outcome, clean_csv, rejects_csv = cleaned(raw, contract, block_bytes)
    assert rejects_csv.decode() == wanted.rejects.decode()
    assert clean_csv.decode() == wanted.clean.decode()
    assert outcome.reject_reasons == wanted.reject_reasons
    assert outcome.ignored_columns == wanted.ignored_columns
    assert outcome.recoded_lines == wanted.recoded_lines
    assert outcome.months == {day[:7] for day in wanted.days}
    assert (outcome.refusal is not None) == wanted.refused
    days = sorted(wanted.days)
    assert [str(outcome.first_day), str(outcome.last_day)] == ([days[0], days[-1]] if days else ["None", "None"])
    counts = outcome.rows_read, outcome.rows_clean, outcome.rows_rejected, outcome.duplicates_dropped
    assert counts == (wanted.rows_read, wanted.rows_clean, wanted.rows_rejected, wanted.duplicates_dropped)
    return outcome

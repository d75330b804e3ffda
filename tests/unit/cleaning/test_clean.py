"""The engine against the oracle: to the byte, and to the count."""

import io
from pathlib import Path

from retail_etl.cleaning import Cleaned, clean
from retail_etl.contract import Contract, shipped_contract
from tests.unit.cleaning.oracle import expected

SAMPLE = Path(__file__).parents[3] / "samples" / "purchases_sample.csv"


def assert_same(raw: bytes, contract: Contract) -> Cleaned:
    """Clean the file and compare everything with the oracle's answer."""
    clean_out, rejects_out = io.BytesIO(), io.BytesIO()
    outcome = clean(io.BytesIO(raw), contract, clean_out=clean_out, rejects_out=rejects_out)
    wanted = expected(raw, contract)
    assert rejects_out.getvalue().decode() == wanted.rejects.decode()
    assert clean_out.getvalue().decode() == wanted.clean.decode()
    assert outcome.reject_reasons == wanted.reject_reasons
    assert (outcome.rows_read, outcome.rows_clean, outcome.rows_rejected, outcome.duplicates_dropped) == (
        wanted.rows_read,
        wanted.rows_clean,
        wanted.rows_rejected,
        wanted.duplicates_dropped,
    )
    assert outcome.months == {day[:7] for day in wanted.days}
    return outcome


def test_the_shipped_sample() -> None:
    outcome = assert_same(SAMPLE.read_bytes(), shipped_contract())
    assert outcome.refusal is None
    assert outcome.rows_rejected > 0
    assert outcome.duplicates_dropped > 0
    assert outcome.months == {"2025-06"}

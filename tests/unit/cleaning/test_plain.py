"""What the bytes alone call clean, the rule calls clean as well, and leaves as it stands."""

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from retail_etl.cleaning.plain import plain_check
from retail_etl.cleaning.rules import judge
from retail_etl.contract import shipped_contract

CONTRACT = shipped_contract()
TEXTS = st.one_of(
    st.from_regex(r"[0-9]{0,6}\.[0-9]{0,3}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._-]{0,70}", fullmatch=True),
    st.sampled_from(
        ["0.01", "0.00", "10000.00", "10000.01", "9999.99", "00.50", "NA", "none", "-", "nan", "1,50", "é"]
    ),
    st.text(max_size=10),
)


@given(st.lists(TEXTS, min_size=1, max_size=20, unique=True))
def test_plain_is_clean(texts: list[str]) -> None:
    for column in CONTRACT.columns:
        check = plain_check(column.rule, CONTRACT)
        if check is None:
            continue
        plain = check(pa.array([text.encode() for text in texts], pa.binary()))
        clean, reason = judge(pd.Series(texts, dtype=object), column, CONTRACT.missing_tokens)
        for text, is_plain, written, why in zip(texts, plain, clean, reason, strict=True):
            assert not is_plain or (written, why) == (text, "")


def test_what_is_usual_is_plain() -> None:
    usual = {
        "customer_id": ["84607c1f-910c-44d5-b89f-e1ee06dd34c0", "C.1_2-3"],
        "purchase_amount": ["0.01", "12.50", "10000.00"],
    }
    for column in CONTRACT.columns:
        check = plain_check(column.rule, CONTRACT)
        assert (check is not None) == (column.name in usual)
        if check is not None:
            assert check(pa.array([text.encode() for text in usual[column.name]], pa.binary())).all()

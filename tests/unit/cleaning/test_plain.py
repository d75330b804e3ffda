"""What looks alone call clean, the rule calls clean as well, and leaves as it stands."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from retail_etl.cleaning.plain import PlainCheck, plain_check, plain_text
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
WORDS = st.one_of(
    st.from_regex(r"[A-Z][a-z]{0,3}([ '.&/-][A-Za-z0-9]{0,3}){0,4}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9 .'&/-]{0,12}", fullmatch=True),
    st.sampled_from(
        ["None", "Null", "New  York", "New York ", "Ab", "A.B.C.D", "Łódź", "Paris\n", "Paris\x7f", "Bb" * 65]
    ),
)


@given(st.lists(TEXTS, min_size=1, max_size=20, unique=True))
def test_plain_is_clean(texts: list[str]) -> None:
    for column in CONTRACT.columns:
        check = plain_check(column.rule, CONTRACT)
        if check is None:
            continue
        plain = _checked(check, texts)
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
            assert all(_checked(check, usual[column.name]))


def _checked(check: PlainCheck, texts: list[str]) -> list[bool]:
    """What the check says of texts that stand side by side in a larger one, as fields do."""
    fields = [text.encode() for text in texts]
    ends = np.cumsum([len(field) + 1 for field in fields], dtype=np.int32) - 1
    starts = ends - np.array([len(field) for field in fields], np.int32)
    return list(check(b",".join(fields), starts, ends))


@given(st.lists(WORDS, min_size=1, max_size=20, unique=True))
def test_plain_words_are_clean(texts: list[str]) -> None:
    for column in CONTRACT.columns:
        plain = plain_text(column.rule, CONTRACT.missing_tokens)
        assert (plain is not None) == (column.name == "city")
        if plain is not None:
            clean, reason = judge(pd.Series(texts, dtype=object), column, CONTRACT.missing_tokens)
            for text, written, why in zip(texts, clean, reason, strict=True):
                assert not plain.fullmatch(text) or (written, why) == (text, "")


def test_usual_words_are_plain() -> None:
    (city,) = (column for column in CONTRACT.columns if column.name == "city")
    plain = plain_text(city.rule, CONTRACT.missing_tokens)
    assert plain is not None
    for text in ("Nashville", "East Carolstad", "St. John's", "Winston-Salem", "McAllen 2"):
        assert plain.fullmatch(text)

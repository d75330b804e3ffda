"""Texts have equal hashes if and only if they are equal, wherever they stand and whatever is hashed beside them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retail_etl.cleaning.duplicates import TextHash

TEXTS = st.lists(st.one_of(st.binary(max_size=20), st.binary(min_size=60, max_size=140)), max_size=12)


@given(TEXTS, st.binary(max_size=9), st.binary(max_size=9))
def test_equal_texts_have_equal_hashes(texts: list[bytes], before: bytes, behind: bytes) -> None:
    hashed = TextHash()
    together = _hashes(hashed, texts, before, behind)
    alone = [_hashes(hashed, [text], b"", b"")[0] for text in texts]
    assert together == alone
    assert len(set(together)) == len(set(texts))


@given(st.binary(max_size=30), st.integers(1, 20))
def test_zero_bytes_at_the_end_count(text: bytes, more: int) -> None:
    short, long = _hashes(TextHash(), [text, text + bytes(more)], b"", b"")
    assert short != long


def _hashes(hashed: TextHash, texts: list[bytes], before: bytes, behind: bytes) -> list[tuple[int, int]]:
    lengths = np.array([len(text) for text in texts], np.int32)
    starts = (len(before) + np.cumsum(lengths) - lengths).astype(np.int32)
    high, low = hashed(before + b"".join(texts) + behind, starts, lengths).tolist()
    return list(zip(high, low, strict=True))

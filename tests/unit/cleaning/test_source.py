"""Lines that are not UTF-8 are told apart from those that are, however many are looked at together."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_etl.cleaning import source
from retail_etl.contract import shipped_contract

CONTRACT = shipped_contract()
LINES = st.lists(
    st.tuples(
        st.sampled_from([b"", b"a", b"plain", "Łódź".encode(), b"caf\xe9", b"\x81", b"\xc3", b"\xa9 x" * 9]),
        st.sampled_from([b"\n", b"\r\n", b"\r"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(("near", "nearer"), [(1, 1), (16, 1), (16, 16), (64, 8)])
@given(lines=LINES, block_bytes=st.integers(3, 200))
def test_every_line_for_itself(near: int, nearer: int, lines: list[tuple[bytes, bytes]], block_bytes: int) -> None:
    raw = b"".join(line + end for line, end in lines)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "_NEAR", near)
        patched.setattr(source, "_NEARER", nearer)
        read = source.Source(io.BytesIO(raw), CONTRACT, block_bytes)
        text = b"".join(read)
    physical = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)", raw)
    recoded = [line for line in physical if not _is_utf8(line)]
    assert text == b"".join(line if _is_utf8(line) else _recoded(line) for line in physical)
    assert read.recoded_lines == len(recoded)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _recoded(line: bytes) -> bytes:
    """Windows-1252, with Latin-1 for what it leaves undefined."""
    return "".join(
        bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252") for byte in line
    ).encode()

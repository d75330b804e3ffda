"""The packed cube, read back as the page reads it."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_etl.publishing.packing import add_up, pack
from retail_etl.publishing.tables import Table


def unpack(cube: dict[str, Any]) -> Iterator[tuple[list[str], list[int]]]:
    data = iter(b64decode(cube["data"]))

    def number() -> int:
        value, shift = 0, 0
        while (byte := next(data)) > 127:
            value |= (byte & 127) << shift
            shift += 7
        value |= byte << shift
        return ~(value >> 1) if value & 1 else value >> 1

    key = 0
    for _ in range(cube["rows"]):
        key += number()
        texts, rest = [], key
        for dimension in reversed(cube["dimensions"]):
            rest, code = divmod(rest, len(dimension["values"]))
            texts.append(dimension["values"][code])
        yield texts[::-1], [number() for _ in cube["measures"]]
    assert next(data, None) is None


@given(
    st.dictionaries(
        st.tuples(st.text(max_size=3), st.sampled_from(["", "a", "b"])),
        st.tuples(st.integers(0, 10**9), st.decimals(-(10**9), 10**15, places=2)),
    )
)
def test_what_is_packed_comes_back(rows: dict[tuple[str, str], tuple[int, Any]]) -> None:
    table = Table(
        ("x", "y", "orders", "revenue"),
        [[*key, str(orders), f"{revenue:f}"] for key, (orders, revenue) in rows.items()],
    )
    cube = pack(table, {"orders": 1, "revenue": 100})
    back = {tuple(texts): tuple(numbers) for texts, numbers in unpack(cube)}
    assert back == {key: (orders, int(revenue * 100)) for key, (orders, revenue) in rows.items()}


@pytest.mark.parametrize(("squares", "whole"), [("0.4999", 0), ("0.5001", 1), ("12.9999", 13)])
def test_a_measure_is_rounded_to_what_its_factor_makes_whole(squares: str, whole: int) -> None:
    (row,) = unpack(pack(Table(("x", "squares"), [["a", squares]]), {"squares": 1}))
    assert row == (["a"], [whole])


def test_a_dimension_that_is_left_out_is_added_up() -> None:
    cube = Table(
        ("month", "city", "orders", "payment", "revenue"),
        [
            ["2024-01", "A", "1", "UPI", "0.10"],
            ["2024-01", "B", "2", "UPI", "0.20"],
            ["2024-01", "", "3", "Card", "0.30"],
            ["2024-02", "A", "4", "UPI", "0.40"],
        ],
    )
    less = add_up(cube, ("city", "unheard of"), ("orders", "revenue", "rating"))
    assert (less.columns, less.rows) == (
        ("month", "payment", "orders", "revenue"),
        [["2024-01", "UPI", "3", "0.30"], ["2024-01", "Card", "3", "0.30"], ["2024-02", "UPI", "4", "0.40"]],
    )


def test_an_empty_cube() -> None:
    cube = pack(Table(("x", "orders"), []), {"orders": 1})
    assert (cube["rows"], cube["data"], cube["dimensions"]) == (0, "", [{"name": "x", "values": []}])

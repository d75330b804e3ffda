"""What objects are called."""

import pytest

from retail_etl import naming

EVERY_MONTH = {f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)}


@pytest.mark.parametrize(
    ("raw_key", "month"),
    [
        ("raw/purchases_2025-06.csv", "2025-06"),
        ("raw/purchases-2025-06-30.csv", "2025-06"),
        ("raw/2024-01/purchases_2025-06.csv", "2025-06"),
        ("raw/2024-12-2025-01.csv", "2025-01"),
        ("raw/Jun-2025.csv", "2025-06"),
        ("raw/june_2025.csv", "2025-06"),
        ("raw/SEP-2024 final.csv", "2024-09"),
        ("raw/2025-06 corrected may-2025.csv", "2025-05"),
        ("raw/2025-13.csv", None),
        ("raw/2025-061.csv", None),
        ("raw/12025-06.csv", None),
        ("raw/2025-06123.csv", None),
        ("raw/jun-20255.csv", None),
        ("raw/june 2025.csv", None),
        ("raw/2031-06.csv", None),
        ("raw/purchases.csv", None),
    ],
)
def test_month_of_key(raw_key: str, month: str | None) -> None:
    assert naming.month_of_key(raw_key, EVERY_MONTH) == month


def test_month_of_a_delivery_is_the_newest_unless_its_key_names_one_it_holds() -> None:
    assert naming.delivery_month("raw/2025-05.csv", {"2025-04", "2025-05", "2025-06"}) == "2025-05"
    assert naming.delivery_month("raw/2025-07.csv", {"2025-04", "2025-06"}) == "2025-06"


@pytest.mark.parametrize(
    ("raw_key", "expected"),
    [
        ("raw/a.csv", "monthly_data/walmart_customer_Jun-2025.csv"),
        ("raw/north/2025/a.csv", "monthly_data/north/2025/walmart_customer_Jun-2025.csv"),
        ("raw/../x/a b+c.csv", "monthly_data/../x/walmart_customer_Jun-2025.csv"),
    ],
)
def test_monthly_keys(raw_key: str, expected: str) -> None:
    first, second, third = naming.monthly_keys(raw_key, "2025-06", "walmart_customer")
    identity = naming.key_hash(raw_key)
    assert first == expected
    assert second == expected.replace(".csv", f"_{identity[:8]}.csv")
    assert third == expected.replace(".csv", f"_{identity}.csv")


LONGEST = "raw/" + "ü" * 510
DEEPEST = "raw/" + "é" * 500 + "/a.csv"


@pytest.mark.parametrize("raw_key", ["raw/a.csv", LONGEST, LONGEST[:-1] + "u", DEEPEST])
def test_every_name_fits_into_s3_and_differs_by_raw_key(raw_key: str) -> None:
    def names(key: str) -> list[str]:
        return [
            *naming.monthly_keys(key, "2025-06", "walmart_customer")[1:],
            naming.clean_report_key(key),
            naming.load_report_key(key),
            naming.rejects_key(key),
            naming.load_report_key_by_hand(key),
        ]

    assert all(len(name.encode()) <= naming.MAX_KEY_BYTES for name in names(raw_key))
    assert not set(names(raw_key)) & set(names(raw_key + "x"))
    assert [name.split("/")[0] for name in names(raw_key)[:3]] == ["monthly_data", "monthly_data", "reports"]


@pytest.mark.parametrize("key", ["raw/a.csv", "raw/naïve ☕ '\";--\n\\.csv", LONGEST])
def test_a_key_survives_s3_metadata(key: str) -> None:
    written = naming.to_metadata(key)
    assert written.isascii()
    assert len(written) < 1400
    assert naming.from_metadata(written) == key

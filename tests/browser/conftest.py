"""Real Chromium on real pages: built from the views over a table of purchases, opened from a file."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from retail_etl.publishing.page import build_page
from tests.unit.publishing.test_page import tables_of
from tests.views.engines import COLUMNS, DuckDb

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PUBLISHED_AT = datetime(2025, 7, 1, 8, 30, tzinfo=UTC)

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "=cmd|' /C calc'!A0",
    "{name|styled} {a|b}",
    "مدينة النور",  # read from right to left
    "Ünïcödé & \"quoted\" 'city'",
    "W" * 128,
]

# Dice that fall the same way every time.
_ROLL = "CREATE OR REPLACE MACRO roll(i, die, sides) AS CAST(md5_number_lower(i || '/' || die) % sides AS INTEGER)"
_SALES = """
    SELECT
        'c' || i AS customer_id, age, [NULL, 'Male', 'Female', 'Other'][1 + roll(i, 1, 4)] AS gender,
        CASE WHEN roll(i, 2, 9) < 5 THEN large[1 + roll(i, 3, len(large))] ELSE 'City ' || roll(i, 4, {cities}) END
            AS city,
        categories[1 + roll(i, 5, 4)] AS category, category || ' ' || roll(i, 6, 4) AS product_name,
        DATE '2024-02-10' + roll(i, 7, 366) AS purchase_date,
        10 + roll(i, 8, 48999) / 100.0 AS purchase_amount,
        ['UPI', 'Debit Card', 'Credit Card', 'Cash on Delivery'][1 + roll(i, 9, 4)] AS payment_method,
        flags[1 + roll(i, 10, len(flags))] AS discount_applied,
        CASE WHEN roll(i, 11, 11) > 0 THEN 1 + roll(i, 12, 5) END AS rating,
        ['Yes', 'No'][1 + roll(i, 13, 2)] AS repeat_customer, strftime(purchase_date, '%Y-%m') AS month,
        ['18-24', '25-34', '35-44', '45-54'][1 + age // 10 - 2] AS age_group
    FROM (
        SELECT i, 20 + roll(i, 14, 39) AS age, {large} AS large, {flags} AS flags,
            ['Electronics', 'Home', 'Beauty', 'Clothing'] AS categories
        FROM range({rows}) t(i)
    )
"""


@dataclass
class Published:
    """A page as a publish would write it, and the warehouse it was made from."""

    file: Path
    warehouse: DuckDb


@dataclass
class Watched:
    """An open page, and whatever it did that it must not do."""

    page: Page
    faults: list[str] = field(default_factory=list)


def sell(warehouse: DuckDb, rows: int, *, cities: int = 300, hostile: bool = True, unknown: bool = True) -> None:
    """Fill the table with purchases that differ in everything, the same ones every time."""
    names = ", ".join(name for name, _ in COLUMNS)
    large = [city.replace("'", "''") for city in (HOSTILE if hostile else [f"Town {number}" for number in range(20)])]
    sales = _SALES.format(
        rows=rows,
        cities=cities,
        flags="['Yes', 'No', 'Yes', NULL, 'No']" if unknown else "['Yes', 'No']",
        large="[" + ", ".join(f"'{city}'" for city in large) + "]",
    )
    warehouse.run(_ROLL)
    warehouse.run(f"INSERT INTO public.walmart_sales ({names}) SELECT {names} FROM ({sales})")


def publish(warehouse: DuckDb, folder: Path) -> Published:
    file = folder / "index.html"
    file.write_bytes(build_page(tables_of(warehouse), PUBLISHED_AT))
    return Published(file, warehouse)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    warehouse = DuckDb()
    sell(warehouse, 6000)
    return publish(warehouse, tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "continuous integration must have Chromium: scripts/install_chromium.sh"
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """A tab that notes every error, dialog and request of the page; a test ends well only without any."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(5_000)
    watched = Watched(page)

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            watched.faults.append(f"console: {message.text}")

    def request(request: Request) -> None:
        if not request.url.startswith(("file://", "data:")) or request.url.count("file://") > 1:
            watched.faults.append(f"request: {request.url}")

    def dialog(dialog: Dialog) -> None:
        watched.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", console)
    page.on("request", request)
    page.on("pageerror", lambda error: watched.faults.append(f"error: {error}"))
    page.on("dialog", dialog)
    yield watched
    page.close()
    assert watched.faults == []


@pytest.fixture
def page(watched: Watched, published: Published) -> Page:
    """The page, open on its first tab."""
    watched.page.goto(published.file.as_uri())
    return watched.page

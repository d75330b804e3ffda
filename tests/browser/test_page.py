"""The dashboard page as people meet it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.conftest import HOSTILE, Published, Watched, publish, sell
from tests.views.engines import DuckDb

TABS = ["revenue", "loyalty", "discounts", "payments", "cities"]

# What is chosen in the page, and the same in SQL over vw_purchases (p) and vw_city_segmentation (c).
SELECTIONS: list[tuple[dict[str, str], str]] = [
    ({}, "TRUE"),
    ({"from": "2024-05", "to": "2024-09"}, "p.month BETWEEN '2024-05' AND '2024-09'"),
    ({"from": "2025-02"}, "p.month = '2025-02'"),
    ({"category": "Home", "payment": "UPI"}, "p.category = 'Home' AND p.payment_method = 'UPI'"),
    ({"discount": "Unknown"}, "p.discount_applied = 'Unknown'"),
    ({"city": "segment:Low Potential"}, "c.segment = 'Low Potential'"),
    ({"city": "rest", "discount": "No"}, "c.revenue_rank > 20 AND p.discount_applied = 'No'"),
    ({"city": f"city:{HOSTILE[0]}"}, f"p.city = '{HOSTILE[0]}'"),
    (
        {"to": "2024-12", "category": "Beauty", "city": "top", "payment": "Debit Card", "discount": "Yes"},
        "p.month <= '2024-12' AND p.category = 'Beauty' AND c.revenue_rank <= 20"
        " AND p.payment_method = 'Debit Card' AND p.discount_applied = 'Yes'",
    ),
]

TILES = {
    "revenue": {
        "revenue": "CAST(SUM(amount) AS DECIMAL(18, 2))",
        "orders": "COUNT(*)",
        "average-order-value": "ROUND(CAST(SUM(amount) / COUNT(*) AS DECIMAL(20, 10)), 2)",
    },
    "loyalty": {
        "repeat-revenue-share": "ROUND(SUM(amount) FILTER (repeat = 'Yes') / SUM(amount), 6)",
        "repeat-order-share": "ROUND(COUNT(*) FILTER (repeat = 'Yes') / COUNT(*), 6)",
        "repeat-average": "ROUND(CAST(AVG(amount) FILTER (repeat = 'Yes') AS DECIMAL(20, 10)), 2)",
        "new-average": "ROUND(CAST(AVG(amount) FILTER (repeat = 'No') AS DECIMAL(20, 10)), 2)",
        "repeat-rating": "ROUND(AVG(rating) FILTER (repeat = 'Yes'), 3)",
    },
    "discounts": {
        "discount-rate": "ROUND(COUNT(*) FILTER (discount = 'Yes') / COUNT(*), 6)",
        "discount-revenue-share": "ROUND(COALESCE(SUM(amount) FILTER (discount = 'Yes'), 0) / SUM(amount), 6)",
        "discount-average": "ROUND(CAST(AVG(amount) FILTER (discount = 'Yes') AS DECIMAL(20, 10)), 2)",
    },
    "payments": {"payment-upi": "CAST(SUM(amount) FILTER (payment = 'UPI') AS DECIMAL(18, 2))"},
    "cities": {
        "powerhouse-share": "ROUND(COALESCE(SUM(amount) FILTER (segment = 'Powerhouse'), 0) / SUM(amount), 6)",
    },
}


def choose(page: Page, selection: dict[str, str]) -> None:
    page.locator("#filters").evaluate("details => { details.open = true; }")
    for name, value in selection.items():
        page.select_option(f"#{name}", value)


def open_tab(page: Page, tab: str) -> None:
    page.click(f"#tab-{tab}")
    expect(page.locator(f"#panel-{tab}")).to_be_visible()


def table_of(page: Page, card: str) -> list[list[str]]:
    details = page.locator(f"#{card} details.data")
    details.evaluate("details => { details.open = true; }")
    details.locator("tbody tr").first.wait_for()
    rows: list[list[str]] = details.evaluate(
        "details => [...details.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


@pytest.mark.parametrize("tab", TABS)
def test_every_card_of_a_tab_is_drawn(page: Page, tab: str) -> None:
    open_tab(page, tab)
    cards = page.locator(f"#panel-{tab} .card:visible")
    assert cards.count() >= 3
    for card in cards.all():
        expect(card.locator("svg path").first).to_be_attached()
        title = card.locator("h3").inner_text()
        picture = card.get_by_role("img", name=title, exact=True).first
        expect(picture).to_have_accessible_description(card.locator(".reading").inner_text())
        expect(card.locator("summary")).to_have_text(f"Show the data: {title}")
    assert page.locator(f"#panel-{tab} .tile").count() >= 4
    assert page.locator(f"#panel-{tab} h2").inner_text()


@pytest.mark.parametrize(("selection", "where"), SELECTIONS)
def test_tiles_equal_the_sql(page: Page, published: Published, selection: dict[str, str], where: str) -> None:
    choose(page, selection)
    for tab, tiles in TILES.items():
        open_tab(page, tab)
        measures = ", ".join(f"{sql} AS {tile.replace('-', '_')}" for tile, sql in tiles.items())
        (expected,) = published.warehouse.query(f"""
            SELECT {measures} FROM (
                SELECT
                    p.purchase_amount AS amount, p.rating, p.repeat_customer AS repeat, p.discount_applied AS discount,
                    p.payment_method AS payment, c.segment
                FROM public.vw_purchases p JOIN public.vw_city_segmentation c ON c.city = p.city
                WHERE {where}
            )
        """)
        shown = {
            tile: page.locator(f"#tile-{tile}").get_attribute("data-value")
            for tile, text in zip(tiles, expected.values(), strict=True)
            if text is not None
        }
        assert {tile: float(text or "nan") for tile, text in shown.items()} == pytest.approx(
            {tile: float(expected[tile.replace("-", "_")] or 0) for tile in shown}, abs=5e-7
        )


def test_numbers_are_written_for_people(page: Page) -> None:
    revenue = page.locator("#tile-revenue")
    exact = float(revenue.get_attribute("data-value") or 0)
    assert revenue.locator(".value").inner_text() == f"${exact / 1e6:.2f}M"
    assert revenue.locator(".note").inner_text() == f"${exact:,.2f}"
    assert page.locator("#tile-orders .value").inner_text() == "6,000"
    assert page.locator("#as-of").inner_text() == "Published 1 Jul 2025, 08:30 UTC"


def test_the_table_beside_a_chart_equals_its_view(page: Page, published: Published) -> None:
    rows = table_of(page, "monthly-revenue")
    view = published.warehouse.query("SELECT * FROM public.vw_monthly_revenue ORDER BY month")
    assert [row[1] for row in rows] == [f"${float(row['total_revenue'] or 0):,.2f}" for row in view]
    growth = [float(row["revenue_growth"]) if row["revenue_growth"] else None for row in view]
    assert [row[2] for row in rows] == [
        "–" if value is None else f"{'−' if value < 0 else '+'}{abs(value):.1%}" for value in growth
    ]
    partial = [row["is_partial"] == "Yes" for row in view]
    assert [row[0].endswith(" (partial)") for row in rows] == partial
    assert [value is None for value in growth] == [True, True, *([False] * 10), True]  # partial, and after a partial


def test_the_segment_table_equals_its_view(page: Page, published: Published) -> None:
    open_tab(page, "cities")
    shown = {row[0]: row[1] for row in table_of(page, "segment-shares")}
    view = published.warehouse.query("SELECT segment, cities FROM public.vw_city_segment_summary")
    assert shown == {row["segment"]: row["cities"] for row in view}


def test_months_stay_a_range(page: Page) -> None:
    choose(page, {"to": "2024-06", "from": "2024-11"})
    assert (page.input_value("#from"), page.input_value("#to")) == ("2024-11", "2024-11")
    choose(page, {"to": "2024-03"})
    assert (page.input_value("#from"), page.input_value("#to")) == ("2024-03", "2024-03")


def test_one_month_is_shown_by_day(page: Page, published: Published) -> None:
    expect(page.locator("#daily-revenue")).to_be_hidden()
    choose(page, {"from": "2025-02", "category": "Home"})
    expect(page.locator("#panel-revenue h2")).to_contain_text("Feb 2025: $")
    for by_month in ("#monthly-revenue", "#average-order"):
        expect(page.locator(by_month)).to_be_hidden()
    days = published.warehouse.query("""
        SELECT strftime(purchase_date, '%-d %b %Y') AS day, SUM(total_revenue) AS revenue FROM public.vw_day_cube
        WHERE month = '2025-02' AND category = 'Home' GROUP BY purchase_date ORDER BY purchase_date
    """)
    shown = {row[0].partition(" ")[2]: row[1] for row in table_of(page, "daily-revenue")}
    assert list(shown) == [f"{day} Feb 2025" for day in range(1, 10)]  # those without purchases too
    assert {day: text for day, text in shown.items() if text != "$0.00"} == {
        row["day"]: f"${float(row['revenue'] or 0):,.2f}" for row in days
    }


def test_a_card_says_what_does_not_filter_it(page: Page) -> None:
    open_tab(page, "cities")
    scope = page.locator("#city-pareto .scope")
    expect(scope).to_have_text("All purchases; filters do not change it.")
    choose(page, {"category": "Home", "city": "top"})
    expect(scope).to_have_text("Not filtered by category and city group.")
    choose(page, {"from": "2025-02", "payment": "UPI"})
    open_tab(page, "revenue")
    expect(page.locator("#daily-revenue .scope")).to_have_text("Not filtered by city group and payment.")


def test_products_ages_and_genders_follow_every_filter(page: Page, published: Published) -> None:
    city = HOSTILE[1]
    choose(page, {"city": f"city:{city}", "to": "2024-12", "discount": "No"})
    where = f"p.city = '{city}' AND p.month <= '2024-12' AND p.discount_applied = 'No'"

    def orders_by(*columns: str) -> list[str]:
        rows = published.warehouse.query(f"""
            SELECT {", ".join(columns)}, COUNT(*) AS orders FROM public.vw_purchases p WHERE {where} GROUP BY ALL
        """)
        return sorted(f"{int(row['orders'] or 0):,}" for row in rows)

    def says_nothing(card: str) -> bool:
        return page.locator(f"#{card} .scope").get_attribute("hidden") == ""

    assert says_nothing("product-revenue")
    assert sorted(row[3] for row in table_of(page, "product-revenue")) == orders_by("p.category", "p.product_name")
    open_tab(page, "payments")
    assert says_nothing("payment-by-age")
    assert sorted(row[1] for row in table_of(page, "payment-by-age")) == orders_by("p.age_group")
    open_tab(page, "loyalty")
    assert says_nothing("repeat-people")
    genders = ("Female", "Male", "Other", "Gender not known")
    shown = [row[1] for row in table_of(page, "repeat-people") if row[0] in genders]
    repeat = published.warehouse.query(f"""
        SELECT COUNT(*) FILTER (p.repeat_customer = 'Yes') AS orders FROM public.vw_purchases p WHERE {where}
        GROUP BY p.gender
    """)
    assert sorted(shown) == sorted(f"{int(row['orders'] or 0):,}" for row in repeat)


def test_nothing_chosen_is_said_and_can_be_undone(page: Page) -> None:
    nobody = {"from": "2025-02", "city": f"city:{HOSTILE[6]}", "payment": "UPI", "category": "Home", "discount": "Yes"}
    choose(page, nobody)
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#panel-{tab} h2")).to_have_text("No purchases match these filters")
    page.click("#reset")
    expect(page.locator("#chosen")).to_have_text("All purchases")
    open_tab(page, "revenue")
    expect(page.locator("#tile-orders .value")).to_have_text("6,000")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.locator("#tab-revenue").focus()
    for key, tab in (
        ("ArrowRight", "loyalty"),
        ("ArrowLeft", "revenue"),
        ("ArrowLeft", "cities"),
        ("ArrowRight", "revenue"),
        ("End", "cities"),
        ("Home", "revenue"),
    ):
        page.keyboard.press(key)
        selected = page.locator("[role=tab][aria-selected=true]")
        assert selected.get_attribute("id") == f"tab-{tab}"
        expect(selected).to_be_focused()
        assert selected.get_attribute("aria-controls") == f"panel-{tab}"
        assert page.locator("[role=tabpanel]:visible").get_attribute("aria-labelledby") == f"tab-{tab}"
        assert page.locator("[role=tab][tabindex='0']").count() == 1
    assert page.url.endswith("#revenue")
    page.locator("#from").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#category")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#chosen")).to_have_text("Beauty")


def test_a_link_opens_its_tab(watched: Watched, published: Published) -> None:
    watched.page.goto(f"{published.file.as_uri()}#discounts")
    expect(watched.page.locator("#panel-discounts")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(page: Page, width: int, theme: Any) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    choose(page, {"category": "Home", "city": "top"})
    found = {}
    for tab in TABS:
        open_tab(page, tab)
        open_every_table = "all => all.forEach(details => { details.open = true; })"
        page.locator(f"#panel-{tab} details.data").evaluate_all(open_every_table)
        faults = Axe().run(page).response["violations"]
        found[tab] = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults]
    assert found == {tab: [] for tab in TABS}


# Texts of a chart that stand in one another or beyond its edge. A line of text is higher than its letters: hence the
# tolerance.
ILLEGIBLE = """svgs => svgs.flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")]
        .map(node => ({ text: node.textContent, box: node.getBoundingClientRect() }))
        .filter(({ text, box }) => text.trim() && box.width > 0);
    const cut = texts.filter(({ box }) => box.left < frame.left - 3 || box.right > frame.right + 3
        || box.top < frame.top - 3 || box.bottom > frame.bottom + 3);
    const apart = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) <= 1
        || Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) <= 4;
    const met = texts.filter(({ box }, place) => texts.slice(place + 1).some(other => !apart(box, other.box)));
    return [...cut, ...met].map(({ text }) => `${svg.closest(".card").id}: ${text}`);
})"""


def drawn(page: Page, tab: str) -> list[str]:
    """Open a tab; what cannot be read in its charts once all are drawn."""
    open_tab(page, tab)
    cards = page.locator(f"#panel-{tab} .card:visible")
    charts = page.locator(f"#panel-{tab} .card:visible svg")
    expect(charts).to_have_count(cards.count())
    illegible: list[str] = charts.evaluate_all(ILLEGIBLE)
    return illegible


@pytest.mark.parametrize("chosen", [{}, {"from": "2024-06", "to": "2024-06"}], ids=["year", "month"])
@pytest.mark.parametrize("width", [320, 390, 768, 1100, 3840])
def test_everything_has_its_room(page: Page, width: int, chosen: dict[str, str]) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    choose(page, chosen)
    assert {tab: found for tab in TABS if (found := drawn(page, tab))} == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("city", HOSTILE)
def test_a_hostile_city_is_text(page: Page, city: str) -> None:
    open_tab(page, "cities")
    assert city in [row[0] for row in table_of(page, "top-cities")]
    choose(page, {"city": f"city:{city}"})
    expect(page.locator("#tile-top-city .value")).to_have_text(city)
    assert page.locator("#chosen").inner_text() == city
    page.locator("#top-cities .plot").hover(position={"x": 200, "y": 20})  # its tooltip names it again
    page.wait_for_timeout(50)
    assert page.locator("img, iframe, object").count() == 0
    assert page.locator("script").count() == 2


def test_names_in_charts_are_drawn_as_they_are(page: Page) -> None:
    open_tab(page, "cities")
    expect(page.locator("#top-cities svg text").first).to_be_attached()
    drawn = page.locator("#top-cities svg text").all_text_contents()
    plain = ["".join(char for char in text if char not in "\u2060\u2068\u2069") for text in drawn]
    assert "{name|styled} {a|b}" in plain
    assert HOSTILE[0] in plain or any(text.startswith("<img src") for text in plain)


def test_the_theme_follows_the_system_until_it_is_chosen(page: Page) -> None:
    root = page.locator(":root")
    expect(root).to_have_attribute("data-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    page.click("#theme")
    expect(root).to_have_attribute("data-theme", "light")
    expect(page.locator("#theme")).to_have_attribute("aria-pressed", "false")


def test_print_shows_the_dashboard_and_its_filters_only(page: Page) -> None:
    choose(page, {"category": "Home"})
    page.emulate_media(media="print")
    for hidden in ("#tabs", "#theme", ".controls"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#chosen")).to_have_text("Home")
    assert len(page.pdf(format="A4")) > 20_000


@pytest.mark.parametrize("tab", TABS)
def test_paper_has_room_for_every_chart(page: Page, tab: str) -> None:
    drawn(page, tab)
    page.click("#theme")
    expect(page.locator(":root")).to_have_attribute("data-theme", "dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(":root")).to_have_attribute("data-theme", "light")
    assert drawn_on_paper(page, tab) == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(":root")).to_have_attribute("data-theme", "dark")


def drawn_on_paper(page: Page, tab: str) -> list[str]:
    """What of a tab's charts does not fit in a sheet of A4 with its margins, or cannot be read there."""
    charts = page.locator(f"#panel-{tab} .card:visible svg")
    rights = charts.evaluate_all("svgs => svgs.map(svg => svg.getBoundingClientRect().right)")
    illegible: list[str] = charts.evaluate_all(ILLEGIBLE)
    return [*illegible, *(f"ends at {right}" for right in rights if right > 182 / 25.4 * 96)]


def test_nothing_moves_for_who_wants_no_motion(page: Page) -> None:
    moving = "[...document.all].filter(node => parseFloat(getComputedStyle(node).transitionDuration) > 0).length"
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_an_empty_warehouse(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = publish(DuckDb(), tmp_path_factory.mktemp("empty"))
    watched.page.goto(empty.file.as_uri())
    expect(watched.page.locator("h2")).to_have_text("Nothing is loaded yet")


def test_a_single_purchase(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> None:
    warehouse = DuckDb()
    sell(warehouse, 1)
    watched.page.goto(publish(warehouse, tmp_path_factory.mktemp("one")).file.as_uri())
    for tab in TABS:
        open_tab(watched.page, tab)
        assert "NaN" not in watched.page.locator(f"#panel-{tab}").inner_text()


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Published:
    warehouse = DuckDb()
    sell(warehouse, 1_000_000, cities=30_000, hostile=False, unknown=False)
    return publish(warehouse, tmp_path_factory.mktemp("million"))


def test_a_million_purchases_make_a_small_page(million: Published, watched: Watched) -> None:
    assert million.file.stat().st_size < 1_500_000
    watched.page.goto(million.file.as_uri())
    choose(watched.page, {"city": "top"})  # what would not fit is left out, and said
    expect(watched.page.locator("#product-revenue .scope")).to_have_text("Not filtered by city group.")


CLICK = """([name, value]) => {
    const select = document.getElementById(name);
    select.value = value;
    select.dispatchEvent(new Event("change"));
    // Until the frame that shows it is ready.
    return new Promise(done => requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => done();
        after.port2.postMessage("");
    }));
}"""
CLICKS = [
    ("category", "Home"),
    ("category", "Beauty"),
    ("payment", "UPI"),
    ("city", "top"),
    ("from", "2024-06"),
    ("category", ""),
]


def worked(session: CDPSession) -> float:
    """Milliseconds that the page's main thread has worked: script, layout and painting, without waiting its turn."""
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


@pytest.mark.parametrize("tab", TABS)
def test_a_million_purchases_are_quick(million: Published, chromium: Browser, tab: str) -> None:
    """The first click counts like every other. Each is taken at its best of three openings of the page: what else the
    machine does makes a click dearer, never cheaper."""
    starts, openings = [], []
    for _ in range(3):
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{million.file.as_uri()}#{tab}")
        starts.append(worked(session))
        page.evaluate("new Promise(done => setTimeout(() => requestIdleCallback(done), 200))")  # nobody clicks sooner
        clicks = []
        for click in CLICKS:
            before = worked(session)
            page.evaluate(CLICK, list(click))
            clicks.append(worked(session) - before)
        openings.append(clicks)
        page.close()
    assert min(starts) < 1000
    assert {click: cost for click, *costs in zip(CLICKS, *openings, strict=True) if (cost := min(costs)) >= 50} == {}

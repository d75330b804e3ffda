"""The built page: one file, with nothing from elsewhere, that data cannot break out of."""

import re
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from retail_etl.publishing import page
from retail_etl.publishing.tables import Table
from retail_etl.publishing.views import published_views
from tests.views.engines import DuckDb, write_clean_csv

ROOT = Path(__file__).parents[3]
BUILT = Path(page.__file__).parent / "page.html"
HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0"]


def tables_of(engine: DuckDb) -> dict[str, Table]:
    """The published views as the Data API would give them."""
    found = {}
    for view in published_views():
        labels, rows = engine.table(view.rows_of("public"))
        found[view.name] = Table(tuple(labels), [[value or "" for value in row] for row in rows])
    return found


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    engine = DuckDb()
    path = tmp_path_factory.mktemp("page") / "clean.csv"
    engine.load(write_clean_csv(path, [{"city": city, "product_name": city} for city in HOSTILE]))
    return page.build_page(tables_of(engine), datetime(2025, 7, 1, tzinfo=UTC)).decode()


def element(name: str, text: str) -> list[str]:
    return re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)


def test_only_the_built_script_and_style_may_run() -> None:
    built = BUILT.read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', built)
    assert policy.startswith("default-src 'none'; ")
    for directive, (content,) in {"script-src": element("script", built), "style-src": element("style", built)}.items():
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


def test_the_licences_of_what_is_bundled_are_in_it() -> None:
    built = BUILT.read_text("utf-8")
    for notice in ("Apache ECharts", "The Apache Software Foundation", "ZRender", "d3", "tslib"):
        assert notice in built


def test_data_cannot_leave_its_element(hostile: str) -> None:
    assert hostile.count("</script>") == BUILT.read_text("utf-8").count("</script>")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', hostile, re.DOTALL)
    assert "<" not in data
    assert "\\u003cimg src=x onerror=alert(1)>" in data


def test_each_segment_shows_its_largest_cities() -> None:
    columns = ("city", "orders", "total_revenue", "segment", "pareto_class")
    segments = {"Powerhouse": 250, "Premium Buyers": 3, "Volume Shoppers": 201, "Low Potential": 1000}
    rows = [[f"{name} {number}", "1", "1", name, "A"] for name, count in segments.items() for number in range(count)]
    tables = tables_of(DuckDb())
    data = page.page_data(tables | {"vw_city_segmentation": Table(columns, rows)}, datetime(2025, 7, 1, tzinfo=UTC))
    drawn = [city["segment"] for city in data["cities"]]
    assert {name: drawn.count(name) for name in segments} == {
        "Powerhouse": 200,
        "Premium Buyers": 3,
        "Volume Shoppers": 200,
        "Low Potential": 0,
    }
    assert (data["citiesLeftOut"], data["classACities"]) == (51, 1454)


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
@pytest.mark.skipif(not (ROOT / "dashboard" / "node_modules").is_dir(), reason="`make dashboards` was not run here")
def test_the_sources_give_the_committed_page() -> None:
    before = BUILT.read_bytes()
    try:
        command = [str(shutil.which("node")), "build.mjs"]
        subprocess.run(command, cwd=ROOT / "dashboard", check=True, capture_output=True)  # noqa: S603 - our own script
        assert BUILT.read_bytes() == before
    finally:
        BUILT.write_bytes(before)

"""Take the pictures of the dashboard page in docs/, with Chromium: python scripts/dashboard_screenshots.py PAGE."""

import argparse
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parents[1] / "docs"
# Tab, width, height, theme; no height is the whole page.
PICTURES: list[tuple[str, int, int | None, Literal["light", "dark"]]] = [
    ("revenue", 1440, 1220, "light"),
    ("discounts", 1440, None, "light"),
    ("cities", 1440, None, "dark"),
    ("revenue", 390, 844, "light"),
]


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, help="an index.html, as `etl pull` writes it")
    page_file: Path = parser.parse_args().page
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for tab, width, height, theme in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": height or 900}, color_scheme=theme)
            page.goto(f"{page_file.resolve().as_uri()}#{tab}")
            page.locator(f"#panel-{tab} .card svg").last.wait_for()
            page.wait_for_timeout(300)
            page.screenshot(path=DOCS / f"dashboards-{tab}-{width}.png", full_page=height is None)
        browser.close()


if __name__ == "__main__":
    main()

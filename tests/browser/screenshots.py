"""Take the pictures of the README from a running site with the demo in it.

python tests/browser/screenshots.py http://localhost:8000 margit.solberg@example.org PASSWORD
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

DOCS = Path(__file__).resolve().parents[2] / "docs"
WINDOW: ViewportSize = {"width": 1280, "height": 800}


def main(site: str, email: str, password: str) -> None:
    """Write docs/admin.png, a document in review, and docs/api.png, the API's description."""
    DOCS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(base_url=site, viewport=WINDOW, color_scheme="light")
        _sign_in(page, email, password)
        page.goto("/admin/annotations/annotationset/next/")
        page.screenshot(path=DOCS / "admin.png")
        page.goto("/api/docs")
        page.locator(".opblock").first.wait_for()
        page.screenshot(path=DOCS / "api.png")
        chromium.close()


def _sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Curation").wait_for()


if __name__ == "__main__":
    main(*sys.argv[1:4])

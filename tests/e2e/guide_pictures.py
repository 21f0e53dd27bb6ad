"""`python -m tests.e2e.guide_pictures [FOLDER]`: takes the guide's pictures anew, on the way that its first part tells.

Data and ports are those of a Stepline of its own, so nothing of anybody shows.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import FLAGS, ROOT, running_stepline
from tests.e2e.first_system import walk

SHOWN = {
    "home": 520, "secret": 480, "curl-stock": 500, "tried-stock": 800, "step-buy": 900, "system": 900,
    "rehearsal": 760, "new-task": 800, "task": 820,
}  # fmt: skip
"""Which pictures of the way the guide has, and how high they are."""
WIDTH = 1200


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        with running_stepline(Path(data), "--no-demo", way_in="sign in: ") as stepline:
            page.goto(stepline.link)
            page.get_by_role("button", name="Sign in as admin").click()
            walk(page, stepline.url, stepline.mock, lambda page, name: _take(page, name, folder))
        browser.close()
    return 0


def _take(page: Page, name: str, folder: Path) -> None:
    if name not in SHOWN:
        return
    page.set_viewport_size({"width": WIDTH, "height": SHOWN[name]})
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
    page.set_viewport_size({"width": WIDTH, "height": 900})


if __name__ == "__main__":
    sys.exit(main())

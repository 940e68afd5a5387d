"""The camera: opens each page as each who sees it differently, takes the picture, asks axe and the console."""

import re
import sys
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.shots import pages
from tests.shots.pages import VISITOR, Page
from tests.shots.seed import Seeded
from tests.web import browser as browsers

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
OTHERS = ("admin", "agent", "viewer", "staff")
HIGH = {1280: 900, 390: 844}
BYTES = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, one) => sum + one.transferSize, 0)"""
SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth"
_REFUSED = re.compile("status of (401|403|404|422)")
"""What the browser notes of a page whose answer is meant to be a refusal."""
Report = dict[str, list[dict[str, Any]]]


def shoot(folder: Path, base: str, seeded: Seeded) -> Report:
    """Take all pictures; returns the report."""
    report: Report = {}
    with browsers.chromium() as chromium:
        camera = Camera(chromium, folder, base, seeded)
        for page in pages.ours(seeded):
            report.setdefault(page.route, []).extend(camera.all_sides(page))
            print(f"{page.name}: {len(report[page.route])}", file=sys.stderr)
        for page in pages.others():
            shot, _ = camera.shot(page, role="staff", theme="light", width=WIDTHS[0])
            report.setdefault(page.route, []).append({**shot, "counts": False})
    return report


class Camera:
    """Looks at pages."""

    def __init__(self, chromium: Browser, folder: Path, base: str, seeded: Seeded) -> None:
        self._chromium = chromium
        self._folder = folder
        self._base = base
        self._seeded = seeded
        self._axe = Axe()

    def all_sides(self, page: Page) -> list[dict[str, Any]]:
        """Return the owner's four pictures, and one of each other role that sees something else."""
        first = VISITOR if page.is_public else "owner"
        sides = [(theme, width) for theme in THEMES for width in WIDTHS]
        looks = [self.shot(page, role=first, theme=theme, width=width) for theme, width in sides]
        shots, seen = [shot for shot, _ in looks], {looks[0][1]}
        for role in () if page.is_public else OTHERS:
            shot, text = self.shot(page, role=role, theme="light", width=WIDTHS[0], unlike=seen)
            if text not in seen:
                seen.add(text)
                shots.append(shot)
        return shots

    def shot(
        self, page: Page, *, role: str, theme: str, width: int, unlike: frozenset[str] | set[str] = frozenset()
    ) -> tuple[dict[str, Any], str]:
        """Return what one look found, and the text of the page; what was seen before gets no picture."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": HIGH[width]},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            has_touch=width < HIGH[width],
        )
        try:
            if role != VISITOR:
                browsers.session(context, self._base, self._seeded.people[role])
            tab = context.new_page()
            complaints = browsers.troubles(tab)
            self._open(tab, page)
            text = self._text(tab, role)
            if text in unlike:
                return {}, text
            return self._look(tab, page, role, theme, width, complaints), text
        finally:
            context.close()

    def _open(self, tab: Tab, page: Page) -> None:
        tab.goto(self._base + page.path)
        tab.wait_for_load_state()
        if page.press:
            if "submit" in page.press:
                tab.fill("[name=login]", "nobody@cedar.example")
                tab.fill("[name=password]", "wrong")
            button = tab.locator(page.press).first
            if button.count():
                button.click()
                tab.wait_for_load_state()
        tab.wait_for_timeout(150)  # fonts and what the script does at once

    def _text(self, tab: Tab, role: str) -> str:
        """Return the page's words without who looks and what the clock says."""
        words = str(tab.locator("main").first.inner_text()) if tab.locator("main").count() else tab.inner_text("body")
        for person in self._seeded.people.values():
            words = words.replace(person.name, "").replace(person.email, "")
        return re.sub(rf"\b{role}\b|\byou\b|[\d:]+", "", words, flags=re.IGNORECASE)

    def _look(self, tab: Tab, page: Page, role: str, theme: str, width: int, complaints: list[str]) -> dict[str, Any]:
        name = f"{page.name}-{width}-{theme}" + ("" if role in {"owner", VISITOR} else f"-{role}")
        tab.screenshot(path=self._folder / f"{name}.png", full_page=True)
        found = self._axe.run(tab).response["violations"]
        violations = [f"{one['id']}: {node['target'][0]}" for one in found for node in one["nodes"]]
        if tab.evaluate(SIDEWAYS):
            violations.append("wider than the window")
        return {
            "role": role,
            "theme": theme,
            "width": width,
            "path": page.path,
            "picture": f"{name}.png",
            "violations": violations,
            "console_errors": [text for text in complaints if not _REFUSED.search(text)],
            "bytes": int(tab.evaluate(BYTES)),
            "counts": True,
        }

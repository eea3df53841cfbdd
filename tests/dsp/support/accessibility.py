"""axe-core over pages in a real Chromium: no finding of any rule."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.stream_pos.browser.test_staff_tasks import ARGUMENTS
from tests.support import services

SCHEMES = ("light", "dark")
# WCAG 2.2 AA, without axe-core's advice on the frame of a page, which in the admin is Unfold's.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class Auditor:
    """Opens pages, audits each, and keeps what was found by page and rule."""

    def __init__(self, page: Any, tags: list[str] | None) -> None:
        self.page = page
        self.options = {"runOnly": tags} if tags else {}
        self.found: dict[str, list[str]] = {}
        self.audited: list[str] = []

    def open(self, address: str, name: str) -> None:
        self.page.goto(address)
        self.audit(name)

    def audit(self, name: str) -> None:
        from axe_playwright_python.sync_playwright import Axe

        self.page.wait_for_load_state()
        self.audited.append(name)
        for violation in Axe().run(self.page, options=self.options).response["violations"]:
            nodes = [node["html"] for node in violation["nodes"]]
            self.found.setdefault(name, []).append(f"{violation['id']}: {nodes}")


@contextmanager
def auditor(
    monkeypatch: pytest.MonkeyPatch, url: str, *, tags: list[str] | None = None, **context: Any
) -> Iterator[Auditor]:
    """Start a browser on the server; `context` is that of the page, such as color_scheme.

    Without `tags` every rule of axe-core counts.
    """
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(base_url=url, **context).new_page()
        page.route(lambda link: link.startswith("https:"), lambda route: route.abort())
        yield Auditor(page, tags)
        browser.close()

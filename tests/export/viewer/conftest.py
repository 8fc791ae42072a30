"""A headless Chromium that opens pages from files, offline, as a friend would by a double click."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]

Page = Any


@pytest.fixture(scope="module")
def launched() -> Iterator[Callable[..., Any]]:
    """Launches a Chromium, with Playwright's options."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")
    found = os.environ.get("BALLO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("there is no Chromium: scripts/install_chromium.sh installs Debian's")
    # Chromium's sandbox refuses to run as root, which CI does.
    arguments = [*SOFTWARE, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_api.sync_playwright() as playwright:
        running = []

        def launch(**options: Any) -> Any:
            running.append(playwright.chromium.launch(executable_path=found, args=arguments, **options))
            return running[-1]

        yield launch
        for browser in running:
            browser.close()


@pytest.fixture(scope="module")
def browser(launched) -> Any:
    return launched()


@pytest.fixture
def drawn() -> Callable[..., None]:
    return _drawn


def _drawn(page: Page, more: int = 2) -> None:
    """Wait for pictures that show what was done."""
    before = page.evaluate("window.ballo ? ballo.pictures : 0")
    page.wait_for_function(f"window.ballo && ballo.pictures >= {before + more}", timeout=60_000)


@pytest.fixture
def sought() -> Callable[[Page, float], None]:
    """Goes to a moment, and waits until it is shown."""

    def go(page: Page, seconds: float) -> None:
        page.evaluate(f"ballo.seek({seconds})")
        _drawn(page)

    return go


@pytest.fixture
def opened() -> Iterator[Callable[..., Page]]:
    """Opens a file in a browser; at the end of the test nothing may have been said on any page's console."""
    contexts, said = [], []

    def open_file(browser: Any, path: Path, width: int = 480, height: int = 400, before: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(f"asked for {request.url[:80]}"))
        page.add_init_script(before)
        page.goto(path.as_uri())
        _drawn(page)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []

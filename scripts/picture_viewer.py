"""Make docs/viewer.jpg: the viewer's page by day and by night, as headless Chromium shows it.

    python scripts/picture_viewer.py

Needs Playwright and a Chromium (scripts/install_chromium.sh), or one named by BALLO_CHROMIUM. It has no graphics card, so that
each picture takes seconds.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

import ballo
from ballo import demo

PICTURE = Path(__file__).parents[1] / "docs" / "viewer.jpg"
SECONDS = 12.4
GAP = 16


def main() -> None:
    """Dance, show, take both pictures, and put them side by side."""
    waltz, rumba = (ballo.dance(demo.song(), style=style, seed=seed) for style, seed in (("waltz", 1), ("rumba", 2)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        waltz.save(Path(folder) / "one.html", song=demo.song(), title="Demo waltz")
        both = {"beside": [rumba], "labels": ["waltz", "rumba"]}
        waltz.save(Path(folder) / "two.html", song=demo.song(), title="Demo waltz", **both)
        found = os.environ.get("BALLO_CHROMIUM") or shutil.which("chromium")
        software = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=[*software, *root])
        day = shot(browser, Path(folder) / "two.html", (1280, 800), color_scheme="light")
        night = shot(browser, Path(folder) / "one.html", (390, 800), color_scheme="dark", is_mobile=True)
        browser.close()
    picture = Image.new("RGB", (day.width + GAP + night.width, day.height), "white")
    picture.paste(day, (0, 0))
    picture.paste(night, (day.width + GAP, 0))
    picture.save(PICTURE, quality=86, optimize=True)
    print(f"{PICTURE}: {picture.width} x {picture.height}, {PICTURE.stat().st_size // 1024} kB")


def shot(browser: Any, page_file: Path, size: tuple[int, int], **options: Any) -> Image.Image:
    """The page at `SECONDS`, drawn as finely as on a good graphics card."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
    page.goto(page_file.as_uri())
    page.wait_for_function("window.ballo && ballo.pictures > 1", timeout=120_000)
    page.evaluate(f"document.getElementById('viewer').classList.add('begun'); ballo.refine(); ballo.seek({SECONDS})")
    pictures = page.evaluate("ballo.pictures")
    page.wait_for_function(f"ballo.pictures > {pictures} + 4", timeout=120_000)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


if __name__ == "__main__":
    main()

"""The lines of docs/export.md for three.js, run as they stand there in headless Chromium."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ballo.export.humanoid import bone_names
from ballo.motion.skeleton import DANCER

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")

ROOT = Path(__file__).parents[2]
THREE = ROOT / "viewer" / "node_modules" / "three"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
START_SECONDS = 1.5

PAGE = """<!doctype html><link rel="icon" href="data:,"><button id="button">play</button>
<script type="importmap">
{"imports": {"three": "./three/build/three.module.js", "three/addons/": "./three/examples/jsm/"}}
</script>
<script type="module">
import { PerspectiveCamera, Scene, Vector3, WebGLRenderer } from "three";
const scene = new Scene(), camera = new PerspectiveCamera(), renderer = new WebGLRenderer();
SNIPPET
window.sound = sound;
window.mixer = mixer;
window.joints = (names) => {
  scene.updateMatrixWorld(true);
  return names.map((name) => scene.getObjectByName(name).getWorldPosition(new Vector3()).toArray());
};
window.ready = true;
</script>"""


class Files(http.server.SimpleHTTPRequestHandler):
    """A folder's files, with the byte ranges that browsers need to seek in sound."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return super().do_GET()
        content = Path(self.translate_path(self.path)).read_bytes()
        first, last = int(asked[1]), int(asked[2] or len(content) - 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(self.path))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.wfile.write(content[first : last + 1])
        return None


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    handler = functools.partial(Files, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page() -> Iterator[Any]:
    found = os.environ.get("BALLO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("there is no Chromium: scripts/install_chromium.sh installs Debian's")
    arguments = [*SOFTWARE, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    said: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        browser.close()
    assert said == []


def snippet() -> str:
    """The documentation's lines."""
    return re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "export.md").read_text(encoding="utf-8"), re.DOTALL)[0]


def test_the_documented_lines_play_the_dance_with_its_song(smooth_dance, page, address, tmp_path):
    if not THREE.exists():
        pytest.skip("three is not installed: viewer/build.sh does that, where there is Node.js")
    (tmp_path / "three").symlink_to(THREE.resolve())
    song = tmp_path / "song #1 100%.wav"
    with wave.open(str(song), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes(bytes(2 * 22050 * 30))
    motion = smooth_dance(60)
    motion.save(tmp_path / "dance.glb", song=song, start_seconds=START_SECONDS)
    (tmp_path / "page.html").write_text(PAGE.replace("SNIPPET", snippet()))
    page.goto(f"{address}/page.html")
    page.wait_for_function("window.ready", timeout=60_000)
    names = list(bone_names(DANCER))

    # The lines' own loop sets the time from the sound, so that each frame's is asked in one go.
    shown = [page.evaluate("([at, names]) => (mixer.setTime(at), joints(names))", [n / 25 + 1e-6, names]) for n in range(59)]
    assert np.abs(np.array(shown) - motion.positions[:59]).max() < 1e-4

    page.click("#button")
    page.wait_for_function(f"!sound.paused && sound.currentTime > {START_SECONDS} + 0.4", timeout=60_000)
    page.evaluate("sound.pause()")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    heard, seen = page.evaluate("[sound.currentTime, mixer.time]")
    assert heard > START_SECONDS + 0.4
    assert seen == pytest.approx(heard - START_SECONDS, abs=1e-6)

"""The page in a browser: headless Chromium opens it from a file, offline, as a friend would by a double click."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ballo import demo
from ballo.motion import kinematics
from ballo.motion.motion import Motion

Page = Any


@pytest.fixture
def opened(opened, browser) -> Callable[..., Page]:
    return partial(opened, browser)


def shown_joints(page: Page, dancer: int = 0) -> np.ndarray:
    return np.array(page.evaluate(f"ballo.joints()[{dancer}]"))


@pytest.fixture(scope="module")
def dance(smooth_dance) -> Motion:
    return smooth_dance(800)


@pytest.fixture(scope="module")
def files(tmp_path_factory, smooth_dance, dance) -> Path:
    """dance.html with sound, silent.html, and four.html of four dances, one of another rate and one shorter."""
    folder = tmp_path_factory.mktemp("a folder of pages, <so>")
    dance.save(folder / "dance.html", song=demo.song())
    dance.save(folder / "silent.html")
    others = [smooth_dance(300, fps=30.0, seed=1), smooth_dance(100, seed=2), smooth_dance(300, seed=3)]
    others[2].save(
        folder / "four.html", song=demo.song(), beside=[dance, *others[:2]], labels=["a", "b", "</script>", "d" * 60]
    )
    return folder


def test_it_opens_from_a_file_and_shows_the_dance(opened, files, dance, sought):
    page = opened(files / "dance.html")
    assert page.title() == demo.song().stem
    for seconds in (0.0, 7.4, 31.0):
        sought(page, seconds)
        np.testing.assert_allclose(shown_joints(page), dance.positions[round(seconds * dance.fps)], atol=1e-3)
    sought(page, 100.5 / dance.fps)
    between = kinematics.forward(dance.skeleton, unit(dance.rotations[100:102].sum(axis=0)), dance.root[100:102].mean(axis=0))
    np.testing.assert_allclose(shown_joints(page), between, atol=1e-3)


def unit(quaternions: np.ndarray) -> np.ndarray:
    return quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True)


def test_the_sound_is_where_the_song_has_it(opened, tmp_path, make_song, smooth_dance):
    """Chromium decodes what is in the page to what was in the file, to the sample."""
    song = make_song(tmp_path / "song.wav", 44100 * 4)
    smooth_dance(60).save(tmp_path / "page.html", song=song, start_seconds=1.0)
    page = opened(tmp_path / "page.html")
    decoded = page.evaluate(
        """async () => {
            const text = atob(document.getElementById("sound").textContent);
            const bytes = Uint8Array.from(text, letter => letter.charCodeAt(0));
            const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes.buffer);
            return [...sound.getChannelData(0)];
        }"""
    )
    from ballo.music.audio import open_song

    wanted = np.concatenate(list(open_song(song, start_seconds=1.0, duration_seconds=2.4).blocks(44100, 4410)))
    assert len(decoded) == len(wanted)
    shifts = range(-300, 301)
    middle = np.array(decoded)[400:-400]
    alike = [float(np.dot(middle, wanted[400 + shift : 400 + shift + len(middle)])) for shift in shifts]
    assert abs(shifts[int(np.argmax(alike))]) <= 1


def test_the_keyboard(opened, files, drawn):
    page = opened(files / "four.html", 900, 600)
    press = page.keyboard.press

    def state(what: str) -> Any:
        return page.evaluate(f"ballo.{what}")

    press("ArrowRight")
    assert state("now") == pytest.approx(1)
    press("Shift+ArrowRight")
    assert state("now") == pytest.approx(6)
    press("ArrowLeft")
    assert state("now") == pytest.approx(5)
    press(".")
    assert state("now") == pytest.approx(5 + 1 / 30, abs=1e-3)
    press("End")
    assert state("now") == pytest.approx(32)
    press("Home")
    assert state("now") == 0
    for key, what in (("c", "follow"), ("s", "skeleton"), ("v", "together")):
        before = state(f"look.{what}")
        press(key)
        assert state(f"look.{what}") is not before
    theme = state("look.theme")
    press("t")
    assert {theme, state("look.theme")} == {"light", "dark"}
    for key in "1234":
        press(key)
    assert state("look.shown") == [False, False, False, True], "the last one stays"
    press("m")
    assert state("audio.muted") is True
    press("ArrowDown")
    assert state("audio.playbackRate") == 0.75
    press("?")
    assert page.locator(".overlay").is_visible()
    press("Escape")
    assert not page.locator(".overlay").is_visible()
    press("Space")
    page.wait_for_function("ballo.playing && ballo.audio.currentTime > 0.1", timeout=30_000)
    press("Space")
    assert state("playing") is False
    still = state("now")
    drawn(page, 3)
    assert state("now") == still


def test_a_loop_goes_round(opened, files, sought):
    page = opened(files / "dance.html")
    for moment, key in ((4.0, "["), (5.0, "]")):
        sought(page, moment)
        page.keyboard.press(key)
    sought(page, 4.5)
    page.keyboard.press("Space")
    page.wait_for_function("ballo.now > 4.75", timeout=30_000)
    page.wait_for_function("ballo.now < 4.4", timeout=30_000)
    page.wait_for_function("ballo.now > 4.75", timeout=30_000)
    assert page.evaluate("ballo.playing")


def test_four_dances_each_in_a_panel_or_together(opened, files, dance, smooth_dance, drawn, sought):
    page = opened(files / "four.html", 1000, 600)
    sought(page, 2.0)
    np.testing.assert_allclose(shown_joints(page, 1), dance.positions[50], atol=1e-3)
    np.testing.assert_allclose(shown_joints(page, 2), smooth_dance(300, fps=30.0, seed=1).positions[60], atol=1e-3)
    sought(page, 20.0)
    np.testing.assert_allclose(shown_joints(page, 3), smooth_dance(100, seed=2).positions[-1], atol=1e-3)
    names = page.locator(".name b:visible")
    assert names.all_text_contents() == ["a", "b", "</script>", "d" * 60]
    boxes = [names.nth(number).bounding_box() for number in range(4)]
    assert all(one["x"] + one["width"] <= other["x"] for one, other in itertools.pairwise(boxes))
    page.keyboard.press("v")
    drawn(page)
    assert page.locator(".name:visible").count() == 0


def test_without_sound_it_plays_by_the_walls_clock(opened, files, dance, sought):
    page = opened(files / "silent.html")
    assert page.evaluate("ballo.audio") is None
    page.locator(".start").click()
    page.wait_for_function("ballo.shown > 0.5", timeout=30_000)
    sought(page, 31.9)
    page.wait_for_function("!ballo.playing && ballo.shown == 32", timeout=30_000)
    np.testing.assert_allclose(shown_joints(page), dance.positions[-1], atol=1e-3)


def test_sound_that_cannot_be_played_is_said_and_the_dance_goes_on(opened, files, tmp_path):
    text = (files / "dance.html").read_text(encoding="utf-8")
    before, _, after = text.partition('id="sound">')
    (tmp_path / "broken.html").write_text(
        f'{before}id="sound">bm8gc291bmQ={after[after.index("</script>") :]}', encoding="utf-8"
    )
    page = opened(tmp_path / "broken.html")
    page.keyboard.press("Space")
    page.wait_for_function("ballo.shown > 0.3", timeout=30_000)
    assert "cannot play the sound" in page.locator(".notice").text_content()


def test_on_a_phone_everything_can_be_reached(opened, files):
    page = opened(files / "four.html", 360, 700, is_mobile=True, has_touch=True, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 700
        assert min(box["width"], box["height"]) >= 30
    page.locator(".start").tap()
    page.wait_for_function("ballo.playing && ballo.audio.currentTime > 0.1", timeout=30_000)


@pytest.mark.parametrize(("scheme", "bright"), [("light", True), ("dark", False)])
def test_it_is_as_light_as_its_reader_likes_it_and_a_dancer_is_seen(opened, files, scheme, bright, drawn):
    page = opened(files / "silent.html", color_scheme=scheme)
    page.evaluate("document.getElementById('viewer').classList.add('begun')")
    drawn(page)
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    upper = picture[60:250]
    assert np.median(upper) > 180 if bright else np.median(upper) < 90
    coral = (upper[..., 0] - upper[..., 2] > 50) & (upper[..., 0] > 90)
    assert 300 < coral.sum() < 0.3 * coral.size


# As strict as VS Code's, but for what Playwright itself needs ('unsafe-eval').
STRICT = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:"


@pytest.mark.parametrize("strict", [False, True])
def test_a_notebook_shows_it_in_a_frame(opened, tmp_path, dance, strict):
    """In a strict one, the frame has scripts and nothing else: no origin, no addresses that it makes itself."""
    # The page around it draws nothing itself, so it counts by being asked.
    counting = "let asked = 0; window.ballo = { get pictures() { return asked++ } }"
    shown = dance._repr_html_()
    if strict:
        shown = shown.replace("<iframe", '<iframe sandbox="allow-scripts"')
        shown = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">{shown}'
    (tmp_path / "notebook.html").write_text(
        f"<!doctype html><title>Out</title>{shown}<script>{counting}</script>", encoding="utf-8"
    )
    frame = opened(tmp_path / "notebook.html", 900, 700).frames[1]
    frame.wait_for_function("window.ballo && ballo.pictures > 1", timeout=60_000)
    frame.evaluate("ballo.seek(4)")
    frame.wait_for_function("ballo.shown == 4", timeout=30_000)
    np.testing.assert_allclose(np.array(frame.evaluate("ballo.joints()[0]")), dance.positions[100], atol=1e-3)

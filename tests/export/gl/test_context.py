"""What is said where nothing can be drawn."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ballo.errors import ExportError
from ballo.export import gl, renderers, video
from ballo.export.gl import context


@pytest.fixture
def anew(monkeypatch):
    """No context has been opened yet."""
    gl.release()
    yield monkeypatch
    gl.release()


def test_without_moderngl_it_is_said_what_to_install(anew, smooth_dance, tmp_path):
    anew.setitem(sys.modules, "moderngl", None)
    with pytest.raises(ExportError, match=r"pip install 'ballo\[gl\]'"):
        video.write(smooth_dance(2), tmp_path / "film.mp4", renderer="gl")
    assert not list(tmp_path.iterdir())


def test_without_egl_it_is_said_what_to_install(anew):
    moderngl = pytest.importorskip("moderngl", reason="moderngl is not installed: pip install '.[gl]'")

    def fail(**settings):
        raise Exception("(detect) libEGL.so not\nloaded")

    anew.setattr(moderngl, "create_context", fail)
    with pytest.raises(ExportError) as caught:
        renderers.renderer_named("gl")
    assert str(caught.value) == context.NO_EGL.format(reason="(detect) libEGL.so not loaded")
    assert "\n" not in str(caught.value)
    assert "apt-get install" in str(caught.value)


def test_no_such_renderer():
    with pytest.raises(ExportError, match="no renderer is called oil: choose among plain, gl"):
        renderers.renderer_named("oil")


def test_nothing_heavy_is_imported_before_it_is_drawn_with():
    script = "import sys, ballo, ballo.export.gl, ballo.export.renderers; print('moderngl' in sys.modules, 'av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_amid_drawing_does_not_wait_for_a_lock_that_nobody_opens():
    script = """
import os, signal
from ballo.export import gl
gl._lock.acquire()
child = os.fork()
if not child:
    signal.alarm(20)
    gl.release()
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_every_shader_is_in_the_package():
    from ballo.export.gl.programs import source

    assert "main" in source("skin.vert")
    assert len(source("picture.frag")) > 1000

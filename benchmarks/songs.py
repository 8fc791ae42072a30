"""Songs of any length to measure with: the demo song over and over, as the mp3 that most people have (stereo, 192 kbit/s).

It is encoded once; a longer song is the same packets again, so an hour of mp3 costs a second to make.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import cycle
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

from ballo import demo
from ballo.music import audio

RATE = 44_100
BIT_RATE = 192_000
ECHO_SAMPLES = 441
"""The right channel is heard this much later, so that the two differ as they do in music."""


def make(folder: Path, seconds: float, bit_rate: int = BIT_RATE) -> Path:
    """An mp3 of `seconds` in `folder`, to within one packet; the one that is there already, if there is."""
    path = folder / f"song_{seconds:g}s_{bit_rate // 1000}k.mp3"
    if not path.exists():
        _repeat(_encoded(folder, bit_rate), path, seconds)
    return path


def _encoded(folder: Path, bit_rate: int) -> Path:
    """The demo song once."""
    path = folder / f"demo_{bit_rate // 1000}k.mp3"
    if path.exists():
        return path
    mono = audio.read(demo.song(), rate=RATE)
    stereo = np.stack([mono, np.roll(mono, ECHO_SAMPLES)])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = bit_rate
        for start in range(0, stereo.shape[1], RATE):
            frame = AudioFrame.from_ndarray(
                np.ascontiguousarray(stereo[:, start : start + RATE]), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _repeat(source: Path, path: Path, seconds: float) -> None:
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        stream = given.streams.audio[0]
        copy = container.add_stream_from_template(stream)
        time_base = stream.time_base or Fraction(1, RATE)
        packets = [(bytes(packet), packet.duration or 0) for packet in given.demux(stream) if packet.size]
        time = 0
        for data, duration in cycle(packets):
            packet = av.Packet(data)
            packet.stream, packet.time_base = copy, time_base
            packet.pts = packet.dts = time
            packet.duration = duration
            container.mux(packet)
            time += duration
            if time * time_base >= seconds:
                break

"""When the beats of an archive's dances sound, for models that dance by the beat."""

from __future__ import annotations

import numpy as np

from ballo.dataset.archive import FULL_SCALE, MARGIN_SECONDS, SAMPLE_RATE, Beats, Dance
from ballo.music import beats


def beats_of(dance: Dance) -> Beats | None:
    """Those the archive knows, else those heard in the dance's music; None where there are none.

    An archive of the grade "published" knows none, since the publication says nothing of them.
    """
    if dance.beats is not None or dance.samples is None:
        return dance.beats
    try:
        heard = beats.track_samples(dance.samples.astype(np.float32) / FULL_SCALE, SAMPLE_RATE)
    except beats.NoBeat:
        return None
    return Beats(heard.times - MARGIN_SECONDS, heard.positions, heard.metre)

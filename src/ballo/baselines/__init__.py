"""What a model has to beat: dancers that learn nothing but recordings, asked just as a model is."""

from ballo.baselines.opening import NAMES, learnt, open, opened

__all__ = ["NAMES", "learnt", "open", "opened"]

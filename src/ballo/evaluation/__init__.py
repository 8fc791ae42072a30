"""Dancers compared on the songs of an archive: models, baselines, and the real dances beside them."""

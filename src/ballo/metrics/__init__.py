"""Dance, measured: arrays in, numbers out."""

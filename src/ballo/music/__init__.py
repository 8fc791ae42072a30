"""Songs: decoding, and what can be heard in them."""

"""A trained bundle in, a dance out."""

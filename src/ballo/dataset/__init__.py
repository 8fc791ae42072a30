"""Published recordings of dance: read as they are, repaired with a record, kept in an archive."""

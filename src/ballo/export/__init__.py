"""Files that other people's tools open."""

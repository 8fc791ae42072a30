"""What there is to say about an archive: measured, drawn, and set on a page that needs nothing else."""

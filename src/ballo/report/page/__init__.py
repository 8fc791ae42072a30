"""The page of a report: one HTML file with drawings, style sheet and script inside it, which asks for nothing else."""

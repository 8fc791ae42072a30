"""The plain versions: what one would write first, without ballo's streaming, drawing or design."""

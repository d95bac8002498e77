"""Drift watch: a run kept beside the last one, what changed between them in a few lines, and who is told."""

"""Lessons and exercises as files: pairs, execution, exercise sets, README, HTML."""

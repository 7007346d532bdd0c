"""Marks, and what instructors and students see of them."""

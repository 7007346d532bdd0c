"""Helpers for a notebook course on neural networks, from pixels to CIFAR-10.

Lessons import the modules they need (`from course_utils import data`). Importing
the package alone loads none of them, and no PyTorch.
"""

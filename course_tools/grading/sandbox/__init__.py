"""Answers run here, without sight of checks, keys, files or network."""

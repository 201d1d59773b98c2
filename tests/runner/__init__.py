"""Runs every test of the project and counts its cases; see tests/run."""

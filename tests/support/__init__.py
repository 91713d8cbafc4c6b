"""Shared by the Python tests: one module per process or concern, no test code."""

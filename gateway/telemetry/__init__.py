"""Metrics, logs, and who still uses the legacy shape."""

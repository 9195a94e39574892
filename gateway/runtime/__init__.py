"""Processes: start-up, shutdown, workers, and how the parts are put together."""

"""Connections to the backend for chat operations."""

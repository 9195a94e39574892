"""Comparison of two backends' responses to the same request, in the client's shape. No content is kept."""

"""WebSockets of the backend: calls between users."""

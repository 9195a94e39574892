"""HTTP of the backend: routes, the context of one request, and who calls."""

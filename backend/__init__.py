"""The chat service between persons: the gateway's default upstream, speaking the modern shape 2.1.

One file a resource, each ending in a table of routes; `backend.http.routes` puts them behind one shell that knows
who calls, holds the connection and turns errors into answers. Imports `contracts`, never `gateway` or `adapters`.
"""

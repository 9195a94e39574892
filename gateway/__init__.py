"""How bytes move: the only part that touches aiohttp, sockets and PostgreSQL."""

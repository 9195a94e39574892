"""Serving the files of `static/`: with types, a strict Content-Security-Policy, and a check for changes each time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

STATIC: Final = Path(__file__).parent / "static"

#: Nothing inline, nothing from elsewhere but pictures; sockets only to where the page came from (`'self'` does
#: not cover `ws:` in every browser).
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
#: By our own table: what the system's says of `.js` differs from machine to machine.
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


def find(root: Path, name: str) -> Path | None:
    """The file that an address names: below ``root``, of a known type, else None. A folder is its `index.html`."""
    if "\\" in name or "\0" in name:
        return None
    file = (root / name.lstrip("/")).resolve()
    if file.is_dir():
        file /= "index.html"
    if not file.is_relative_to(root.resolve()) or file.suffix not in TYPES or not file.is_file():
        return None
    return file


def answer(file: Path) -> web.Response:
    """The file with its type. They are few and small, so they are read whole."""
    return web.Response(
        body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8", headers=HEADERS
    )


def add_files(app: web.Application, prefix: str, root: Path, *, hidden: frozenset[str] = frozenset()) -> None:
    """Serve ``root`` below ``prefix`` ("/demo"); top folders in ``hidden`` are not there."""

    async def give(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        file = None if name.split("/")[0] in hidden else find(root, name)
        if file is None:
            raise web.HTTPNotFound(headers=HEADERS)
        return answer(file)

    async def forward(request: web.Request) -> web.StreamResponse:
        query = f"?{request.query_string}" if request.query_string else ""
        raise web.HTTPFound(f"{prefix}/{query}")

    app.router.add_get(prefix, forward)
    app.router.add_get(prefix + "/{name:.*}", give)

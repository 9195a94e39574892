"""Files of messages: uploaded by people with a token, read by whoever has the address while it holds."""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from backend.auth import authenticate
from backend.request_context import SERVICES, as_json
from backend.services.addresses import PREFIX
from contracts.model.errors import InvalidRequest, NotFound

#: What a browser may show in place. No SVG and no HTML: they carry scripts that would run as us.
SHOWN: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/", "video/")
UNKNOWN: Final = "application/octet-stream"
CHUNK: Final = 256 * 1024


async def upload(request: web.Request) -> web.Response:
    """Store the part named `file` of a multipart body, while it comes."""
    await authenticate(request)
    services = request.app[SERVICES]
    part = await _file_part(request)
    mime = part.headers.get("Content-Type", UNKNOWN).partition(";")[0].strip().lower()
    key, info = await services.storage.save(_chunks(part), (part.filename or "file")[:255], mime)
    return as_json({"media_url": services.addresses.shown(PREFIX + key), "media_metadata": info})


async def _file_part(request: web.Request) -> BodyPartReader:
    if not request.content_type.startswith("multipart/"):
        raise InvalidRequest("must be multipart/form-data", place="$.body")
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                return part
    except (ValueError, AssertionError, HttpProcessingError) as error:
        raise InvalidRequest("is not multipart/form-data", place="$.body") from error
    raise InvalidRequest("Object missing required field `file`", place="$.body")


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def download(request: web.Request) -> web.StreamResponse:
    """The file. Its address is the permission: an image element cannot send a token."""
    services = request.app[SERVICES]
    key = request.match_info["name"]
    query = request.query
    found = services.storage.find(key)
    if found is None or not services.addresses.holds(
        key, query.get("expires", ""), query.get("signature", "")
    ):
        raise NotFound("This file does not exist, or its address has expired")
    in_place = found.info.mime.startswith(SHOWN)
    manner = "inline" if in_place else "attachment"
    return web.FileResponse(
        found.path,
        headers={
            "Content-Type": found.info.mime if in_place else UNKNOWN,
            "Content-Disposition": f"{manner}; filename*=UTF-8''{quote(found.info.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


#: Plain handlers: they stream, so they hold no connection while the bytes move.
HANDLERS: Final = (("POST", "/api/chat/media", upload), ("GET", "/api/chat/media/{name}", download))

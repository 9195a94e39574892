"""The people with whom the caller is connected."""

from typing import Any

from backend.helpers import get_user_contacts
from backend.request_context import RequestContext, Route


async def list_contacts(call: RequestContext) -> dict[str, Any]:
    """One page of contacts; `total` is its length."""
    limit, offset = call.page()
    contacts = await get_user_contacts(call.connection, call.user_id, call.text("search"), limit, offset)
    return {"contacts": contacts, "total": len(contacts)}


ROUTES = (Route("GET", "/api/chat/contacts", list_contacts),)

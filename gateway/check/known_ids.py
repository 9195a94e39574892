"""What the answers teach: ids for the next requests, taken from lists and from what the story made."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from contracts.model.profile import Profile
from gateway.check.story import CONSTANTS, Known

_NAMES: Final = ("user_id", "profile_id", "profile_type")


def at_start(token: str | None, profile: Profile | None) -> Known:
    """Who calls: the profile that was named, and the subject of the token, which is read but not verified."""
    known = dict(CONSTANTS)
    if profile:
        known.update(_pair(profile.type, profile.id))
    if token and (subject := _subject(token)):
        known["user_id"] = subject
    return known


def _subject(token: str) -> int | None:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return int(claims["sub"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None


def _pair(type_: str, id_: int) -> Known:
    return {"profile_type": type_, "profile_id": id_, "profile_ids": f"{type_}_{id_}"}


def learn(operation: str, body: Any, known: Known) -> None:
    """Add to ``known`` what this operation's answer says. An answer of another form teaches nothing."""
    teacher = _TEACHERS.get(operation)
    if teacher is None:
        return
    try:
        found = teacher(body, known)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return
    known.update({name: value for name, value in found.items() if value is not None})


def _me(body: Any, known: Known) -> Known:
    found: Known = {"user_id": body["id"]}
    roles = {type_: id_ for type_, id_ in (body.get("role_ids") or {}).items() if id_}
    if roles and "profile_id" not in known:
        role = body.get("active_role") if body.get("active_role") in roles else next(iter(roles))
        found.update(_pair(role, roles[role]))
    return found


def _items(body: Any, name: str) -> list[Any]:
    found: list[Any] = body if isinstance(body, list) else body[name]
    return found


def _conversations(body: Any, known: Known) -> Known:
    """A direct conversation rather than a group, and one where nothing would be marked as read."""
    real = [item for item in _items(body, "conversations") if isinstance(item["id"], int)]
    chosen = min(real, key=_trouble)
    found = {"conversation_id": chosen["id"]}
    for name in ("muted", "is_muted"):
        found[name] = bool(chosen.get("is_muted"))
    partner = chosen.get("other_user") or chosen
    return found | _partner(partner, chosen)


def _trouble(item: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    return item.get("type") != "direct", bool(item.get("unread_count")), not item.get("last_message")


def _partner(partner: Mapping[str, Any], chosen: Mapping[str, Any]) -> Known:
    user = partner.get("user_id", partner.get("other_user_id"))
    if chosen.get("type") != "direct" or user is None:
        return {}
    found = _target(partner.get("other_profile_type"), partner.get("other_profile_id"), user)
    pair = {"profile_id": partner.get("other_profile_id"), "profile_type": partner.get("other_profile_type")}
    return found | {"partners": [{**pair, "user_id": user}], "partner_user_ids": [user]}


def _target(type_: Any, id_: Any, user: Any) -> Known:
    found: Known = {"target_user_id": user, "user_ids": str(user)}
    if type_ and id_:
        found |= {"target_profile_type": type_, "target_profile_id": id_, "profile_ids": f"{type_}_{id_}"}
        found |= {"target_profile_ids": [id_], "target_type": type_}
    return found


def _contacts(body: Any, known: Known) -> Known:
    if "target_user_id" in known:
        return {}
    first = _items(body, "contacts")[0]
    user = first.get("user_id", first.get("contact_user_id"))
    return _target(first.get("contact_profile_type"), first.get("contact_profile_id"), user)


def _blocked(body: Any, known: Known) -> Known:
    """Whom the story may block for a moment: nobody who is blocked already, for then it would unblock somebody."""
    users = {
        item.get("blocked_user_id", item.get("user_id"))
        for name in ("blocked", "blocked_contacts")
        for item in (body.get(name) or [])
    }
    if known.get("target_user_id") in users:
        return {}
    return {f"unblocked_{name}": known.get(f"target_{name}") for name in _NAMES}


def _has_blocked(body: Any, known: Known) -> Known:
    return {f"own_blocked_{name}": known.get(f"unblocked_{name}") for name in _NAMES}


def _settings(body: Any, known: Known) -> Known:
    read_only = ("two_step_verification", "two_step_email")
    settings = {name: value for name, value in body["settings"].items() if name not in read_only}
    return {**settings, "settings": settings}


def _poll(body: Any, known: Known) -> Known:
    poll = body["poll"]
    return {
        "own_poll_id": poll["id"],
        "poll_id": known.get("poll_id", poll["id"]),
        "option_id": poll["options"][0]["id"],
    }


def _at(name: str, *places: str) -> Callable[[Any, Known], Known]:
    """Takes the first of these places that there is, ``polls.0.id``."""

    def teacher(body: Any, known: Known) -> Known:
        return {name: next(iter(_found(body, places)), None)}

    return teacher


def _found(body: Any, places: Iterable[str]) -> Iterable[Any]:
    for place in places:
        value = body
        for step in place.split("."):
            key: Any = int(step) if step.isdigit() else step
            inside = key < len(value) if isinstance(value, list) else key in value
            value = value[key] if inside else None
            if value is None:
                break
        if value is not None:
            yield value


_TEACHERS: Final[Mapping[str, Callable[[Any, Known], Known]]] = {
    "me.get": _me,
    "conversations.list": _conversations,
    "contacts.list": _contacts,
    "blocks.list": _blocked,
    "blocks.create": _has_blocked,
    "settings.get": _settings,
    "messages.send": _at("own_message_id", "message_id", "id", "message.id"),
    "polls.list": _at("poll_id", "polls.0.id"),
    "polls.create": _poll,
    "sessions.register": _at("session_id", "session_id", "session.id"),
    "connections.list": _at("connection_id", "0.id"),
    "calls.list": _at("call_id", "calls.0.id"),
}

"""Frames that the gateway itself says about who is there, in both shapes."""

from collections.abc import Sequence
from typing import Literal

from contracts.model.document import Node, read
from contracts.model.profile import USER_TYPE, Profile
from contracts.model.roster import Person

Change = Literal["user_online", "user_offline"]


def changed(change: Change, person: Person, timestamp: str, *, legacy: bool) -> Node:
    """Somebody came or went. Keys as the role-based server had them: ``profile_type``, ``tutor_profile_id``."""
    name = person.profile if legacy else Profile(USER_TYPE, person.user_id)
    return {
        "type": change,
        "profile_type": name.type,
        f"{name.type}_profile_id": name.id,
        "user_id": person.user_id,
        "timestamp": timestamp,
    }


def listed(people: Sequence[Person], asked: Node, timestamp: str, *, legacy: bool) -> Node:
    """The answer to ``get_online_users``; ``profile_types`` (a list) chooses among the roles on a legacy socket."""
    if not legacy:
        return {"type": "online_users", "users": [f"user_{person.user_id}" for person in people]}
    wanted = read(asked, "profile_types")
    users = [
        _entry(person) for person in people if not isinstance(wanted, list) or person.profile.type in wanted
    ]
    return {"type": "online_users_list", "users": users, "count": len(users), "timestamp": timestamp}


def _entry(person: Person) -> Node:
    name = person.profile
    return {
        "profile_type": name.type,
        "profile_id": name.id,
        f"{name.type}_profile_id": name.id,
        "user_id": person.user_id,
        "name": person.legacy_name(name),
        "avatar": person.avatar,
        "is_online": True,
    }

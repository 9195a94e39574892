"""What the unchanged client of 2.2 reads beside what 2.2 returns: its own backend never sent it.

Everybody is named ``("user", user_id)`` where that client wants a profile: distinct for each person, understood again
in every path, and right where it takes a profile's number for a person's. Added times carry their zone.
"""

from adapters.v2_2.names import name_of, person_of
from adapters.v2_2.shapes import items
from contracts.model.document import Node, opened, read
from contracts.model.profile import USER_TYPE
from contracts.model.reactions import emoji_of
from contracts.model.roster import Roster
from contracts.model.times import with_zone


def pair(user: int | None, prefix: str = "") -> Node:
    """A person in the place of a profile."""
    return {f"{prefix}profile_id": user, f"{prefix}profile_type": USER_TYPE if user is not None else None}


def creator(one: Node) -> Node:
    """Who may administer: the client wants the person's number as that of a profile without a type."""
    return {"created_by_profile_id": one.get("created_by_user_id"), "created_by_profile_type": None}


def listed(one: Node, presence: Node, roster: Roster) -> None:
    """A conversation of the list: the last message as an object, the other person, its presence."""
    one |= creator(one)
    one |= {"display_name": one.get("name"), "avatar": one.get("avatar_url"), "last_message": _last(one)}
    one["last_message_at"] = with_zone(one.get("last_message_time"))
    other = read(one, "other_user_id")
    if read(one, "type") != "direct" or not isinstance(other, int):
        return
    someone = person_of(other, roster)
    name = name_of(other, roster, str(read(one, "name") or ""))
    one |= pair(other, "other_")
    one |= {"display_name": name, "other_name": name, "other_avatar": one.get("avatar_url")}
    one["role"] = someone.profile.type if someone else USER_TYPE
    one |= {key: presence[key] for key in ("is_online", "last_seen") if key in presence}
    # The client takes the mere presence of these keys for "hidden".
    one |= {key: True for key in ("online_hidden", "last_seen_hidden") if presence.get(key)}


def _last(one: Node) -> Node | None:
    if read(one, "last_message_time") is None:
        return None
    time = with_zone(one["last_message_time"])
    kept = {"content": one.get("last_message_content"), "type": one.get("last_message_type")}
    return {
        **kept,
        "time": time,
        "created_at": time,
        "sender_user_id": one.get("last_message_sender_user_id"),
    }


def message(one: Node) -> None:
    """A message: reactions as pictures with a number, a reply in both spellings."""
    reactions = items(one, "reactions")
    for reaction in reactions:
        reaction |= {"emoji": emoji_of(read(reaction, "reaction")), "count": reaction.get("count", 1)}
    one["reactions"] = reactions
    reply = opened(one.get("reply_to"), "$.body.messages[].reply_to")
    if isinstance(reply, dict):
        reply |= {"text": reply.get("content"), "sender": reply.get("sender_name")}
        one["reply_to"] = reply | {"type": reply.get("message_type")}


def blocked(found: list[Node]) -> None:
    """Blocked people, under the names by which the client finds them in its list."""
    for one in found:
        user = read(one, "user_id")
        one |= {**pair(user, "blocked_"), "blocked_user_id": user}


def participants(found: list[Node], roster: Roster) -> None:
    """Members: the client wants the person's number as that of a profile without a type."""
    for one in found:
        user = read(one, "user_id")
        one |= {"profile_id": user, "profile_type": None}
        one["display_name"] = name_of(user, roster, str(read(one, "name") or ""))


def contact(one: Node, roster: Roster) -> None:
    """A contact."""
    user = read(one, "user_id")
    someone = person_of(user, roster)
    one |= {
        **pair(user),
        "full_name": one.get("name"),
        "role": someone.profile.type if someone else USER_TYPE,
    }

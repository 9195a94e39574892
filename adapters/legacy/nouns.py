"""Nouns that several operations speak of, each declared once."""

from dataclasses import dataclass

from contracts.model.document import NULL, Node, opened, read
from contracts.model.reactions import emoji_of
from contracts.model.roster import Roster
from contracts.rules.lens import Rule, each
from contracts.rules.people import ids, person
from contracts.rules.shapes import constant, copy


def _names(node: Node, roster: Roster) -> None:
    """The sender's names as the old server joined them, and what a reply and a forwarded message show."""
    user = read(node, "sender_user_id")
    if name := roster.legacy_name(user):
        node["sender_name"] = name
    someone = roster.person(user)
    node["first_name"] = someone.first_name if someone else None
    node["father_name"] = someone.father_name if someone else None
    _reply(node)
    if read(node, "is_forwarded"):
        node["forwarded_from"] = node.get("forwarded_from_name", NULL)


def _emoji(node: Node, roster: Roster) -> None:
    """The client draws ``emoji`` as it stands; what it sends, and what is stored, is a word."""
    node["emoji"] = emoji_of(read(node, "reaction"))


def _reply(node: Node) -> None:
    """Both spellings of a reply: the old server sent ``content, type``, the client reads ``text, sender``."""
    response = node.pop("reply_to", NULL)
    if response is None or response == NULL:
        return
    reply = opened(response, "$.reply_to")
    content, sender = reply.get("content", NULL), reply.get("sender_name", NULL)
    node["reply_to"] = {
        "content": content,
        "text": content,
        "type": reply.get("message_type", NULL),
        "sender_name": sender,
        "sender": sender,
    }


@dataclass(frozen=True, slots=True)
class Noun:
    """Rules that can stand at any place."""

    def at(self, place: str) -> tuple[Rule, ...]:
        """The rules of a message at this place."""
        return (
            person(place, modern="sender_user_id", legacy="sender_", beside="sender_user_id"),
            person(place, modern="pinned_by_user_id", legacy="pinned_by_"),
            person(place, modern="forwarded_from_user_id", legacy="forwarded_from_"),
            ids(f"{place}.reactions[]", modern="user_ids", legacy="profile_ids"),
            each(f"{place}.reactions[]", _emoji),
            copy(place, user_avatar="sender_avatar"),
            each(place, _names),
            # Columns of the old server's table that no client reads, and that the modern shape does not have.
            constant(
                place,
                {
                    "forwarded_from_id": None,
                    "original_content": None,
                    "is_deleted": False,
                    "deleted_at": None,
                    "deleted_for_everyone": False,
                    "deleted_for_user_ids": [],
                },
            ),
        )


MESSAGE = Noun()

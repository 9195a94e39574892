"""POST /groups (with the body of conversations.py), members and details of groups and channels."""

from typing import Final

from adapters.legacy.conversations import START, STARTED
from contracts.operation import not_tried, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person, persons
from contracts.rules.shapes import to_body

_GROUP: Final = not_tried("would change a group for others")

ENDPOINTS = [
    operation(
        "groups.create",
        "POST /groups",
        request=START,
        response=STARTED,
        trial=not_tried("would leave a group behind"),
    ),
    operation(
        "participants.add",
        "POST /conversations/{conversation_id}/participants",
        request=lens(persons("body", legacy="participants", modern="participant_user_ids", unknown="skip")),
        response=lens(
            person("body.added[]", beside="user_id"),
            person("body.rejected[]"),
            each("body", lambda node, _: node.pop("new_count", None)),
        ),
        trial=_GROUP,
    ),
    operation(
        "participants.remove",
        "DELETE /conversations/{conversation_id}/participants/{participant_profile_id}/{participant_profile_type}",
        modern="DELETE /conversations/{conversation_id}/participants/{participant_user_id}",
        request=lens(person("path", modern="participant_user_id", legacy="participant_")),
        trial=_GROUP,
    ),
    operation(
        "conversations.update",
        "PUT /conversations/{conversation_id}",
        request=lens(to_body("name"), to_body("description"), to_body("avatar_url")),
        response=lens(each("body", lambda node, _: node.pop("conversation", None))),
        trial=_GROUP,
    ),
]

"""Groups and channels: creation, members, details."""

from adapters.legacy.conversations import START, STARTED
from contracts.operation import operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person, persons
from contracts.rules.shapes import to_body

ENDPOINTS = [
    operation("groups.create", "POST /groups", request=START, response=STARTED),
    operation(
        "participants.add",
        "POST /conversations/{conversation_id}/participants",
        request=lens(persons("body", legacy="participants", modern="participant_user_ids", unknown="skip")),
        response=lens(person("body.added[]", beside="user_id"), person("body.rejected[]")),
    ),
    operation(
        "participants.remove",
        "DELETE /conversations/{conversation_id}/participants/{participant_profile_id}/{participant_profile_type}",
        modern="DELETE /conversations/{conversation_id}/participants/{participant_user_id}",
        request=lens(person("path", modern="participant_user_id", legacy="participant_")),
    ),
    operation(
        "conversations.update",
        "PUT /conversations/{conversation_id}",
        request=lens(to_body("name"), to_body("description"), to_body("avatar_url")),
        response=lens(each("body", lambda node, _: node.pop("conversation", None))),
    ),
]

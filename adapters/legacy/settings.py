"""Settings: one's own, and of somebody else the four that concern others.

The legacy client names the *other* person in the caller's place of ``GET /settings``, and carries the caller in
the body of ``PUT /settings``.
"""

from contracts.model.document import Document, opened
from contracts.model.errors import Forbidden
from contracts.model.identity import take_claim
from contracts.model.settings import PUBLIC
from contracts.operation import Operation, OperationContext, Trial, by_hand, operation
from contracts.rules.lens import Mentions


async def get_settings(asked: Document, context: OperationContext) -> Document:
    """The caller's settings, or somebody else's public ones; of an unknown profile the defaults."""
    claim = take_claim(asked)
    me = context.caller.user_id
    if claim.user_id not in (None, me):
        raise Forbidden("this user_id is not yours", place="$.query.user_id")
    target = me
    if claim.profile is not None:
        roster = await context.find(Mentions({claim.profile}, set()))
        me_person = roster.person(me)
        fallback = claim.profile.id == me and me_person and me_person.role_of(claim.profile.type) is None
        found = me if fallback else roster.user_of(claim.profile)
        if found is None:
            return asked._replace(body={"settings": PUBLIC})
        target = found
    query = {} if target == me else {"target_user_id": str(target)}
    answer = await context.send(GET, Document({}, query, None))
    return answer if target == me else _public(answer)


def _public(answer: Document) -> Document:
    """Only what concerns others, whatever the upstream gave away."""
    settings = opened(answer.body["settings"], "$.body.settings")
    return answer._replace(
        body={"settings": {key: settings.get(key, value) for key, value in PUBLIC.items()}}
    )


GET: Operation = by_hand(
    "settings.get", "GET /settings", get_settings, claim_location="query_target", safe="reads"
)
ENDPOINTS = [GET, operation("settings.put", "PUT /settings", trial=Trial(also=("read_receipts",), step=True))]

"""The other half of the journey: where the traffic is, if the gateways keep their rollout in this database.

The database must not be contracted while the old backend may be asked, nor go back while people are on the new one. A
rollout that is kept elsewhere is not seen from here.
"""

import json
from typing import Any, Final

from migration.engine.errors import RefusedError
from migration.schema.connection import Connection

#: The steps from which on nobody speaks the legacy shape any more.
_OVER: Final = ("sunset", "contract")
_THERE: Final = (
    "SELECT to_regclass('chat_rollout.rules') IS NOT NULL AND has_schema_privilege('chat_rollout', 'USAGE')"
)


async def check_contract(connection: Connection) -> None:
    """Raises RefusedError while the rollout is before its sunset."""
    rules = await _rules(connection)
    if rules is not None and rules.get("step") not in _OVER:
        raise RefusedError(
            f"the traffic is at {rules.get('step')}: the old backend still needs what contract removes; "
            "chat-gateway rollout advance, up to sunset, comes first"
        )


async def check_down(connection: Connection) -> None:
    """Raises RefusedError while people are on the new backend."""
    rules = await _rules(connection)
    if rules is not None and not rules.get("stopped") and _moved(rules):
        raise RefusedError("people are on the new backend: chat-gateway rollout stop comes first")


def _moved(rules: dict[str, Any]) -> bool:
    shares = [rules.get("percent", 0), *(rules.get("operations") or {}).values()]
    return any(shares) or bool((rules.get("people") or {}).get("first"))


async def _rules(connection: Connection) -> dict[str, Any] | None:
    """The rules of the rollout; None where there is none here."""
    if not await connection.fetchval(_THERE):
        return None
    document = await connection.fetchval("SELECT document FROM chat_rollout.rules")
    found: dict[str, Any] | None = json.loads(document) if isinstance(document, str) else document
    return found

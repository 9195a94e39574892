import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, token

HEADERS = {"Authorization": f"Bearer {token(ABEL)}"}
MESSAGES = f"/api/chat/conversations/{ABEL_BEZA}/messages"


@pytest.mark.parametrize("path", ["/health", "/api/health"])
async def test_health_needs_nobody(client, path):
    answer = await (await client.get(path)).json()
    assert answer["status"] == "healthy"
    assert answer["timestamp"].endswith("Z")

"""What the sections about the traffic must fulfil."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.config.model import parse
from gateway.config.source import ConfigError

DSN = "postgresql://127.0.0.1/chat"
BASE: dict[str, Any] = {
    "auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
    "directory": {"sources": [{"dsn": DSN}]},
    "upstreams": {"old": {"api": "legacy"}, "new": {}},
    "rollout": {"from": "old", "to": "new", "store": DSN},
}
ANNOUNCED = datetime(2027, 1, 1, tzinfo=UTC)


def window(days: float, hours: float = 1, **more: Any) -> dict[str, Any]:
    start = ANNOUNCED + timedelta(days=days)
    return {
        "from": start.isoformat(),
        "to": (start + timedelta(hours=hours)).isoformat(),
        "percent": 10,
        **more,
    }


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"compare": {"percent": 5}, "upstreams": {"old": {}}, "rollout": {}}, "compare.percent"),
        ({"compare": {"percent": 5}, "rollout": {"from": "old", "to": "new"}}, "compare.percent"),
        ({"compare": {"percent": 101}}, "compare.percent"),
        ({"compare": {"ignore": ["contacts.list"]}}, "compare.ignore[0]"),
        ({"brownouts": [window(20)]}, "brownouts[0]"),
        (
            {"brownouts": [window(13.9)], "deprecation": {"legacy_deprecated_at": ANNOUNCED}},
            "brownouts[0].from",
        ),
        (
            {"brownouts": [window(20, 0)], "deprecation": {"legacy_deprecated_at": ANNOUNCED}},
            "brownouts[0].to",
        ),
        ({"brownouts": [window(20, percent=101)]}, "brownouts"),
        (
            {"brownouts": [{"from": "2027-03-01T09:00:00", "to": "2027-03-01T10:00:00", "percent": 1}]},
            "brownouts",
        ),
    ],
)
def test_it_is_refused_by_its_key(sections: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse({**BASE, **sections})
    assert str(refused.value).startswith(key)


@pytest.mark.parametrize(
    "sections",
    [
        {"compare": {"percent": 5, "ignore": ["contacts.list $.contacts[].is_online"]}},
        {"brownouts": [window(14)], "deprecation": {"legacy_deprecated_at": ANNOUNCED}},
        {"compare": {"percent": 0}, "upstreams": {"old": {}}, "rollout": {}},
    ],
)
def test_it_is_taken(sections: dict[str, Any]) -> None:
    parse({**BASE, **sections})

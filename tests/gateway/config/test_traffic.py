"""What stands behind the gateway: one upstream or several, and a rollout between two."""

import pytest

from gateway.config.model import parse, takes_list
from tests.gateway.config.test_model import refusal, with_key

TWO = {
    "old": {"url": "http://127.0.0.1:8000", "api": "legacy"},
    "new": {"url": "http://127.0.0.1:8001", "api": "2.1"},
}


def several(**rollout: object) -> dict:
    """The smallest configuration with two upstreams."""
    document = with_key("upstreams", TWO)
    document.pop("upstream", None)
    return {**document, "rollout": {"from": "old", "to": "new", **rollout}}


def test_upstreams_have_names_and_shapes_of_their_own():
    config = parse(several(percent=5, operations={"messages.list": 0}))
    assert list(config.named_upstreams) == ["old", "new"]
    assert [one.api for one in config.named_upstreams.values()] == ["legacy", "2.1"]
    assert config.upstream.url == "http://127.0.0.1:8000", "what is no chat goes to the first"
    assert config.modern_api == "2.1"
    assert (config.rollout.percent, config.rollout.operations) == (5, {"messages.list": 0})


def test_the_short_form_is_one_upstream():
    config = parse(with_key("upstream.api", "legacy"))
    assert [one.api for one in config.named_upstreams.values()] == ["legacy"]
    assert config.modern_api == "2.1"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"rollout": {}}, "rollout"),
        ({"rollout": {"from": "old", "to": "nwe"}}, "rollout.to"),
        ({"rollout": {"from": "old", "to": "old"}}, "rollout.to"),
        ({"rollout": {"from": "old"}}, "rollout"),
        ({"rollout": {"from": "old", "to": "new", "percent": 101}}, "rollout.percent"),
        ({"rollout": {"from": "old", "to": "new", "people": {"first": [0]}}}, "rollout.people.first[0]"),
        ({"upstream": {"url": "http://h"}}, "upstreams"),
        ({"upstreams": {**TWO, "Big": TWO["old"]}}, "upstreams"),
        ({"upstreams": {**TWO, "old": {"url": "ftp://h"}}}, "upstreams.old.url"),
    ],
)
def test_several_upstreams_are_checked(changes, path):
    assert refusal({**several(), **changes}).path == path


def test_the_environment_reaches_a_named_upstream():
    assert not takes_list(("upstreams", "old", "url"))
    assert takes_list(("rollout", "people", "first"))

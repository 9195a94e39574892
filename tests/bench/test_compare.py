import json

import pytest

from tests.bench.compare import EMPTY_LIST, ROUNDED, Different, faults_of

LARGE = 9_007_199_254_740_993


def answer(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("peer", "expected", "given", "faults"),
    [
        ("nginx_lua", {"a": 1, "b": 2}, {"b": 2, "a": 1}, set()),
        ("nginx_lua", {"a": []}, {"a": {}}, {EMPTY_LIST}),
        ("nginx_lua", {"a": [LARGE]}, {"a": [9.007199254741e15]}, {ROUNDED}),
        ("node_undici", {"a": LARGE}, {"a": 9_007_199_254_740_992}, {ROUNDED}),
    ],
)
def test_what_a_peer_is_known_to_do_is_named(peer, expected, given, faults):
    assert faults_of(peer, answer(expected), answer(given)) == faults


@pytest.mark.parametrize(
    ("peer", "expected", "given", "where"),
    [
        ("node_undici", {"a": []}, {"a": {}}, "becomes"),
        ("gateway", {"a": LARGE}, {"a": LARGE - 1}, "rounded"),
        ("nginx_lua", {"a": {"b": 1}}, {"a": {}}, r"\$\.a\.b is missing"),
        ("nginx_lua", {}, {"c": None}, r"\$\.c is too many"),
        ("nginx_lua", {"a": [1, 2]}, {"a": [1]}, r"\$\.a is"),
        ("nginx_lua", {"a": 1}, {"a": True}, r"\$\.a is True"),
        ("nginx_lua", {"a": 5}, {"a": 6}, r"\$\.a is 6, not 5"),
        ("nginx_lua", {"a": LARGE}, {"a": LARGE + 10**6}, r"\$\.a is"),
    ],
)
def test_every_other_difference_disqualifies(peer, expected, given, where):
    with pytest.raises(Different, match=where):
        faults_of(peer, answer(expected), answer(given))


def test_what_is_no_json_must_be_equal():
    assert faults_of("plain_nginx", b"ddd", b"ddd") == set()
    with pytest.raises(Different, match="not JSON"):
        faults_of("plain_nginx", b"ddd", b"dd")

import pytest

from gateway.fields.forwarded import origin

FORGED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil", "Host": "chat.example"}


@pytest.mark.parametrize(
    ("chain", "hops", "remote", "said"),
    [
        ([], 0, "10.0.0.1", "10.0.0.1"),
        (["6.6.6.6"], 0, "10.0.0.1", "10.0.0.1"),
        ([], 1, "10.0.0.1", "10.0.0.1"),
        (["1.1.1.1"], 1, "1.1.1.1", "1.1.1.1, 10.0.0.1"),
        (["6.6.6.6, 1.1.1.1"], 1, "1.1.1.1", "1.1.1.1, 10.0.0.1"),
        (["6.6.6.6", "1.1.1.1"], 1, "1.1.1.1", "1.1.1.1, 10.0.0.1"),
        (["6.6.6.6, 1.1.1.1,2.2.2.2"], 2, "1.1.1.1", "1.1.1.1, 2.2.2.2, 10.0.0.1"),
        (["2.2.2.2"], 2, "2.2.2.2", "2.2.2.2, 10.0.0.1"),
    ],
)
def test_only_the_trusted_hops_are_believed(chain: list[str], hops: int, remote: str, said: str) -> None:
    found = origin(FORGED, chain, "10.0.0.1", hops, "http")
    assert found.remote == remote
    assert dict(found.fields) == {
        "X-Forwarded-For": said,
        "X-Forwarded-Proto": "https" if hops else "http",
        "X-Forwarded-Host": "evil" if hops else "chat.example",
    }


def test_without_a_host_there_is_none() -> None:
    assert ("X-Forwarded-Host", "") in origin({}, [], "::1", 0, "http").fields

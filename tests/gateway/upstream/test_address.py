import pytest

from gateway.upstream.address import Address, parse_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://a", Address("a", 80, tls=False, prefix="")),
        ("https://a:8443/x/", Address("a", 8443, tls=True, prefix="/x")),
        ("http://[::1]:80", Address("::1", 80, tls=False, prefix="")),
    ],
)
def test_an_address_is_read_from_a_url(url: str, address: Address) -> None:
    assert parse_url(url) == address


@pytest.mark.parametrize(
    ("url", "authority"),
    [("http://a", "a"), ("http://a:81", "a:81"), ("https://a:443", "a"), ("http://[::1]:81", "[::1]:81")],
)
def test_host_names_the_port_only_when_it_is_unusual(url: str, authority: str) -> None:
    assert parse_url(url).authority == authority


@pytest.mark.parametrize("url", ["a", "ftp://a", "http://", "http://a?b", "http://a#b"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        parse_url(url)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("location", "http://backend:8000/x/?a=1#b", "/x/?a=1#b"),
        ("location", "https://BACKEND:8000/x", "/x"),
        ("location", "http://backend:8000", "/"),
        ("location", "//backend:8000/x", "/x"),
        ("content-location", "http://backend:8000//evil.example/", "/evil.example/"),
        ("location", "http://backend:8000.evil.example/", "http://backend:8000.evil.example/"),
        ("location", "https://else/backend", "https://else/backend"),
        ("location", "/backend/x", "/backend/x"),
        ("location", "http://[backend", "http://[backend"),
        ("link", '<http://backend:8000/x?page=2>; rel="next"', '</x?page=2>; rel="next"'),
        ("refresh", "0; url=http://backend:8000/x", "0; url=/x"),
        ("x-other", "http://backend:8000/x", "http://backend:8000/x"),
    ],
)
def test_our_clients_are_not_told_where_the_upstream_is(name: str, value: str, told: str) -> None:
    assert parse_url("http://backend:8000").relocated(name, value) == told

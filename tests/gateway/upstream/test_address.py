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

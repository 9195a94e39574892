"""Keys by PEM and by published set: rotation, confusion of kinds, an issuer that is away."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import PyJWK

from contracts.model.errors import Unauthenticated, Unavailable
from gateway.auth.signing_keys import COOLDOWN_S, PublishedKeys, check_algorithm, configured_keys
from gateway.auth.tokens import KeysNeeded, Tokens

SECRET = "a shared secret of the backend, long enough for HS512 too: 64 bytes"
RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
CLAIMS = {"sub": "45", "exp": 4_000_000_000}


def pem(key: Any) -> str:
    public = key.public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def published(key: Any, kid: str, algorithm: str) -> dict[str, Any]:
    kind = jwt.get_algorithm_by_name(algorithm)
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": algorithm, "use": "sig"}


def header(key: Any, algorithm: str, **fields: Any) -> str:
    return "Bearer " + jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), key, algorithm, headers=fields)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS512"), (EC, "ES256"), (ED, "EdDSA")])
def test_a_public_key_by_pem(key: Any, algorithm: str) -> None:
    tokens = Tokens(pem(key), [algorithm])
    assert tokens.read(header(key, algorithm, kid="whatever the issuer calls it")).user_id == 45


@pytest.mark.parametrize(
    ("secret", "algorithms"),
    [
        (SECRET, ["none"]),
        (SECRET, ["HS256", "hs256"]),
        (SECRET, ["RS256"]),
        (SECRET, ["HS256", "RS256"]),
        (pem(RSA), ["HS256"]),
        (pem(RSA), ["RS256", "HS256"]),
        (pem(EC), ["RS256"]),
        ("short", ["HS256"]),
        ("x" * 63, ["HS512"]),
        ("", ["HS256"]),
    ],
)
def test_keys_that_do_not_fit_refuse_at_start_without_showing_the_key(
    secret: str, algorithms: list[str]
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        configured_keys(secret, algorithms)
    assert not secret or secret not in str(caught.value)


def test_an_unknown_algorithm_is_refused_also_with_a_key_set() -> None:
    with pytest.raises(ValueError, match="unknown"):
        check_algorithm("none")
    with pytest.raises(ValueError, match="unknown"):
        Tokens(SECRET, ["HS256", "none"], "https://issuer.example/keys")


def test_a_key_set_is_fetched_by_http_only() -> None:
    with pytest.raises(ValueError, match="http"):
        Tokens(SECRET, ["RS256"], "file:///etc/keys.json")


def test_a_public_key_is_no_shared_secret() -> None:
    """The classic confusion, HS256 over the published PEM; PyJWT refuses to sign that, so by hand."""
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    parts = [json.dumps({"alg": "HS256"}).encode(), json.dumps(CLAIMS).encode()]
    text = b".".join(jwt.utils.base64url_encode(part) for part in parts)
    forged = text + b"." + jwt.utils.base64url_encode(algorithm.sign(text, pem(RSA).encode()))
    with pytest.raises(Unauthenticated):
        Tokens(pem(RSA), ["RS256"]).read(f"Bearer {forged.decode()}")


class Issuer:
    """What the fetch gives; counts, and waits when told to."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys: Sequence[dict[str, Any]] = keys
        self.away = False
        self.calls = 0
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> Sequence[PyJWK]:
        self.calls += 1
        self.open.wait(5)
        if self.away:
            raise jwt.PyJWKClientError("away")
        return [PyJWK.from_dict(key) for key in self.keys]


def by_set(issuer: Issuer, clock: Clock) -> Tokens:
    return Tokens(SECRET, ["HS256", "RS256", "ES256"], published=PublishedKeys(issuer, clock))


async def test_keys_are_fetched_when_first_needed_and_then_known() -> None:
    issuer = Issuer(published(RSA, "a", "RS256"), published(EC, "b", "ES256"))
    keys = PublishedKeys(issuer, Clock())
    tokens = Tokens(SECRET, ["HS256", "RS256", "ES256"], published=keys)
    with pytest.raises(KeysNeeded):
        tokens.read(header(RSA, "RS256", kid="a"))
    await keys.refresh()
    assert tokens.read(header(RSA, "RS256", kid="a")).user_id == 45
    assert (await tokens.read_async(header(RSA, "RS256", kid="a"))).user_id == 45
    assert tokens.read(header(EC, "ES256", kid="b")).user_id == 45
    assert tokens.read(header(SECRET, "HS256")).user_id == 45
    assert issuer.calls == 1


async def test_concurrent_callers_wait_for_one_fetch() -> None:
    issuer = Issuer(published(RSA, "a", "RS256"))
    issuer.open.clear()
    tokens = by_set(issuer, Clock())
    waiting = [asyncio.create_task(tokens.read_async(header(RSA, "RS256", kid="a"))) for _ in range(50)]
    await asyncio.sleep(0)
    issuer.open.set()
    assert {token.user_id for token in await asyncio.gather(*waiting)} == {45}
    assert issuer.calls == 1


async def test_a_rotated_key_is_found_but_unknown_names_do_not_hammer_the_issuer() -> None:
    issuer, clock = Issuer(published(RSA, "a", "RS256")), Clock()
    tokens = by_set(issuer, clock)
    old = header(RSA, "RS256", kid="a")
    await tokens.read_async(old)
    issuer.keys = [published(OTHER_RSA, "c", "RS256")]
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await tokens.read_async(header(OTHER_RSA, "RS256", kid="c"))
    assert issuer.calls == 1
    clock.now += COOLDOWN_S
    assert (await tokens.read_async(header(OTHER_RSA, "RS256", kid="c"))).user_id == 45
    assert issuer.calls == 2
    with pytest.raises(Unauthenticated):
        tokens.read(old)


async def test_an_issuer_that_is_away_is_503_for_what_is_unknown_and_nothing_for_what_is_known() -> None:
    issuer, clock = Issuer(published(RSA, "a", "RS256")), Clock()
    tokens = by_set(issuer, clock)
    issuer.away = True
    with pytest.raises(Unavailable):
        await tokens.read_async(header(RSA, "RS256", kid="a"))
    with pytest.raises(Unavailable):
        tokens.read(header(RSA, "RS256", kid="a"))
    assert issuer.calls == 1
    issuer.away, clock.now = False, clock.now + COOLDOWN_S
    assert (await tokens.read_async(header(RSA, "RS256", kid="a"))).user_id == 45
    issuer.away, clock.now = True, clock.now + COOLDOWN_S
    with pytest.raises(Unavailable):
        await tokens.read_async(header(OTHER_RSA, "RS256", kid="c"))
    assert tokens.read(header(RSA, "RS256", kid="a")).user_id == 45


@pytest.mark.parametrize(
    "value",
    [
        header(RSA, "RS256"),
        header(OTHER_RSA, "RS256", kid="a"),
        header(RSA, "RS512", kid="a"),
        header(EC, "ES256", kid="a"),
        header(SECRET, "HS256", kid="a"),
        header("k" * 32, "HS256", kid="oct"),
        header("k" * 32, "HS256"),
    ],
    ids=[
        "no kid",
        "other key",
        "not allowed",
        "other kind",
        "secret with kid",
        "published secret",
        "other secret",
    ],
)
async def test_what_a_key_set_does_not_verify(value: str) -> None:
    oct_key = {
        "kty": "oct",
        "k": jwt.utils.base64url_encode(b"k" * 32).decode(),
        "kid": "oct",
        "alg": "HS256",
    }
    tokens = by_set(Issuer(published(RSA, "a", "RS256"), oct_key), Clock())
    await tokens.read_async(header(RSA, "RS256", kid="a"))
    with pytest.raises(Unauthenticated):
        await tokens.read_async(value)


@pytest.fixture
async def key_server() -> AsyncIterator[TestServer]:
    async def keys(_: web.Request) -> web.Response:
        return web.json_response({"keys": [published(RSA, "a", "RS256")]})

    app = web.Application()
    app.router.add_get("/keys", keys)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def test_a_real_key_server_is_asked_in_the_background(key_server: TestServer) -> None:
    tokens = Tokens(SECRET, ["RS256"], str(key_server.make_url("/keys")))
    await tokens.start()
    try:
        assert (await tokens.read_async(header(RSA, "RS256", kid="a"))).user_id == 45
    finally:
        await tokens.close()

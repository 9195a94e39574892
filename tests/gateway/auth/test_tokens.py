"""Every token that must not pass, every one that must, and what is remembered of them."""

import base64
import gc
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.errors import InvalidRequest, Unauthenticated
from gateway.auth.tokens import (
    COOKIE,
    REMEMBER_S,
    Token,
    Tokens,
    bearer,
    offered_token,
    socket_authorization,
    token_of,
)

SECRET = "a shared secret of the backend, long enough for HS512 too: 64 bytes"
NOW = 1_800_000_000.0
GOOD = {"sub": "45", "role": "tutor", "role_ids": {"tutor": "7"}, "exp": int(NOW) + 900}


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def signed(claims: Any, key: str = SECRET, algorithm: str | None = "HS256", **header: Any) -> str:
    """A token with a real signature over whatever claims; PyJWT's own checks on them are not wanted here."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jwt.PyJWS().encode(payload, key, algorithm, headers=header)


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def reader(clock: Clock | None = None) -> Tokens:
    return Tokens(SECRET, leeway_s=10, clock=clock or Clock())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_a_good_token_names_the_person(scheme: str) -> None:
    assert reader().read(f"{scheme} {signed(GOOD)}") == Token(45, GOOD["exp"])


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "45", "exp": NOW + 900},
        {"sub": "45", "exp": NOW + 900.5, "type": "access"},
        {"sub": "45", "exp": int(NOW) - 9},
        {"sub": "45", "exp": int(NOW) + 9, "nbf": int(NOW) + 9, "iat": int(NOW) + 9},
        {"sub": str(2**63 - 1), "exp": int(NOW) + 9},
        {"sub": "45", "exp": int(NOW) + 9, "role_ids": None, "user_id": 1, "profile_id": 7},
    ],
)
def test_claims_that_are_believed(claims: dict[str, Any]) -> None:
    assert reader().read(f"Bearer {signed(claims)}") == Token(int(claims["sub"]), float(claims["exp"]))


@pytest.mark.parametrize("header", [None, "", "Basic QTpC", "Token x", "Bearerx", "Bearer\tx", " Bearer x"])
def test_without_a_bearer_nobody_is_calling(header: str | None) -> None:
    with pytest.raises(Unauthenticated) as caught:
        reader().read(header)
    assert caught.value.detail == "Not authenticated"
    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}


REFUSED_CLAIMS = {
    "expired": GOOD | {"exp": int(NOW) - 10},
    "no exp": {"sub": "45"},
    "exp null": GOOD | {"exp": None},
    "exp text": GOOD | {"exp": "1900000000"},
    "exp bool": GOOD | {"exp": True},
    "exp in milliseconds": GOOD | {"exp": int(NOW) * 1000},
    "exp beyond any float": GOOD | {"exp": 10**400},
    "exp NaN": GOOD | {"exp": float("nan")},
    "exp infinite": GOOD | {"exp": float("inf")},
    "not yet": GOOD | {"nbf": int(NOW) + 11},
    "issued in the future": GOOD | {"iat": int(NOW) + 11},
    "for somebody else": GOOD | {"aud": "another service"},
    "administrator": {"admin_id": 1, "email": "a@b.c", "type": "admin", "exp": int(NOW) + 900},
    "administrator with sub": GOOD | {"type": "admin"},
    "advertiser": GOOD | {"type": "advertiser"},
    "advertiser refresh": GOOD | {"type": "advertiser_refresh"},
    "refresh by type": GOOD | {"type": "refresh"},
    "refresh by jti": GOOD | {"jti": "0b7c"},
    "type null": GOOD | {"type": None},
    "type in a list": GOOD | {"type": ["access"]},
    "no sub": {"exp": int(NOW) + 900},
    "sub integer": GOOD | {"sub": 45},
    "sub bool": GOOD | {"sub": True},
    "sub list": GOOD | {"sub": ["45"]},
    "sub zero": GOOD | {"sub": "0"},
    "sub signed": GOOD | {"sub": "+45"},
    "sub spaced": GOOD | {"sub": " 45"},
    "sub newline": GOOD | {"sub": "45\n"},
    "sub nbsp": GOOD | {"sub": "45\xa0"},
    "sub leading zero": GOOD | {"sub": "045"},
    "sub underscore": GOOD | {"sub": "4_5"},
    "sub fraction": GOOD | {"sub": "45.0"},
    "sub other digits": GOOD | {"sub": "\u0664\u0665"},
    "sub beyond 64 bits": GOOD | {"sub": str(2**63)},
    "sub e-mail": GOOD | {"sub": "a@b.c"},
    "a list": [GOOD],
    "a number": 45,
    "not JSON": b"sub=45",
    "not UTF-8": b'{"sub": "\xff"}',
    "bottomless": b"[" * 4000,
}


@pytest.mark.parametrize("claims", REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS.keys())
def test_claims_that_are_refused_though_well_signed(claims: Any) -> None:
    with pytest.raises(Unauthenticated) as caught:
        reader().read(f"Bearer {signed(claims)}")
    assert caught.value.detail == "Could not validate credentials"


HEAD, BODY, SIGNATURE = signed(GOOD).split(".")
REFUSED_TEXTS = {
    "another secret": signed(GOOD, "another secret of the same length, 32+ bytes"),
    "a secret of zeros": signed(GOOD, "\0" * 32),
    "none without signature": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{BODY}.",
    "none with signature": f"{encoded({'alg': 'none'})}.{BODY}.{SIGNATURE}",
    "None spelled otherwise": f"{encoded({'alg': 'nOnE'})}.{BODY}.{SIGNATURE}",
    "no algorithm": f"{encoded({'typ': 'JWT'})}.{BODY}.{SIGNATURE}",
    "algorithm is a list": f"{encoded({'alg': ['HS256']})}.{BODY}.{SIGNATURE}",
    "algorithm not allowed": signed(GOOD, SECRET, "HS512"),
    "same secret, algorithm not allowed": signed(GOOD, SECRET, "HS384"),
    "names a file as key": signed(GOOD, kid="../../../../dev/null"),
    "names a query as key": signed(GOOD, kid="x' UNION SELECT 'key' --"),
    "key name is a number": f"{encoded({'alg': 'HS256', 'kid': 1})}.{BODY}.{SIGNATURE}",
    "critical extension": signed(GOOD, crit=["exp"], exp=1),
    "unencoded payload": f"{encoded({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}.{BODY}.{SIGNATURE}",
    "header is a list": f"W10.{BODY}.{SIGNATURE}",
    "header is bottomless": f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.{BODY}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "two parts": f"{HEAD}.{BODY}",
    "five parts": f"{HEAD}.{BODY}.{SIGNATURE}.{BODY}.{SIGNATURE}",
    "payload of another": f"{HEAD}.{encoded(GOOD | {'sub': '46'})}.{SIGNATURE}",
    "padding": f"{HEAD}.{BODY}.{SIGNATURE}=",
    "characters that a lenient decoder skips": f"{HEAD}.{BODY}.!{SIGNATURE}",
    "two tokens": f"{HEAD}.{BODY}.{SIGNATURE}, {HEAD}.{BODY}.{SIGNATURE}",
    "trailing no-break space": f"{HEAD}.{BODY}.{SIGNATURE}\xa0",
    "too long": signed(GOOD | {"more": "x" * 8192}),
    "empty": "",
    "undefined": "undefined",
    "surrogate": "\ud800.a.b",
}


@pytest.mark.parametrize("text", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS.keys())
def test_texts_that_are_refused(text: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        reader().read(f"Bearer {text}")
    assert caught.value.detail == "Could not validate credentials"


@given(st.text(max_size=60))
def test_any_text_is_refused_with_401_and_nothing_else(text: str) -> None:
    tokens = reader()
    for header in (
        text,
        f"Bearer {text}",
        f"Bearer {HEAD}.{text}.{SIGNATURE}",
        f"Bearer {text}.{BODY}.{SIGNATURE}",
    ):
        with pytest.raises(Unauthenticated):
            tokens.read(header)


@given(st.integers(0, len(SIGNATURE) - 2), st.sampled_from("ABCwxyz019-_"))
def test_a_changed_signature_is_refused(place: int, letter: str) -> None:
    changed = SIGNATURE[:place] + letter + SIGNATURE[place + 1 :]
    tokens = reader()
    if changed == SIGNATURE:
        assert tokens.read(f"Bearer {HEAD}.{BODY}.{changed}").user_id == 45
    else:
        with pytest.raises(Unauthenticated):
            tokens.read(f"Bearer {HEAD}.{BODY}.{changed}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["sub", "exp", "type", "jti", "nbf", "iat", "aud"]), json_values))
def test_claims_of_any_kind_give_a_token_or_401(claims: dict[str, Any]) -> None:
    try:
        token = token_of(claims, NOW, 10)
    except Unauthenticated:
        return
    assert (str(token.user_id), token.expires_at) == (claims["sub"], claims["exp"])


def test_a_verified_token_is_remembered_for_a_while_only() -> None:
    clock = Clock()
    tokens = reader(clock)
    header = f"Bearer {signed(GOOD)}"
    first = tokens.read(header)
    clock.now = NOW + REMEMBER_S - 1
    assert tokens.read(header) is first
    clock.now = NOW + REMEMBER_S
    again = tokens.read(header)
    assert again == first
    assert again is not first


def test_remembering_never_outlives_the_token() -> None:
    clock = Clock()
    tokens = reader(clock)
    header = f"Bearer {signed(GOOD | {'exp': int(NOW) + 5})}"
    tokens.read(header)
    clock.now = NOW + 14
    assert tokens.read(header).user_id == 45
    clock.now = NOW + 15
    with pytest.raises(Unauthenticated):
        tokens.read(header)


@pytest.mark.parametrize(
    ("header", "expected"), [("Bearer a.b.c", "a.b.c"), ("bEARER   a.b.c ", "a.b.c"), ("Bearer ", "")]
)
def test_bearer(header: str, expected: str) -> None:
    assert bearer(header) == expected


@pytest.mark.parametrize(
    ("header", "tokens", "protocols", "cookie", "expected"),
    [
        (None, [], [], None, None),
        (None, ["q"], ["bearer, p"], "c", "Bearer q"),
        (None, [], ["bearer, p"], "c", "Bearer p"),
        (None, [], ["Bearer", "p"], "c", "Bearer p"),
        (None, [], ["chat"], "c", "Bearer c"),
        ("Bearer h", ["q"], [], "c", "Bearer h"),
        (None, ["undefined"], [], "c", "Bearer c"),
        (None, ["null"], ["bearer"], "", None),
        ("Basic x", [], [], None, "Basic x"),
    ],
)
def test_where_a_socket_carries_its_token(
    header: str | None, tokens: list[str], protocols: list[str], cookie: str | None, expected: str | None
) -> None:
    assert socket_authorization(header, tokens, protocols, cookie) == expected


def test_a_repeated_token_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"\$\.query\.token"):
        socket_authorization(None, ["a", "a"], [], None)


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        (["bearer, a.b.c"], "a.b.c"),
        (["bearer", "a.b.c"], "a.b.c"),
        (["BEARER,a.b.c,chat"], "a.b.c"),
        (["chat, bearer"], None),
        (["bearer"], None),
        ([], None),
    ],
)
def test_offered_token(protocols: list[str], expected: str | None) -> None:
    assert offered_token(protocols) == expected


def test_the_cookie_has_the_documented_name() -> None:
    assert COOKIE == "chat_gateway"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "missing"),
        ("Bearer nonsense", "malformed"),
        (f"Bearer {signed(GOOD, 'another secret that is at least 32 bytes')}", "signature"),
        (f"Bearer {signed(GOOD, algorithm='HS384')}", "algorithm"),
        (f"Bearer {signed(GOOD, kid='1')}", "key"),
        (f"Bearer {signed({**GOOD, 'exp': NOW - 60})}", "time"),
        (f"Bearer {signed({**GOOD, 'type': 'admin'})}", "kind"),
        (f"Bearer {signed({**GOOD, 'jti': 'x'})}", "claims"),
        (f"Bearer {signed({**GOOD, 'sub': '045'})}", "subject"),
    ],
)
def test_refusals_are_counted_by_reason_and_the_first_is_logged(
    header: str | None, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = reader()
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            tokens.read(header)
    assert {name: count for name, count in tokens.refused.items() if count} == {reason: 2}
    logged = [record.__dict__["reason"] for record in caplog.records]
    assert logged == ([] if reason == "missing" else [reason])
    assert not [record for record in caplog.records if header and header in str(record.__dict__)]


def test_the_collector_tracks_no_remembered_token() -> None:
    tokens = reader()
    headers = [f"Bearer {signed({**GOOD, 'sub': str(number)})}" for number in range(1, 201)]
    gc.collect()
    before = len(gc.get_objects())
    for header in headers:
        tokens.read(header)
    gc.collect()
    assert len(gc.get_objects()) - before < 20

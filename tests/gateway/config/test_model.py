"""The configuration: its defaults, what overrides what, and every way to be refused."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gateway.config.model import Config, ConfigError, load, parse, takes_list

ROOT = Path(__file__).parents[3]
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DSN = "postgresql://chat:hush@localhost/chat"
ENVIRON = {"SECRET_KEY": SECRET, "DATABASE_URL": DSN}
MINIMUM = {"auth": {"secret": SECRET}, "directory": {"sources": [{"dsn": DSN}]}}

# The block that users copy: braces within braces, which plain YAML does not read.
COMPACT = """
listen: 127.0.0.1:8080
workers: 1
admin: {listen: 127.0.0.1:9090, token: null}   # a comment
upstream: {url: http://127.0.0.1:8000, api: "2.1", timeout_s: 30}
modern: {api: null}
auth: {secret: ${SECRET_KEY}, algorithms: [HS256], jwks_url: null, leeway_s: 10}
directory:
  sources: [{dsn: ${DATABASE_URL}, types: [student, tutor, parent, advertiser], query: null}]
  max_age_s: 300
  stale_s: 600
  size: 100000
identity: {prefer: [tutor, student, parent, advertiser]}
websocket: {admit: token, origins: []}
cors: {origins: []}
proxy: {trusted_hops: 0}
limits: {body_mb: 50, json_mb: 10, header_s: 10, body_s: 30, idle_s: 75}
deprecation: {legacy_deprecated_at: null, legacy_sunset_at: null, link: null}
log: {format: json, level: info}
"""


def with_key(path: str, value: object) -> dict:
    """The smallest configuration, with one key more (or another value in one)."""
    document: dict = msgspec.json.decode(msgspec.json.encode(MINIMUM))
    *sections, last = path.split(".")
    place = document
    for name in sections:
        place = place.setdefault(name, {})
    place[last] = value
    return document


def refusal(document: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(document)
    assert "\n" not in str(caught.value)
    return caught.value


def keys_of(value: object, path: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {path}
    return {key for name, item in value.items() for key in keys_of(item, f"{path}.{name}")}


def test_the_shipped_file_is_complete_and_says_the_defaults():
    shipped = load(ROOT / "config.yaml", ENVIRON)
    defaults = parse(MINIMUM)
    types = ("student", "tutor", "parent", "advertiser")
    assert set(shipped.directory.sources[0].types) == set(types)
    assert msgspec.structs.replace(shipped, directory=defaults.directory) == defaults
    shipped_keys = keys_of(msgspec.yaml.decode((ROOT / "config.yaml").read_bytes()))
    assert shipped_keys == keys_of(msgspec.to_builtins(shipped, enc_hook=str))


def test_reads_the_compact_form(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(COMPACT)
    assert load(file, ENVIRON) == load(ROOT / "config.yaml", ENVIRON)


def test_secrets_are_usable_and_do_not_show():
    config = parse(with_key("admin.token", "t0ken-of-sixteen-bytes"))
    assert config.auth.secret == SECRET
    for secret in (SECRET, "hush", "t0ken"):
        assert secret not in f"{config} {config!r} {config.auth} {config.directory.sources}"


def test_a_configuration_cannot_be_changed():
    with pytest.raises(AttributeError):
        parse(MINIMUM).workers = 2


def test_modern_clients_speak_what_the_upstream_speaks_unless_told():
    assert parse(with_key("upstream.api", "2.2")).modern_api == "2.2"
    assert parse(with_key("modern.api", "2.2")).modern_api == "2.2"
    assert parse(MINIMUM).modern_api == "2.1"


def test_the_origin_takes_a_path_behind_it():
    assert parse(with_key("upstream.url", "http://backend:8000/")).upstream.origin == "http://backend:8000"


@pytest.mark.parametrize(
    ("path", "given", "read"),
    [
        ("listen", "[::1]:0", "[::1]:0"),
        ("workers", 4, 4),
        ("workers", "4", 4),  # from a variable everything is text
        ("upstream.timeout_s", 0.5, 0.5),
        ("upstream.url", "https://backend.internal", "https://backend.internal"),
        ("auth.algorithms", ["HS256", "HS256"], ("HS256", "HS256")),
        ("auth.leeway_s", 0, 0),
        ("directory.stale_s", 0, 0),
        ("cors.origins", ["https://app.example.org", "http://localhost:5173"], None),
        ("deprecation.legacy_sunset_at", "2027-01-31T00:00:00Z", datetime(2027, 1, 31, tzinfo=UTC)),
        ("deprecation.link", "https://example.org/moving?to=users", None),
        ("log.format", "console", "console"),
    ],
)
def test_accepts(path, given, read):
    config: object = parse(with_key(path, given))
    for name in path.split("."):
        config = getattr(config, name)
    assert config == (tuple(given) if read is None and isinstance(given, list) else read or config)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("lisen", "x", "no such key"),
        ("upstream.timeout", 3, "no such key"),
        ("workers", 0, ">= 1"),
        ("workers", 1.5, "expected `int`"),
        ("workers", "many", "expected `int`"),
        ("workers", None, "expected `int`"),
        ("listen", "8080", "HOST:PORT"),
        ("listen", "127.0.0.1:70000", "HOST:PORT"),
        ("listen", "::1:8080", "HOST:PORT"),
        ("admin.token", "short", "at least 16 bytes"),
        ("admin.token", "", "at least 16 bytes"),
        ("upstream", None, "expected `object`"),
        ("upstream.url", "backend:8000", "http://HOST"),
        ("upstream.url", "http://", "http://HOST"),
        ("upstream.url", "http://[", "http://HOST"),
        ("upstream.url", "http://h:99999", "http://HOST"),
        ("upstream.url", "ftp://backend", "http://HOST"),
        ("upstream.url", "http://me:hush@backend", "neither a user"),
        ("upstream.url", "http://backend/api", "no path"),
        ("upstream.url", "http://backend?x=1", "no path"),
        ("upstream.api", 2.1, "write it in quotes"),
        ("upstream.api", "2.3", "invalid enum value"),
        ("upstream.timeout_s", 0, "> 0"),
        ("auth.secret", None, "is required"),
        ("auth.secret", "", "at least 32 bytes long, not 0"),
        ("auth.secret", "x" * 31, "at least 32 bytes long, not 31"),
        ("auth.secret", "your-super-secret-key-change-this-in-production", "known placeholder"),
        ("auth.secret", "CHANGE_ME_" + "0" * 30, "known placeholder"),
        ("auth.secret", 12345678901234567890, "text"),
        ("auth.algorithms", [], "at least one"),
        ("auth.algorithms", ["none"], "must be out of"),
        ("auth.algorithms", "HS256", "expected `array`"),
        ("auth.jwks_url", "keys", "http://HOST"),
        ("auth.jwks_url", "http://issuer.example.org/keys", "https"),
        ("auth.leeway_s", -1, ">= 0"),
        ("directory.sources", [], "at least one"),
        ("directory.size", 0, ">= 1"),
        ("directory.listen_dsn", "host=db", "must begin with postgresql://"),
        ("identity.prefer", ["tutor"], "each once"),
        ("identity.prefer", ["tutor", "tutor", "parent", "student"], "each once"),
        ("websocket.admit", "all", "invalid enum value"),
        ("proxy.trusted_hops", -1, ">= 0"),
        ("limits.body_mb", 0, "> 0"),
        ("limits.json_mb", 51, "not be above limits.body_mb"),
        ("deprecation.legacy_sunset_at", "2027-01-31", "datetime"),
        ("deprecation.legacy_sunset_at", "2027-01-31T00:00:00", "timezone"),
        ("deprecation.link", "moving", "http://HOST"),
        ("log.level", "loud", "invalid enum value"),
    ],
)
def test_refuses_and_names_the_key(path, value, reason):
    refused = refusal(with_key(path, value))
    assert refused.path == path
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("directory.sources", [{}], "directory.sources[0].dsn"),
        ("directory.sources", [{"dsn": "mysql://h"}], "directory.sources[0].dsn"),
        ("directory.sources", [{"dsn": DSN, "types": []}], "directory.sources[0].types"),
        ("directory.sources", [{"dsn": DSN, "types": ["pupil"]}], "directory.sources[0].types[0]"),
        ("directory.sources", [{"dsn": DSN}, {"dsn": DSN, "types": ["tutor"]}], "directory.sources[1].types"),
        ("cors.origins", ["*"], "cors.origins[0]"),
        ("proxy.drop_headers", ["X Name"], "proxy.drop_headers[0]"),
        ("proxy.drop_headers", ["X-A", "Authorization"], "proxy.drop_headers[1]"),
        ("cors.origins", ["https://a.org", "https://b.org/"], "cors.origins[1]"),
        ("cors.origins", ["https://App.org"], "cors.origins[0]"),
        ("websocket.origins", ["null"], "websocket.origins[0]"),
        ("websocket.admit", "recent", "websocket.origins"),
        ("admin.listen", "0.0.0.0:9090", "admin.token"),
        ("admin.listen", "admin.internal:9090", "admin.token"),
    ],
)
def test_names_the_key_that_is_missing_or_the_item_that_is_wrong(path, value, named):
    assert refusal(with_key(path, value)).path == named


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])
def test_needs_no_admin_token_on_loopback(listen):
    assert parse(with_key("admin.listen", listen)).admin.token is None


def test_takes_an_admin_token_beyond_loopback():
    admin = {"listen": "0.0.0.0:9090", "token": "t0ken-of-sixteen-bytes"}
    assert parse(with_key("admin", admin)).admin.listen == "0.0.0.0:9090"


def test_refuses_a_sunset_before_the_deprecation():
    times = {"legacy_deprecated_at": "2027-02-01T00:00:00Z", "legacy_sunset_at": "2027-01-01T00:00:00Z"}
    assert refusal(with_key("deprecation", times)).path == "deprecation.legacy_sunset_at"


@pytest.mark.parametrize("document", [[], "text", 3])
def test_refuses_what_is_not_a_document(document):
    assert refusal(document).path == "configuration"


PEM = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n"
)


@pytest.mark.parametrize(
    "auth",
    [
        {"secret": PEM, "algorithms": ["EdDSA"]},
        {"jwks_url": "https://issuer.example.org/keys", "algorithms": ["RS256", "ES256"]},
        {"jwks_url": "http://127.0.0.1:9/keys", "algorithms": ["RS256"]},
        {"jwks_url": "https://issuer.example.org/keys", "algorithms": ["RS256", "HS256"], "secret": SECRET},
        {"secret": SECRET * 2, "algorithms": ["HS512"]},
    ],
)
def test_accepts_keys_that_fit_the_algorithms(auth):
    assert parse(with_key("auth", auth)).auth.algorithms == tuple(auth["algorithms"])


@pytest.mark.parametrize(
    "auth",
    [
        {"secret": PEM, "algorithms": ["HS256"]},  # a public key as a shared secret: everybody knows it
        {"secret": PEM, "algorithms": ["EdDSA", "HS256"]},
        {"secret": SECRET, "algorithms": ["RS256"]},
        {"secret": SECRET, "algorithms": ["HS512"]},
        {"algorithms": ["RS256"]},
        {"jwks_url": "https://issuer.example.org/keys", "algorithms": ["RS256", "HS256"]},
    ],
)
def test_refuses_keys_that_do_not_fit_the_algorithms(auth):
    refused = refusal(with_key("auth", auth))
    assert refused.path == "auth.secret"
    assert SECRET not in str(refused)


def test_the_environment_overrides_the_file():
    environ = {
        **ENVIRON,
        "CHAT_GATEWAY_WORKERS": "3",
        "CHAT_GATEWAY_UPSTREAM__URL": "http://elsewhere:1",
        "CHAT_GATEWAY_UPSTREAM__TIMEOUT_S": "2.5",
        "CHAT_GATEWAY_MODERN__API": "null",
        "CHAT_GATEWAY_CORS__ORIGINS": '["https://a.org"]',
        "CHAT_GATEWAY_IDENTITY__PREFER": '["student", "tutor", "parent", "advertiser"]',
    }
    config = load(ROOT / "config.yaml", environ)
    assert (config.workers, config.upstream.url, config.upstream.timeout_s) == (3, "http://elsewhere:1", 2.5)
    assert (config.upstream.api, config.modern.api) == ("2.1", None)
    assert (config.cors.origins, config.identity.prefer[0]) == (("https://a.org",), "student")


def test_the_environment_suffices():
    environ = {
        "CHAT_GATEWAY_AUTH__SECRET": SECRET,
        "CHAT_GATEWAY_DIRECTORY__SOURCES": f'[{{"dsn": "{DSN}"}}]',
    }
    assert load(None, environ) == parse(MINIMUM)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CHAT_GATEWAY_UPSTREAM__ULR", "x", "there is no key upstream.ulr"),
        ("CHAT_GATEWAY_UPSTREAM", "x", "there is no key upstream"),
        ("CHAT_GATEWAY_LISTEN__HOST", "x", "there is no key listen.host"),
        ("CHAT_GATEWAY_CORS__ORIGINS", "https://a.org", "JSON list"),
    ],
)
def test_refuses_an_environment_variable_that_fits_no_key(name, value, says):
    with pytest.raises(ConfigError, match=re.escape(f"{name}: ")) as caught:
        load(ROOT / "config.yaml", {**ENVIRON, name: value})
    assert says in caught.value.reason


def test_an_override_makes_the_files_variable_needless():
    environ = {"DATABASE_URL": DSN, "CHAT_GATEWAY_AUTH__SECRET": SECRET}
    assert load(ROOT / "config.yaml", environ).auth.secret == SECRET


@pytest.mark.parametrize(
    ("path", "is_list"),
    [("cors.origins", True), ("directory.sources", True), ("listen", False), ("log.level", False)],
)
def test_knows_which_keys_take_lists(path, is_list):
    assert takes_list(tuple(path.split("."))) is is_list


def test_every_section_refuses_unknown_keys():
    sections = [
        name
        for name, value in msgspec.to_builtins(parse(MINIMUM), enc_hook=str).items()
        if isinstance(value, dict)
    ]
    sections.remove("upstreams")  # the names are the operator's
    assert len(sections) == 16
    assert {refusal(with_key(f"{name}.nonsense", 1)).path for name in sections} == {
        f"{name}.nonsense" for name in sections
    }
    assert set(sections) < set(Config.__struct_fields__)

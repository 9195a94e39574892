"""What a configuration must fulfil beyond types and ranges: rules that compare keys or read their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from contracts.model.profile import PROFILE_TYPES
from gateway.auth.signing_keys import ASYMMETRIC, SYMMETRIC, check_key
from gateway.config.source import ConfigError
from gateway.config.traffic_validation import check_traffic

if TYPE_CHECKING:
    from gateway.config.model import Admin, Auth, Config, Deprecation, Directory, Limits
    from gateway.config.traffic import Rollout

MIN_SECRET_BYTES: Final = 32
MIN_TOKEN_BYTES: Final = 16
NEEDED_HEADERS: Final = frozenset({"authorization", "content-type", "content-encoding", "cookie"})
PEM: Final = "-----BEGIN"

# Parts of secrets that stand in tutorials and templates, in lower case and without punctuation.
PLACEHOLDERS: Final = (
    "yoursecret",
    "yoursupersecret",
    "yourjwtsecret",
    "changethis",
    "changeme",
    "changeinproduction",
    "replaceme",
    "replacethis",
    "placeholder",
    "secretkeyhere",
    "djangoinsecure",
    "astringsecretatleast256bitslong",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
)


def check(config: Config) -> None:
    """Raise ConfigError for the first rule that the configuration breaks."""
    address(config.listen, "listen")
    _check_admin(config.admin)
    _check_upstreams(config)
    _check_auth(config.auth)
    _check_directory(config.directory)
    _check_every_type(config.identity.prefer)
    for section, origins in (("websocket", config.websocket.origins), ("cors", config.cors.origins)):
        _check_origins(origins, f"{section}.origins")
    if config.websocket.admit == "recent" and not config.websocket.origins:
        raise ConfigError("websocket.origins", "must name at least one origin when websocket.admit is recent")
    _check_drop_headers(config.proxy.drop_headers)
    _check_limits(config.limits)
    _check_deprecation(config.deprecation)
    check_traffic(config)


def address(text: str, path: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8080`, `[::1]:8080` or `localhost:0` (0: any free port).

    Raises ConfigError naming `path`.
    """
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", text, re.ASCII)
    if not found or int(found[3]) > 65_535:
        raise ConfigError(path, "must be HOST:PORT, for example 127.0.0.1:8080")
    return found[1] or found[2], int(found[3])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host; a name other than localhost may be anything."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_admin(admin: Admin) -> None:
    host, _ = address(admin.listen, "admin.listen")
    if admin.token is None:
        if not is_loopback(host):
            raise ConfigError(
                "admin.token", f"is required because admin.listen is {admin.listen}, beyond loopback"
            )
    elif len(admin.token.encode()) < MIN_TOKEN_BYTES:
        raise ConfigError("admin.token", f"must be at least {MIN_TOKEN_BYTES} bytes long")


def _check_upstreams(config: Config) -> None:
    _check_upstream(config.upstream.url, "upstream.url")
    for name, upstream in config.upstreams.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name):
            raise ConfigError("upstreams", f"{name!r} is no name: small letters, digits, - and _")
        _check_upstream(upstream.url, f"upstreams.{name}.url")
    _check_rollout(config.rollout, config.upstreams)


def _check_rollout(rollout: Rollout, upstreams: Mapping[str, object]) -> None:
    ends = {"rollout.from": rollout.from_, "rollout.to": rollout.to}
    for path, name in ends.items():
        if name is not None and name not in upstreams:
            raise ConfigError(path, f"must name one of upstreams, not {name}")
    given = [path for path, name in ends.items() if name is not None]
    if len(upstreams) > 1 and len(given) < 2:
        raise ConfigError("rollout", "must name from and to where there are several upstreams")
    if len(given) == 1:
        raise ConfigError(given[0], "needs the other end of the rollout, too")
    if rollout.from_ is not None and rollout.from_ == rollout.to:
        raise ConfigError("rollout.to", "must be another upstream than rollout.from")


def _check_upstream(url: str, path: str) -> None:
    _check_url(url, path)
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query:
        raise ConfigError(path, "must hold no path: a request's own path is what is forwarded")


def _check_url(url: str, path: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(path, "must be http://HOST or https://HOST, with a port if need be")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ConfigError(path, "must hold neither a user, nor a password, nor a fragment")


def _check_auth(auth: Auth) -> None:
    if not auth.algorithms:
        raise ConfigError("auth.algorithms", "must name at least one")
    for name in auth.algorithms:
        if name not in SYMMETRIC | ASYMMETRIC:
            raise ConfigError(
                "auth.algorithms", f"must be out of {', '.join(sorted(SYMMETRIC | ASYMMETRIC))}"
            )
    if auth.jwks_url is not None:
        _check_url(auth.jwks_url, "auth.jwks_url")
        parts = urlsplit(auth.jwks_url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ConfigError(
                "auth.jwks_url", "must be https beyond this machine: who forges it forges tokens"
            )
    # With published keys the secret serves the symmetric algorithms only.
    served = [name for name in auth.algorithms if auth.jwks_url is None or name in SYMMETRIC]
    if served:
        _check_secret(auth.secret, served)


def _check_secret(secret: str | None, algorithms: Iterable[str]) -> None:
    if secret is None:
        raise ConfigError("auth.secret", "is required")
    size = len(secret.encode())
    if size < MIN_SECRET_BYTES:
        raise ConfigError("auth.secret", f"must be at least {MIN_SECRET_BYTES} bytes long, not {size}")
    plain = re.sub(r"[\W_]", "", secret.lower())
    if PEM not in secret and any(placeholder in plain for placeholder in PLACEHOLDERS):
        raise ConfigError("auth.secret", "is a known placeholder: everybody could sign tokens with it")
    for name in algorithms:
        try:
            check_key(secret, name)
        except ValueError as failure:
            raise ConfigError("auth.secret", str(failure)) from None


def _check_directory(directory: Directory) -> None:
    if not directory.sources:
        raise ConfigError("directory.sources", "must name at least one database")
    if directory.listen_dsn is not None and not _is_postgres(directory.listen_dsn):
        raise ConfigError("directory.listen_dsn", "must begin with postgresql://")
    seen: set[str] = set()
    for index, source in enumerate(directory.sources):
        path = f"directory.sources[{index}]"
        if not _is_postgres(source.dsn):
            raise ConfigError(f"{path}.dsn", "must begin with postgresql://")
        if not source.types:
            raise ConfigError(f"{path}.types", "must name at least one")
        for name in source.types:
            if name in seen:
                raise ConfigError(f"{path}.types", f"{name} is named twice")
            seen.add(name)


def _is_postgres(dsn: str) -> bool:
    return urlsplit(dsn).scheme in {"postgresql", "postgres"}


def _check_every_type(prefer: tuple[str, ...]) -> None:
    if sorted(prefer) != sorted(PROFILE_TYPES):
        raise ConfigError("identity.prefer", f"must name {', '.join(PROFILE_TYPES)}, each once")


def _check_origins(origins: tuple[str, ...], path: str) -> None:
    for index, origin in enumerate(origins):
        if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", origin, re.ASCII):
            raise ConfigError(
                f"{path}[{index}]", "must be as browsers send it: https://host, lower case, no slash"
            )


def _check_drop_headers(names: tuple[str, ...]) -> None:
    for index, name in enumerate(names):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name, re.ASCII):
            raise ConfigError(f"proxy.drop_headers[{index}]", "must be the name of a header field")
        if name.lower() in NEEDED_HEADERS:
            raise ConfigError(f"proxy.drop_headers[{index}]", f"no request is understood without {name}")


def _check_limits(limits: Limits) -> None:
    if limits.json_mb > limits.body_mb:
        raise ConfigError("limits.json_mb", "must not be above limits.body_mb")


def _check_deprecation(deprecation: Deprecation) -> None:
    begins, ends = deprecation.legacy_deprecated_at, deprecation.legacy_sunset_at
    if begins and ends and ends < begins:
        raise ConfigError(
            "deprecation.legacy_sunset_at", "must not be before deprecation.legacy_deprecated_at"
        )
    if deprecation.link is not None:
        _check_url(deprecation.link, "deprecation.link")

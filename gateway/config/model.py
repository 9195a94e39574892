"""The gateway's configuration: every key, its type, range and default. `config.yaml` says what each is for.

    config = load(Path("config.yaml"), os.environ)

A Config is a frozen value; secrets in it print as `***`. What is wrong is a ConfigError naming the key.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, field
from msgspec.structs import replace

from contracts.model.profile import PROFILE_TYPES, ProfileType
from contracts.model.shape import ModernShape
from gateway.config.source import ConfigError, fill_in, override, read_file
from gateway.config.traffic import (
    ONLY,
    Brownout,
    Compare,
    Ledger,
    Rollout,
    Seconds,
    Secret,
    Section,
    Upstream,
    Verdict,
)
from gateway.config.validation import check

__all__ = ["Config", "ConfigError", "Rollout", "Secret", "Upstream", "load"]


Megabytes = Annotated[float, Meta(gt=0, le=4096)]
Moment = Annotated[datetime, Meta(tz=True)]


class Admin(Section, frozen=True):
    """The second listener: health, metrics, contracts, dashboard."""

    listen: str = "127.0.0.1:9090"
    token: Secret | None = None


class Modern(Section, frozen=True):
    """What modern clients speak; None: the same as the upstream."""

    api: ModernShape | None = None


class Auth(Section, frozen=True):
    """How tokens are verified."""

    secret: Secret | None = None
    algorithms: tuple[str, ...] = ("HS256",)
    jwks_url: str | None = None
    leeway_s: Annotated[float, Meta(ge=0, le=300)] = 10


class Source(Section, frozen=True):
    """A database that knows the profiles of some types."""

    dsn: Secret
    types: tuple[ProfileType, ...] = PROFILE_TYPES
    query: str | None = None


class Directory(Section, frozen=True):
    """Who is who, and how long an answer is remembered."""

    sources: tuple[Source, ...] = ()
    listen_dsn: Secret | None = None
    max_age_s: Seconds = 300
    stale_s: Annotated[float, Meta(ge=0, le=86_400)] = 600
    size: Annotated[int, Meta(ge=1, le=10_000_000)] = 100_000


class Identity(Section, frozen=True):
    """Which profile stands for a person who has several."""

    prefer: tuple[ProfileType, ...] = PROFILE_TYPES


class WebSocket(Section, frozen=True):
    """Who is let in to a socket."""

    admit: Literal["token", "recent"] = "token"
    origins: tuple[str, ...] = ()


class Cors(Section, frozen=True):
    """Which web pages may call; empty: the upstream's own headers pass through."""

    origins: tuple[str, ...] = ()


class Proxy(Section, frozen=True):
    """How many reverse proxies in front of us are believed about the client's address, and what no client may say."""

    trusted_hops: Annotated[int, Meta(ge=0, le=16)] = 0
    drop_headers: tuple[str, ...] = ()


class Limits(Section, frozen=True):
    """What a client may send, and how slowly."""

    body_mb: Megabytes = 50
    json_mb: Megabytes = 10
    header_s: Seconds = 10
    body_s: Seconds = 30
    idle_s: Seconds = 75


class Deprecation(Section, frozen=True):
    """What legacy answers say about their end (RFC 9745, RFC 8594)."""

    legacy_deprecated_at: Moment | None = None
    legacy_sunset_at: Moment | None = None
    link: str | None = None


class Log(Section, frozen=True):
    """How the log is written."""

    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section, frozen=True):
    """Everything that can be configured."""

    listen: str = "127.0.0.1:8080"
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    admin: Admin = field(default_factory=Admin)
    upstream: Upstream = field(default_factory=Upstream)
    upstreams: dict[str, Upstream] = field(default_factory=dict)
    rollout: Rollout = field(default_factory=Rollout)
    compare: Compare = field(default_factory=Compare)
    ledger: Ledger = field(default_factory=Ledger)
    verdict: Verdict = field(default_factory=Verdict)
    brownouts: tuple[Brownout, ...] = ()
    modern: Modern = field(default_factory=Modern)
    auth: Auth = field(default_factory=Auth)
    directory: Directory = field(default_factory=Directory)
    identity: Identity = field(default_factory=Identity)
    websocket: WebSocket = field(default_factory=WebSocket)
    cors: Cors = field(default_factory=Cors)
    proxy: Proxy = field(default_factory=Proxy)
    limits: Limits = field(default_factory=Limits)
    deprecation: Deprecation = field(default_factory=Deprecation)
    log: Log = field(default_factory=Log)

    @property
    def named_upstreams(self) -> Mapping[str, Upstream]:
        """Every upstream by its name, the one that answers first of all in front; ``upstream`` is a short form."""
        if not self.upstreams:
            return {ONLY: self.upstream}
        first = self.first
        return {first: self.upstreams[first], **self.upstreams}

    @property
    def first(self) -> str:
        """The upstream that answers whatever the rollout does not send elsewhere, and all that is no chat."""
        if not self.upstreams:
            return ONLY
        return self.rollout.from_ or next(iter(self.upstreams))

    @property
    def modern_api(self) -> ModernShape:
        """The shape that modern clients speak."""
        if self.modern.api is not None:
            return self.modern.api
        spoken = [one.api for one in self.named_upstreams.values()]
        return next((shape for shape in spoken if shape != "legacy"), "2.1")


def load(file: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the file (None: defaults only), fill in its variables, let the environment override, check it all.

    Raises ConfigError; its text is one line for the person who starts the gateway.
    """
    document = override(read_file(file) if file else {}, environ, takes_list)
    return parse(fill_in(document, environ))


def parse(document: Any) -> Config:
    """Return the configuration that a document of plain values describes, checked. Raises ConfigError."""
    if isinstance(document, dict) and "upstream" in document and "upstreams" in document:
        raise ConfigError("upstreams", "upstream is the short form of one: give one of the two keys")
    try:
        # Not strict: what comes from a variable is text, also where a number is wanted.
        config = msgspec.convert(document, Config, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as failure:
        raise _refusal(str(failure)) from None
    check(config)
    # What is not about several upstreams speaks of the first.
    return replace(config, upstream=config.named_upstreams[config.first])


def takes_list(path: tuple[str, ...]) -> bool:
    """Whether the key at this path takes a list. Raises KeyError when there is no such key."""
    kind: Any = Config
    no_keys: dict[str, Any] = {}
    for name in path:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            kind = _keys_of(kind)[name] if _is_section(kind) else no_keys[name]
    if _is_section(kind):
        raise KeyError(path)
    return get_origin(kind) is tuple


def _keys_of(section: type[Section]) -> dict[str, Any]:
    """The keys of a section as they are written, with their types."""
    hints = get_type_hints(section)
    return {one.encode_name: hints[one.name] for one in msgspec.structs.fields(section)}


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("Expected text")


_AT: Final = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_FIELD: Final = re.compile(r"Object (contains unknown|missing required) field `(.*)`")
_REASONS: Final = {"contains unknown": "there is no such key", "missing required": "is required"}


def _refusal(message: str) -> ConfigError:
    """Say a msgspec message in our words: the path first."""
    found = _AT.fullmatch(message)
    reason, path = (found[1], found[2] or "") if found else (message, "")
    about = _FIELD.fullmatch(reason)
    if about:
        return ConfigError(f"{path}.{about[2]}".strip("."), _REASONS[about[1]])
    if reason.startswith("Expected `str`, got"):
        # YAML reads 2.1 as a number, yes as a truth value and 2027-01-31 as a date.
        return ConfigError(path or "configuration", 'expected text: write it in quotes, like "2.1"')
    return ConfigError(path or "configuration", reason[:1].lower() + reason[1:])

"""What `chat-gateway explain` sees on the way, and how it shows it: numbers and kinds, but no text or secret."""

import json
import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from contracts.model.http import Headers, Response
from contracts.model.profile import Profile
from contracts.model.roster import Found

_SECRET: Final = re.compile(r"password|token|otp|secret|authorization|signature", re.IGNORECASE)
#: Texts that say of which kind something is, or when; they are no content.
_KIND: Final = re.compile(r"(.*_)?(type|status|role|kind|filter|visibility|direction|code|action|at|time)")
_HIDDEN: Final = "***"


class Shown:
    """Hides content, unless it is asked for; secrets are never shown."""

    def __init__(self, *, content: bool = False) -> None:
        self._content = content

    def target(self, path: str, query: str) -> str:
        """Path and query, the query's values hidden as those of a body are."""
        pairs = parse_qsl(query, keep_blank_values=True)
        text = "&".join(f"{name}={self._scalar(name, value)}" for name, value in pairs)
        return f"{path}?{text}" if text else path

    def body(self, data: bytes) -> Any:
        """A JSON body; of anything else its length."""
        if not data:
            return None
        try:
            return self.value("", json.loads(data))
        except (ValueError, RecursionError):
            return f"{len(data)} bytes"

    def value(self, name: str, value: Any) -> Any:
        """A value under its key."""
        if isinstance(value, Mapping):
            return {key: self.value(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        return self._scalar(name, value)

    def _scalar(self, name: str, value: Any) -> Any:
        if _SECRET.search(name):
            return _HIDDEN
        if not isinstance(value, str) or self._content or _KIND.fullmatch(name) or _is_plain(value):
            return value
        return f"text of {len(value)}"


def _is_plain(value: str) -> bool:
    """Numbers, truth values and lists of numbers say nothing that an id does not."""
    return re.fullmatch(r"[0-9,]*|true|false", value) is not None


class NotSent(Exception):
    """Ends the way where the upstream would be asked."""


class Recorder:
    """Stands where the upstream is; asks it only where ``send``."""

    def __init__(self, behind: Any, shown: Shown, *, send: bool) -> None:
        self._behind = behind
        self._shown = shown
        self._send = send
        self.requests: list[dict[str, Any]] = []
        self.responses: list[dict[str, Any]] = []
        self.seconds = 0.0

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """Keep what is asked. Raises `NotSent` where nothing may be sent."""
        path, _, query = target.partition("?")
        names = sorted({name for name, _ in headers})
        asked = {"method": method, "target": self._shown.target(path, query), "body": self._shown.body(body)}
        self.requests.append({**asked, "headers": names})
        if not self._send:
            raise NotSent
        began = time.perf_counter()
        response: Response = await self._behind.send(method, target, headers, body)
        self.seconds += time.perf_counter() - began
        self.responses.append({"status": response.status, "body": self._shown.body(response.body)})
        return response

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        """Nothing is written ahead."""
        raise NotSent

    async def deliver(self, method: str, message: bytes) -> Response:
        """Nothing is written ahead."""
        raise NotSent

    def ask(self, message: bytes, told: Callable[[], None]) -> None:
        """No connection is at hand."""


class LookUps:
    """A directory that keeps what was looked up, and where it was found."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind
        self.found: list[dict[str, Any]] = []
        self.seconds = 0.0

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        """From memory."""
        found: Found | None = self._behind.peek(profiles, users)
        if found is not None and (profiles or users):
            self._note(profiles, users, "cache")
        return found

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """From the database where memory has it not."""
        began = time.perf_counter()
        found: Found = await self._behind.find(profiles, users)
        self.seconds += time.perf_counter() - began
        self._note(profiles, users, "database")
        return found

    def _note(self, profiles: Collection[Profile], users: Collection[int], source: str) -> None:
        asked = {"profiles": sorted(map(str, profiles)), "users": sorted(users)}
        self.found.append({**asked, "source": source})


class Known:
    """Tokens, where it is known already who calls."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id

    def read(self, authorization: str | None) -> "Known":
        """The one who calls."""
        return self

    async def read_async(self, authorization: str | None) -> "Known":
        """The one who calls."""
        return self

"""The log, on standard error: one JSON object a line, or lines for people. Secrets are taken out of both.

    log.configure("json", "info")
    logging.getLogger(__name__).warning("upstream is away", extra={"request_id": "4f-2"})

What is put in `extra` becomes keys of the JSON object.
"""

import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

import msgspec

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_NAMES: Final = r"(?:(?:current|new|old|confirm)_?)?password|(?:access_|refresh_)?token|otp(?:_code)?|secret"
_HIDE: Final = (
    # Authorization: Bearer ..., and every other way in which a header or a dictionary of headers is printed.
    (r"((?:authorization|cookie)['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\r\n]+", r"\1***"),
    (r"\b(bearer|basic)(\s+|,\s*)[A-Za-z0-9._~+/=-]+", r"\1\2***"),
    # ?token=... in a URL or form, "password": "..." in JSON, password='...' in a printed value.
    (rf"\b((?:{_NAMES})\s*(?:=|%3D)\s*['\"]?)[^&\s'\"#,;)]+", r"\1***"),
    (rf"(['\"](?:{_NAMES})['\"]\s*:\s*b?)('[^']*'|\"(?:[^\"\\]|\\.)*\"|[^\s,}}]+)", r'\1"***"'),
    # A DSN's password.
    (r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/]+(?=@)", r"\1***"),
    # A JSON Web Token, wherever it stands.
    (r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", "***"),
)
_PATTERNS: Final = tuple((re.compile(pattern, re.IGNORECASE), hidden) for pattern, hidden in _HIDE)
# A client may write line ends or terminal commands into what we log: shown as escapes, line feeds of stacks kept.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def scrub(text: str) -> str:
    """Return the text with passwords, tokens, one-time codes and credentials replaced by `***`."""
    for pattern, hidden in _PATTERNS:
        text = pattern.sub(hidden, text)
    return text


def configure(
    format: Literal["json", "console"],
    level: Literal["debug", "info", "warning", "error"],
    stream: TextIO | None = None,
) -> None:
    """Write the whole process's log to `stream` (standard error), replacing earlier handlers."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if format == "json" else ConsoleFormatter())
    handler.addFilter(shorten_malformed)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # At debug it says which selector it uses, and no more.
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def shorten_malformed(record: logging.LogRecord) -> bool:
    """Make one line of the traceback that aiohttp logs for a request that is not HTTP.

    The text of such an error quotes the request, and with it perhaps a password: only its kind is kept.
    """
    if record.name != "aiohttp.server" or not record.exc_info:
        return True
    from aiohttp.http_exceptions import HttpProcessingError  # whoever does not serve is spared the import

    if isinstance(record.exc_info[1], HttpProcessingError):
        kind = type(record.exc_info[1]).__name__
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = f"malformed request refused: {kind}", ()
        record.exc_info = record.exc_text = None
    return True


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What a record says, as plain values without secrets: time (UTC), level, logger, message, extra, stack."""
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    extra = {name: _clean(name, value) for name, value in vars(record).items() if name not in _STANDARD}
    line: dict[str, Any] = {
        "time": moment.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": scrub(record.getMessage()),
        **extra,
    }
    if record.exc_info:
        line["stack"] = scrub(logging.Formatter().formatException(record.exc_info))
    return line


def _clean(name: str, value: Any) -> Any:
    if re.fullmatch(_NAMES, name, re.IGNORECASE):
        return "***"
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(name, item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else scrub(repr(value))


class JsonFormatter(logging.Formatter):
    """One JSON object; line ends inside are escaped by JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return msgspec.json.encode(fields(record)).decode()


class ConsoleFormatter(logging.Formatter):
    """Time, level, message, `key=value`; then the stack, if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or several with a stack."""
        statement = fields(record)
        stack = statement.pop("stack", None)
        time, level, name, message = (statement.pop(key) for key in ("time", "level", "logger", "message"))
        rest = "".join(f" {key}={value}" for key, value in statement.items())
        line = _escape(f"{time} {level:<7} {name}: {message}{rest}").replace("\n", "\\n")
        return f"{line}\n{_escape(stack)}" if stack else line


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)

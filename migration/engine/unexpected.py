"""An error that nobody expected: a sentence for the person, and a line with an id in a log file."""

import json
import os
import secrets
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

NAME = "chat-gateway-migrate.log"
VARIABLE = "CHAT_GATEWAY_LOG"


def note(failure: BaseException, command: str) -> str:
    """Write the line and return the sentence. Neither has a row's values, an address or a password in it."""
    number = secrets.token_hex(4)
    line = json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "id": number,
            "command": command,
            "error": type(failure).__name__,
            "text": _text(failure),
            "where": [
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(failure.__traceback__)
            ],
        }
    )
    where = next((file for file in _files() if _append(file, line)), None)
    found = f"details under {number} in {where}" if where else "no log file could be written"
    return f"{command} failed unexpectedly: {type(failure).__name__}: {_text(failure)}; {found}"


def _text(failure: BaseException) -> str:
    """The first line of what it says: PostgreSQL puts the values of rows below it."""
    statement = str(failure.args[0]) if failure.args else ""
    return statement.splitlines()[0][:300] if statement else "no text"


def _files() -> list[Path]:
    """Where the log may be: the file that the environment names, else the state directory, else the temporary one."""
    named = os.environ.get(VARIABLE)
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    found = [Path(named)] if named else []
    return [*found, state / NAME, Path(tempfile.gettempdir()) / NAME]


def _append(file: Path, line: str) -> bool:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        ) as out:
            out.write(line + "\n")
    except OSError:
        return False
    return True

"""Mail by SMTP, for the codes of forgotten passwords.

``CHAT_MAIL_URL`` says where: ``smtp://user:password@host:587`` (STARTTLS where the server has it, and always before a
password is sent) or ``smtps://host:465``. ``CHAT_MAIL_SENDER`` is the address that the mails come from.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from contracts.model.errors import Unavailable

TIMEOUT_S: Final = 10.0
#: Mails that are on their way at once.
AT_ONCE: Final = 4
_PORTS: Final = {"smtp": 587, "smtps": 465}


def mail_from(environment: Mapping[str, str]) -> "Smtp | None":
    """What sends mail as the environment says it; None where it says nothing. Raises ValueError for half of it."""
    url, sender = environment.get("CHAT_MAIL_URL", ""), environment.get("CHAT_MAIL_SENDER", "")
    if not url and not sender:
        return None
    if not url or not sender:
        raise ValueError("CHAT_MAIL_URL and CHAT_MAIL_SENDER belong together")
    return Smtp(url, sender)


class Smtp:
    """Sends mail through one server."""

    def __init__(self, url: str, sender: str) -> None:
        """Raises ValueError for an address that is none; the message does not repeat it, it may hold a password."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("CHAT_MAIL_URL must be smtp://host[:port] or smtps://host[:port]")
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._few = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, address: str, subject: str, text: str) -> None:
        """Send one mail. Raises `Unavailable` when the server does not take it."""
        message = EmailMessage()
        try:
            message["From"], message["To"], message["Subject"] = self._sender, address, subject
            message.set_content(text)
            async with self._few:
                await asyncio.to_thread(self._send, message)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unavailable("The mail could not be sent, please retry later") from error

    def _send(self, message: EmailMessage) -> None:
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._secure:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        try:
            server.ehlo()
            if self._user or server.has_extn("starttls"):
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

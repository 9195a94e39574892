"""Catches the demo's mail: a small SMTP server on this machine that delivers nothing and says what it got."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

LONGEST: Final = 100_000


class Catcher:
    """``caught`` holds the mails, the oldest first; ``on_mail`` hears of each."""

    def __init__(self, response: Callable[[EmailMessage], None] = lambda _: None) -> None:
        self.caught: list[EmailMessage] = []
        self._on_mail = response

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection (RFC 5321): every address is taken."""
        answers = {
            b"EHLO": b"250 catcher",
            b"HELO": b"250 catcher",
            b"DATA": b"354 go on",
            b"QUIT": b"221 bye",
        }
        writer.write(b"220 catcher\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper().strip()
                writer.write(answers.get(verb, b"250 ok") + b"\r\n")
                if verb == b"DATA":
                    self._catch(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(b"250 ok\r\n")
                if verb == b"QUIT":
                    break
            await writer.drain()
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        ):
            pass  # the client, or the demo, has gone
        finally:
            writer.close()

    def _catch(self, data: bytes) -> None:
        text = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        mail = message_from_bytes(text, policy=default)
        self.caught.append(mail)
        self._on_mail(mail)


@contextlib.asynccontextmanager
async def catching(
    response: Callable[[EmailMessage], None] = lambda _: None,
) -> AsyncIterator[tuple[str, Catcher]]:
    """A catcher at work: its ``CHAT_MAIL_URL``, and itself."""
    catcher = Catcher(response)
    server = await asyncio.start_server(catcher.serve, "127.0.0.1", 0, limit=LONGEST)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", catcher
    finally:
        server.close()

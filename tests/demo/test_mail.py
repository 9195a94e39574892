"""The catcher of the demo's mail."""

import asyncio

from demo.mail import catching


async def test_it_takes_every_mail_and_tells_of_it():
    on_mail = []
    async with catching(on_mail.append) as (url, catcher):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        lines = [
            "EHLO x",
            "MAIL FROM:<a@b>",
            "RCPT TO:<c@d>",
            "DATA",
            "Subject: hello",
            "",
            "..text",
            ".",
            "QUIT",
        ]
        writer.write("\r\n".join([*lines, ""]).encode())
        async with asyncio.timeout(30):
            answers = (await reader.read()).split(b"\r\n")
        writer.close()
    assert [answer[:3] for answer in answers if answer] == [
        b"220",
        b"250",
        b"250",
        b"250",
        b"354",
        b"250",
        b"221",
    ]
    assert on_mail == catcher.caught
    assert (on_mail[0]["Subject"], on_mail[0].get_content().strip()) == ("hello", ".text")

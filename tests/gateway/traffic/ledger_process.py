"""A process that counts one request after the other, and says how many, until it is killed."""

import asyncio
import sys
import time

from gateway.rollout.ledger import Ledger
from gateway.traffic.flush import Flusher
from gateway.traffic.health import Health


async def main(dsn: str, client: str) -> None:
    wake = asyncio.Event()
    ledger = Ledger(wake=wake.set)
    Flusher(dsn, ledger, Health(), dict, wake=wake).start()
    number = 0
    while True:
        number += 1
        ledger.note("messages.list", client, number % 7)
        print(number, time.monotonic(), flush=True)
        await asyncio.sleep(0.001)


asyncio.run(main(*sys.argv[1:]))

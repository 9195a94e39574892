"""`chat-gateway compare record`: asks both upstreams what one person may ask, and writes the pairs of answers."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TextIO
from urllib.parse import parse_qsl

from multidict import CIMultiDict

from adapters import OPERATIONS
from contracts.model.http import Request
from contracts.model.profile import Profile
from contracts.model.roster import Found, Person
from gateway.comparison.declared import Place
from gateway.comparison.recording import Pair, Recorder
from gateway.config.model import Config
from gateway.exchange.routes import Match, Routes
from gateway.exchange.watched import Asked
from gateway.rollout.changes import Refused
from gateway.runtime.wiring import ChatCore
from gateway.traffic.answers import Given, answer_of
from gateway.traffic.pair import NotCompared, documents, place_of
from gateway.traffic.shadow import Shadows
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream

_LINE: Final = re.compile(r"(GET) (/[^?\s]*)(?:\?(\S*))?")


def own_requests(person: Person) -> list[str]:
    """What a person may ask without naming anything: every safe operation without a parameter, in each shape."""
    found = []
    for row in OPERATIONS:
        if row.safe != "reads":
            continue
        if row.modern is not None and "{" not in row.modern.template:
            found.append(f"GET {row.modern.template}?user_id={person.user_id}")
        if row.legacy is not None and "{" not in row.legacy.template:
            found += [
                f"GET {row.legacy.template}?profile_id={role.profile.id}&profile_type={role.profile.type}"
                f"&user_id={person.user_id}"
                for role in person.roles
            ]
    return found


async def record(config: Config, token: str, requests: Iterable[str] | None, out: TextIO) -> int:
    """Ask, and write a line for each pair; how many. Raises `Refused` for a request that may change something."""
    upstream = Upstream(parse_url(config.upstream.url), timeout_s=config.upstream.timeout_s)
    core = ChatCore(config, upstream)
    try:
        await core.start()
        return await _record(core, config, token, requests, out)
    finally:
        await core.close()
        await upstream.close()


async def _record(
    core: ChatCore, config: Config, token: str, requests: Iterable[str] | None, out: TextIO
) -> int:
    apart = core.backends.apart(timeout_s=config.compare.timeout_s, connections=1)
    shadows, recorder, count = Shadows(apart, core.unnoted), Recorder(), 0
    person = await _person(core, token)
    for line in requests if requests is not None else own_requests(person):
        match, request = _request(config, line, token)
        asked = Asked(match, dict(parse_qsl(request.query)), person, request, apart[config.first])
        old, new = [
            await answer_of(shadows.ask(name, asked)) for name in (config.first, config.rollout.to or "")
        ]
        pair = await _pair(core, place_of(match, person), old, new)
        out.write(recorder.line(pair) + "\n")
        count += 1
    return count


async def _person(core: ChatCore, token: str) -> Person:
    user_id = (await core.tokens.read_async(f"Bearer {token}")).user_id
    person = (await core.directory.find((), (user_id,))).people.get(user_id)
    if person is None:
        raise Refused(f"the directory knows no user {user_id}")
    return person


async def _pair(core: ChatCore, place: Place, old: Given, new: Given) -> Pair:
    """Without documents where one of the two is no answer that can be read."""

    async def find(profiles: Collection[Profile]) -> Found:
        return await core.directory.find(profiles, ())

    try:
        documents_of = await documents(find, place, old, new) if old.good and new.good else (None, None)
    except NotCompared:
        documents_of = None, None
    return Pair(place, old.status, new.status, *documents_of)


def _request(config: Config, line: str, token: str) -> tuple[Match, Request]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise Refused(f"{line}: must be GET and a path")
    headers: Mapping[str, str] = CIMultiDict({"Authorization": f"Bearer {token}"})
    query = dict(parse_qsl(found[3] or "", keep_blank_values=True))
    match = Routes(OPERATIONS, config.modern_api).match(found[1], found[2], query, None)
    if match is None or not match.operation.safe:
        raise Refused(f"{line}: no operation that only reads")
    if match.operation.safe == "marks_read" and not config.compare.marks_read:
        raise Refused(f"{line}: marks as read, which compare.marks_read must allow")
    return match, Request(found[1], found[2], found[3] or "", headers, b"", "record")

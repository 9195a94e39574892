"""`chat-gateway explain`: the way of one request, with what decides at each turn. Nothing is sent unasked."""

import asyncio
import json as jsons
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer
from multidict import CIMultiDict

from contracts.model.errors import GatewayError, Unauthenticated
from contracts.model.http import Request
from contracts.model.profile import Profile, parse_key
from contracts.model.roster import Person
from gateway.config.model import Config
from gateway.exchange.chain import Backend
from gateway.exchange.choice import Choice, family_of
from gateway.exchange.plan import Plan
from gateway.exchange.routes import Match
from gateway.rollout.command import loaded, refuse
from gateway.runtime.explained import Known, LookUps, NotSent, Recorder, Shown
from gateway.runtime.wiring import ChatCore
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream

FOUND: Final = 1
_LINE: Final = re.compile(r"([A-Z]+) (/[^?\s]*)(?:\?(\S*))?")
AGENT: Final = "chat-gateway explain"


class Question(NamedTuple):
    """What is asked: the request, who asks, and whether it may be sent."""

    line: str
    token: str | None
    profile: Profile | None
    body: bytes
    send: bool


async def explain(config: Config, question: Question, shown: Shown) -> dict[str, Any]:
    """The way of a request as one value; ``refused`` is in it where it is refused."""
    upstream = Upstream(parse_url(config.upstream.url), timeout_s=config.upstream.timeout_s)
    core = ChatCore(config, upstream)
    try:
        await core.start()
        return await _Way(core, question, shown).walked()
    finally:
        await core.close()
        await upstream.close()


class _Way:
    def __init__(self, core: ChatCore, question: Question, shown: Shown) -> None:
        self._core = core
        self._question = question
        self._shown = shown
        self._lookups = LookUps(core.directory)
        self.found: dict[str, Any] = {
            "shape": None,
            "why": None,
            "caller": None,
            "claim": None,
            "lookups": self._lookups.found,
            "upstream": None,
            "requests": [],
            "responses": [],
            "seconds": {},
        }

    async def walked(self) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            await self._walk()
        except GatewayError as error:
            self.found["refused"] = {"status": error.status, "code": error.code, "detail": error.message}
        self.found["seconds"]["total"] = round(time.perf_counter() - began, 6)
        self.found["seconds"]["directory"] = round(self._lookups.seconds, 6)
        return self.found

    async def _walk(self) -> None:
        question = self._question
        method, path, query = _parts(question.line)
        headers = CIMultiDict({"User-Agent": AGENT, "Authorization": f"Bearer {question.token or ''}"})
        request = Request(method, path, query, headers, question.body, "explain")
        plan = self._core.exchanges.plan(method, path, query, headers)
        if plan.match is None:
            self.found.update(why="no chat operation: it passes through", upstream={"name": "from"})
            return
        person = await self._person()
        self.found["caller"] = {
            "user_id": person.user_id,
            "roles": [str(role.profile) for role in person.roles],
        }
        backend = self._decided(plan.match, person)
        recorder = Recorder(backend.upstream, self._shown, send=question.send)
        await self._ask(plan, request, person, replace(backend, upstream=recorder), recorder)

    async def _person(self) -> Person:
        question, core = self._question, self._core
        if question.profile is not None:
            found = await core.directory.find([question.profile], ())
            user_id = found.owners.get(question.profile)
        else:
            user_id = (await core.tokens.read_async(f"Bearer {question.token}")).user_id
            found = await core.directory.find((), (user_id,))
        person = found.people.get(user_id) if user_id is not None else None
        if person is None:
            raise Unauthenticated
        return person

    def _decided(self, match: Match, person: Person) -> Backend:
        backend = self._core.backends.choice(match, person, AGENT)
        decided: dict[str, Any] = {"name": backend.name, "shape": backend.shape, "why": "the only one"}
        if self._core.backends.rollout is not None:
            decision = self._core.backends.decider.decide(
                match.operation.name, person.user_id, family_of(AGENT)
            )
            decided.update(why=decision.why, percent=decision.percent, bucket=decision.bucket)
            decided["version"] = decision.version
        self.found["upstream"] = decided
        return backend

    async def _ask(
        self, plan: Plan, request: Request, person: Person, backend: Backend, recorder: Recorder
    ) -> None:
        choose: Choice = lambda match, person, agent: backend  # noqa: E731
        exchanges = self._core.unnoted(choose, tokens=Known(person.user_id), directory=self._lookups)
        before = {
            "method": request.method,
            "target": self._shown.target(request.path, request.query),
            "body": self._shown.body(request.body),
        }
        try:
            response = await exchanges.answer(plan, request)
            self.found["responses"] = [
                {"before": recorder.responses, "after": self._shown.body(response.body)}
            ]
        except NotSent:
            pass
        finally:
            self.found.update(shape=plan.shape, why=_why(plan, request), claim=_claim(plan))
            rules = _rules(plan)
            self.found["requests"] = [
                {"before": before, "after": one, "rules": rules} for one in recorder.requests
            ]
            self.found["seconds"]["upstream"] = round(recorder.seconds, 6)


def _parts(line: str) -> tuple[str, str, str]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        refuse("say the request as 'GET /api/chat/...?query'")
    return found[1], found[2], found[3] or ""


def _why(plan: Plan, request: Request) -> str:
    """What told the shape."""
    if "X-Chat-API" in request.headers:
        return "X-Chat-API says it"
    if plan.shape != "legacy":
        return "nobody is named by role"
    named = [name for name in ("profile_id", "profile_ids") if name in plan.query]
    if named:
        return f"{named[0]} is in the query"
    form = plan.match.operation.legacy if plan.match else None
    return "a role is in the path" if form and "profile" in form.template else "a role is in the body"


def _claim(plan: Plan) -> dict[str, Any]:
    """What the query says about the caller."""
    return {
        name: plan.query[name] for name in ("profile_id", "profile_type", "user_id") if name in plan.query
    }


def _rules(plan: Plan) -> list[str]:
    """The rules that touch the request, in their order; a handler by its name."""
    row = plan.match.operation if plan.match else None
    if row is None:
        return []
    if row.handler is not None:
        return [f"by hand: {getattr(row.handler, '__name__', row.name)}"]
    return [str(rule)[:200] for rule in (*row.request.shapes, *row.request.persons)]


def run(
    config: Path,
    line: str,
    *,
    who: str | None,
    token_file: Path | None,
    body: str | None,
    options: dict[str, bool],
) -> int:
    """Print the way of a request. Exit code 0, 1 when it is refused, 2 called wrongly."""
    settings = loaded(config)
    method = _parts(line)[0]
    if options["send"] and method not in ("GET", "HEAD") and not options["yes"]:
        refuse("it may change something: say --yes, too")
    if options["send"] and token_file is None:
        refuse("to send it a token is needed: --token-file")
    if (who is None) == (token_file is None):
        refuse("say who asks: --as tutor:5 or --token-file FILE")
    try:
        token = token_file.read_text(encoding="utf-8").strip() if token_file else None
        data = Path(body[1:]).read_bytes() if body and body.startswith("@") else (body or "").encode()
        profile = parse_key(who.replace(":", "_"), "--as") if who else None
    except (OSError, GatewayError, TypeError) as error:
        refuse(str(error))
    question = Question(line, token, profile, data, options["send"])
    found = asyncio.run(explain(settings, question, Shown(content=options["content"])))
    typer.echo(jsons.dumps(found) if options["json"] else "\n".join(_lines(found)))
    return FOUND if "refused" in found else 0


def _lines(found: dict[str, Any]) -> list[str]:
    """The same for people, a line each."""
    return [f"{name}: {jsons.dumps(value)}" for name, value in found.items()]

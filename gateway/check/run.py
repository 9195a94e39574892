"""`chat-gateway check`: does a server answer as the contract of its shape promises? Any server, not only our own.

By default only what reads is asked. With ``write`` a short story is played in one conversation: a message is sent,
edited, reacted to, pinned and deleted; `gateway/check/story.py` says what it leaves out and why.
"""

import asyncio
import sys
from collections.abc import Iterable
from typing import Final

import aiohttp

from contracts.model.errors import GatewayError
from contracts.model.profile import Profile, parse_profile
from contracts.specs.openapi import Contract, Part, alone, followed, load, operations
from gateway.check import report as check_report
from gateway.check.answer import Answer, answer_of, short
from gateway.check.known_ids import at_start, learn
from gateway.check.probe import cheap, missing
from gateway.check.report import Finding
from gateway.check.schema import Deviation, deviations
from gateway.check.story import (
    NO_BODY,
    NOT_TRIED,
    STORY,
    Ask,
    Known,
    Unknown,
    only_reads,
    request,
)

__all__ = ["cheap", "check", "run"]

REFUSED: Final = 2
TIMEOUT_S: Final = 30.0


class Server:
    """The server under test."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None, version: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        if version in ("2.1", "2.2"):  # a gateway may speak both; old clients never say their shape
            self._headers["X-Chat-API"] = version

    async def missing(self, contract: Contract) -> Answer | None:
        """The answer of a server that has no such route, without asking for anything; see `check_probe`."""
        return await missing(self._session, self._url, contract)

    async def ask(self, ask: Ask) -> Answer:
        """Send a request; raises `aiohttp.ClientError` or `TimeoutError` when no answer comes."""
        body = {} if ask.body is NO_BODY else {"json": ask.body}
        url = f"{self._url}{ask.target}"
        async with self._session.request(
            ask.method, url, headers=self._headers, allow_redirects=False, **body
        ) as answer:
            text = await answer.text(errors="replace")
        return answer_of(answer.status, text)


class Check:
    """One run over all operations of a document."""

    def __init__(self, document: Part, server: Server, known: Known, write: bool) -> None:
        self._document = document
        self._contracts = {contract.name: contract for contract in operations(document)}
        self._server = server
        self._known = known
        self._write = write
        self._findings: dict[str, Finding] = {}

    async def run(self) -> list[Finding]:
        """The findings in the order of the document."""
        reads = [contract for contract in self._contracts.values() if only_reads(contract)]
        # Who one is comes first: it may say in which role to ask.
        reads.sort(key=lambda contract: contract.name != "me.get")
        await self._while_new(reads)
        if self._write:
            await self._run_story(STORY)
            await self._while_new(reads)
        return [
            self._findings.get(name) or await self._left(contract)
            for name, contract in self._contracts.items()
        ]

    async def _while_new(self, contracts: Iterable[Contract]) -> None:
        """Ask what can be asked; each answer may bring the ids that the next one needs."""
        waiting, before = list(contracts), -1
        while waiting and len(waiting) != before:
            before = len(waiting)
            for contract in list(waiting):
                if contract.name in self._findings or await self._try(contract):
                    waiting.remove(contract)

    async def _run_story(self, story: Iterable[str]) -> None:
        for name in story:
            if name in self._contracts and name not in self._findings:
                await self._try(self._contracts[name])

    async def _try(self, contract: Contract) -> bool:
        """Whether it could be asked."""
        try:
            ask = request(contract, self._known, self._follow)
        except Unknown:
            return False
        try:
            answer = await self._server.ask(ask)
        except (aiohttp.ClientError, TimeoutError) as lost:
            if not self._findings:
                raise  # nobody is there
            silence = Deviation("$", "an answer", f"none ({type(lost).__name__})")
            self._findings[contract.name] = Finding(contract.name, "deviates", [silence])
            return True
        self._findings[contract.name] = judge(self._document, contract, answer)
        if answer.status in contract.answers:
            learn(contract.name, answer.body, self._known)
        return True

    def _follow(self, schema: Part) -> Part:
        return followed(self._document, schema)

    async def _left(self, contract: Contract) -> Finding:
        """What was not tried can be missing nevertheless."""
        skipped = Finding(contract.name, "skipped", why=self._why(contract))
        if contract.method != "GET" and not self._write:
            return skipped
        try:
            gone = await self._server.missing(contract)
        except (aiohttp.ClientError, TimeoutError):
            return skipped
        return _missing(contract, gone) if gone else skipped

    def _why(self, contract: Contract) -> str:
        if not only_reads(contract) and contract.name in NOT_TRIED:
            return NOT_TRIED[contract.name]
        if not only_reads(contract) and not self._write:
            return "changes data: only with --write"
        try:
            request(contract, self._known, self._follow)
        except Unknown as unknown:
            return str(unknown)
        return "changes data, and the story has no step for it"


def _missing(contract: Contract, answer: Answer) -> Finding:
    if contract.beyond:
        return Finding(contract.name, "skipped", why=f"only the gateway has it: {answer}")
    return Finding(contract.name, "missing", why=str(answer))


def judge(document: Part, contract: Contract, answer: Answer) -> Finding:
    """What one answer says about its operation."""
    if answer.is_missing:
        return _missing(contract, answer)
    if answer.status == 401 or (answer.status == 403 and not only_reads(contract)):
        return Finding(contract.name, "skipped", why=f"not allowed: {answer}")
    if answer.status not in contract.answers:
        wanted = " or ".join(f"status {status}" for status in contract.answers)
        return Finding(contract.name, "deviates", [Deviation("$", wanted, str(answer))])
    schema = contract.answers[answer.status]
    if schema is None:
        return Finding(contract.name, "conforms")
    if not answer.is_json:
        return Finding(contract.name, "deviates", [Deviation("$", "JSON", short(answer.body))])
    found = deviations(alone(document, schema), answer.body)
    return Finding(contract.name, "deviates" if found else "conforms", found)


def run(url: str, shape: str, *, token: str | None, profile: str | None, write: bool, as_json: bool) -> int:
    """The command. Prints the findings on standard output and returns the exit code (0, 1 or 2)."""
    try:
        document = load(shape)
        known = at_start(token, _profile(profile))
    except (FileNotFoundError, ValueError) as refused:
        return _refuse(str(refused))
    try:
        findings = asyncio.run(check(url, document, token, known, write))
    except (aiohttp.ClientError, OSError) as gone:
        return _refuse(f"no answer from {url}: {gone or type(gone).__name__}")
    print(check_report.as_json(findings) if as_json else check_report.as_text(findings))
    code = check_report.exit_code(findings)
    if code == REFUSED:
        return _refuse("nothing could be checked: is the token one that this server believes?")
    return code


async def check(url: str, document: Part, token: str | None, known: Known, write: bool) -> list[Finding]:
    """The findings of a document against the server at ``url``."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        return await Check(
            document, Server(session, url, token, document["info"]["version"]), known, write
        ).run()


def _profile(text: str | None) -> Profile | None:
    if text is None:
        return None
    type_, _, id_ = text.partition(":")
    try:
        return parse_profile(type_, id_, "")
    except GatewayError as refused:
        raise ValueError(f"--profile {text}: it must look like tutor:5") from refused


def _refuse(message: str) -> int:
    print(f"chat-gateway check: {message}", file=sys.stderr)
    return REFUSED

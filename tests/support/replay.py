"""A server that answers every operation of a contract with an example that conforms."""

import json
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from contracts.specs import openapi
from contracts.specs.openapi_examples import recorded

Spoil = Callable[[Any], Any]


def legacy_examples() -> dict[str, tuple[int, Any]]:
    """One recorded answer of the old server an operation."""
    return recorded_answers("legacy")


def recorded_answers(shape: str) -> dict[str, tuple[int, Any]]:
    """One recorded answer an operation: the longest, since empty lists prove little."""
    chosen = {}
    for contract in openapi.operations(openapi.load(shape)):
        rows = [row for row in recorded(shape, contract.name) if row["status"] in contract.answers]
        if rows:
            best = max(rows, key=lambda row: len(json.dumps(row["body"])))
            chosen[contract.name] = (best["status"], best["body"])
    return chosen


class Replay:
    """``answers`` may be changed at any time.

    ``asked`` holds (operation, request target, JSON body) of what came with a token, ``probed`` the operations that
    were looked for without one, and without saying anything else.
    """

    def __init__(self, shape: str, answers: dict[str, tuple[int, Any]]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, str, Any]] = []
        self.probed: list[str] = []
        self.token: str | None = None
        contracts = openapi.operations(openapi.load(shape))
        # Fixed segments win over parameters.
        contracts.sort(key=lambda contract: contract.template.count("{"))
        self._routes = [(contract, _pattern(contract.template)) for contract in contracts]
        self.app = web.Application()
        self.app.router.add_route("*", "/{path:.*}", self._answer)

    def names(self) -> set[str]:
        return {name for name, _, _ in self.asked}

    def spoil(self, name: str, how: Spoil) -> None:
        status, body = self.answers[name]
        self.answers[name] = (status, how(json.loads(json.dumps(body))))

    async def _answer(self, request: web.Request) -> web.Response:
        name = self._name(request)
        if name is None or name not in self.answers:
            return web.json_response({"detail": "Not Found"}, status=404)
        text = await request.text()
        if "Authorization" not in request.headers:
            assert (text, request.query_string) == ("", "")
            self.probed.append(name)
            return web.json_response({"detail": "Not authenticated"}, status=401)
        if self.token is not None and request.headers["Authorization"] != f"Bearer {self.token}":
            return web.json_response({"detail": "Could not validate credentials"}, status=401)
        self.asked.append((name, request.path_qs, json.loads(text) if text else None))
        status, body = self.answers[name]
        if isinstance(body, str):
            return web.Response(text=body, status=status)
        return web.json_response(body, status=status) if body is not None else web.Response(status=status)

    def _name(self, request: web.Request) -> str | None:
        for contract, pattern in self._routes:
            if contract.method == request.method and pattern.fullmatch(request.path):
                return contract.name
        return None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))

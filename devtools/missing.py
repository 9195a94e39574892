"""What an environment still lacks, asked of its own records: installing without resolving does not find out."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

from devtools.locks import Lock, normalised, pins
from devtools.markers import holds

_REQUIREMENT: Final = re.compile(
    r"\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^]]*)\])?[^;]*(?:;(?P<marker>.*))?"
)


class Requirement(NamedTuple):
    """A package that another one needs here, with the extras that it wants of it."""

    name: str
    extras: frozenset[str]


def missing(root: Path, lock: Lock, packages: Path) -> list[str]:
    """One line for each thing that keeps the environment from being what the lock says; empty when it is.

    ``packages`` is its site-packages. A pinned package that is not there in that version is named with it; a package
    that something needs and the lock does not hold is named with the one that needs it.
    """
    pinned = pins((root / lock.file).read_text("utf-8"))
    there = installed(packages)
    absent = [f"{name} {version}" for name, version in pinned.items() if version not in there.get(name, {})]
    if absent:
        return absent
    needs = {name: there[name][version] for name, version in pinned.items()}
    return [
        f"{name}, which {by} needs, is not in {lock.file}" for name, by in unpinned(asked(root, lock), needs)
    ]


def installed(packages: Path) -> dict[str, dict[str, list[str]]]:
    """What is installed in a directory: normalised name to version to its requirements."""
    found: dict[str, dict[str, list[str]]] = {}
    for distribution in metadata.distributions(path=[str(packages)]):
        if (
            "Name" in distribution.metadata
        ):  # a cut-off installation may leave a directory without its description
            name = normalised(distribution.metadata["Name"])
            found.setdefault(name, {})[distribution.version] = distribution.requires or []
    return found


def asked(root: Path, lock: Lock) -> list[str]:
    """The requirements of pyproject.toml that a lock answers."""
    document = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    texts = list(document["project"].get("dependencies", []))
    for extra in lock.extras:
        texts += document["project"]["optional-dependencies"][extra]
    for group in lock.groups:
        texts += document["dependency-groups"][group]
    return texts


def unpinned(roots: Iterable[str], needs: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Packages that are needed, by the roots or by what they need, and are no keys of ``needs``; each with by whom."""
    found: list[tuple[str, str]] = []
    seen: set[Requirement] = set()
    waiting = [(requirement, "pyproject.toml") for requirement in requirements(roots, frozenset())]
    while waiting:
        requirement, by = waiting.pop()
        if requirement in seen:
            continue
        seen.add(requirement)
        if requirement.name not in needs:
            found.append((requirement.name, by))
            continue
        texts = needs[requirement.name]
        waiting += [(one, requirement.name) for one in requirements(texts, requirement.extras)]
    return sorted(found)


def requirements(texts: Iterable[str], extras: frozenset[str]) -> Iterator[Requirement]:
    """Those of a package's requirements (PEP 508) that hold here, when these extras of it are wanted."""
    for text in texts:
        found = _REQUIREMENT.fullmatch(text)
        if found is None:
            raise ValueError(f"not a requirement: {text}")
        if any(holds(found["marker"] or "", extra) for extra in extras | {""}):
            wanted = frozenset(word.strip() for word in (found["extras"] or "").split(",") if word.strip())
            yield Requirement(normalised(found["name"]), wanted)

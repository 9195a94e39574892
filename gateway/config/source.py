"""Where the configuration comes from: a YAML file, variables named in it, and the environment over both.

Everything here is about text and nested dictionaries; the keys are defined in `config.py`.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

PREFIX: Final = "CHAT_GATEWAY_"

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Inside `{secret: ${SECRET_KEY}}` YAML would read the second brace as its own. Until YAML is done a variable
# is written with two characters for private use, which no configuration contains.
_HIDDEN: Final = re.compile("\ue000([A-Za-z0-9_]+)\ue001")


class ConfigError(Exception):
    """The configuration is refused: `path` names the key (`upstream.timeout_s`), `reason` says why.

    Its text is one line and never holds the value of a secret.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a key given twice is a mistake, and what looks like a time is text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key in [str(key.value) for key, _ in node.value]:
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} is given twice", problem_mark=node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_file(file: Path) -> dict[str, Any]:
    """Return the document with its `${VARIABLES}` not yet filled in. Raises ConfigError naming the file."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "is not UTF-8 text"
        raise ConfigError(str(file), f"cannot be read: {reason}") from None
    return read_text(text, str(file))


def read_text(text: str, name: str) -> dict[str, Any]:
    """As `read_file`, for text that came from the file `name`."""
    try:
        document = yaml.load(_VARIABLE.sub("\ue000\\1\ue001", text), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as failure:
        # YAML's own message would quote the line, and with it perhaps a secret.
        mark = getattr(failure, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise ConfigError(where, getattr(failure, "problem", None) or "is not YAML") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(name, "must hold keys and values")
    return document


def fill_in(value: Any, environ: Mapping[str, str], path: str = "") -> Any:
    """Return the document with each `${VARIABLE}` replaced. Raises ConfigError for an unset one."""
    if isinstance(value, dict):
        return {
            key: fill_in(item, environ, f"{path}.{key}" if path else str(key)) for key, item in value.items()
        }
    if isinstance(value, list):
        return [fill_in(item, environ, f"{path}[{index}]") for index, item in enumerate(value)]
    return (
        _HIDDEN.sub(lambda found: _variable(found[1], environ, path), value)
        if isinstance(value, str)
        else value
    )


def _variable(name: str, environ: Mapping[str, str], path: str) -> str:
    if name not in environ:
        raise ConfigError(path, f"the environment variable {name} is not set")
    return environ[name]


def override(
    document: dict[str, Any], environ: Mapping[str, str], is_list: Callable[[tuple[str, ...]], bool]
) -> dict[str, Any]:
    """Return the document with what the environment says: `CHAT_GATEWAY_UPSTREAM__URL` is `upstream.url`.

    `is_list(path)` tells whether the key takes a list, which is then JSON, and raises KeyError for an unknown
    one. Raises ConfigError naming the variable.
    """
    result = document
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        try:
            value = json.loads(environ[name]) if is_list(path) else _scalar(environ[name])
        except KeyError:
            raise ConfigError(name, f"there is no key {'.'.join(path)}") from None
        except ValueError:
            raise ConfigError(name, "must be a JSON list") from None
        result = _put(result, path, value)
    return result


def _scalar(text: str) -> str | None:
    return None if text == "null" else text


def _put(document: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    mapping = dict(document) if isinstance(document, dict) else {}
    mapping[first] = _put(mapping.get(first), tuple(rest), value) if rest else value
    return mapping

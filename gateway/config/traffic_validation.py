"""What the sections about comparing and moving traffic must fulfil beyond types and ranges."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.config.source import ConfigError

if TYPE_CHECKING:
    from gateway.config.model import Config

#: A brownout without notice hits people who cannot know.
NOTICE: Final = timedelta(days=14)
_PLACE: Final = re.compile(r"[a-z_0-9]+\.[a-z_0-9]+ \$\S*")


def check_traffic(config: Config) -> None:
    """Raise ConfigError for the first rule that is broken."""
    if config.compare.percent and config.rollout.to is None:
        raise ConfigError("compare.percent", "needs two upstreams: name them in rollout.from and rollout.to")
    if config.compare.percent and config.rollout.store is None:
        raise ConfigError("compare.percent", "needs rollout.store: the findings are kept there")
    for index, place in enumerate(config.compare.ignore):
        if not _PLACE.fullmatch(place):
            example = "contacts.list $.contacts[].is_online"
            raise ConfigError(f"compare.ignore[{index}]", f"must be an operation and a place: {example}")
    _check_brownouts(config)


def _check_brownouts(config: Config) -> None:
    announced = config.deprecation.legacy_deprecated_at
    for index, window in enumerate(config.brownouts):
        path = f"brownouts[{index}]"
        if window.to <= window.from_:
            raise ConfigError(f"{path}.to", "must be after from")
        if announced is None:
            raise ConfigError(path, "nobody knows of it: deprecation.legacy_deprecated_at comes first")
        if window.from_ - announced < NOTICE:
            raise ConfigError(
                f"{path}.from", f"must be {NOTICE.days} days after deprecation.legacy_deprecated_at or more"
            )

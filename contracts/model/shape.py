"""The shapes of the API, oldest first. There is a link between neighbours, so any two are connected.

    legacy  <=>  2.1  <=>  2.2

Everything that lists shapes derives from here; what each shape and each link mean is in ``adapters/``.
"""

from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args

#: The shapes in which people are named by user id.
ModernShape = Literal["2.1", "2.2"]
Shape = Literal["legacy", ModernShape]
SHAPES: Final[tuple[Shape, ...]] = get_args(Shape)


class Link(NamedTuple):
    """Two neighbours; an operation can be translated across in both directions."""

    older: Shape
    newer: Shape


LINKS: Final = tuple(Link(*pair) for pair in pairwise(SHAPES))


class Step(NamedTuple):
    """One link in the direction in which a request crosses it; the response crosses it the other way."""

    link: Link
    to_newer: bool


def way(client: Shape, upstream: Shape) -> tuple[Step, ...]:
    """The links that a request crosses from the client's shape to the upstream's; none where they are equal."""
    start, end = SHAPES.index(client), SHAPES.index(upstream)
    if start <= end:
        return tuple(Step(link, to_newer=True) for link in LINKS[start:end])
    return tuple(Step(link, to_newer=False) for link in reversed(LINKS[end:start]))

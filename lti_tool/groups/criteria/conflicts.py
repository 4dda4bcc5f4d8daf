"""Which of several demands cannot be kept at once, as few as possible.

Every conflict shares a part with all that had to be left out of any set of parts
that can be kept. So a set is worth asking about only if it shares a part with each
of those *escapes*; a smallest such set that cannot be kept is a smallest conflict
(implicit hitting sets, Ignatiev et al. 2015).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PROVEN_UP_TO = 3


@dataclass(frozen=True, slots=True)
class Conflict(Generic[T]):
    """Parts that cannot be kept at once; without any of them the others can."""

    parts: tuple[T, ...]
    is_smallest: bool
    """Whether it is proven that no conflict has fewer parts."""


def smallest(
    parts: Sequence[T], is_feasible: Callable[[Sequence[T]], bool]
) -> Conflict[T] | None:
    """Return a smallest conflict among the parts, or None where all can be kept at once.

    ``is_feasible`` must stay true where parts are taken away. Beyond three parts the
    conflict is irreducible, and it is not known whether another one is smaller.
    """
    everything = range(len(parts))

    def keeps(places: Sequence[int]) -> bool:
        return is_feasible([parts[place] for place in places])

    if keeps(everything):
        return None
    found = _small(len(parts), keeps)
    places = _irreducible(everything, keeps) if found is None else found
    is_smallest = len(places) <= PROVEN_UP_TO + 1
    return Conflict(tuple(parts[place] for place in sorted(places)), is_smallest)


def _small(
    count: int, keeps: Callable[[Sequence[int]], bool]
) -> tuple[int, ...] | None:
    """Return a smallest conflict, None where none has as few parts as are looked at."""
    escapes: list[frozenset[int]] = []
    while (places := _fewest(escapes)) is not None:
        if not keeps(places):
            return places
        escapes.append(_left_out(places, count, keeps))
    return None


def _fewest(escapes: Sequence[frozenset[int]]) -> tuple[int, ...] | None:
    """Return the fewest places that share one with each escape, None for more than are looked at."""
    for size in range(PROVEN_UP_TO + 1):
        found = next(_shared(escapes, size, ()), None)
        if found is not None:
            return found
    return None


def _shared(
    escapes: Sequence[frozenset[int]], size: int, chosen: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    missed = next((e for e in escapes if e.isdisjoint(chosen)), None)
    if missed is None:
        yield chosen
    elif size > len(chosen):
        for place in sorted(missed):
            yield from _shared(escapes, size, (*chosen, place))


def _left_out(
    places: Sequence[int], count: int, keeps: Callable[[Sequence[int]], bool]
) -> frozenset[int]:
    """Return what has to be left out where these and as many others as possible are kept."""
    kept = list(places)
    for place in range(count):
        if place not in kept and keeps([*kept, place]):
            kept.append(place)
    return frozenset(range(count)) - set(kept)


def _irreducible(
    places: Sequence[int], keeps: Callable[[Sequence[int]], bool]
) -> tuple[int, ...]:
    needed = list(places)
    for place in places:
        fewer = [other for other in needed if other != place]
        if not keeps(fewer):
            needed = fewer
    return tuple(needed)

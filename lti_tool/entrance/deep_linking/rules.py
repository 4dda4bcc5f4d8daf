"""What a course can link to, what is chosen at first, and which choices do not go together."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a link can open."""

    activity: str
    """The value of the custom parameter of this name."""
    phase: str | None = None
    """Of a worksheet: the phase that the link is for; without one it is for all."""

    @property
    def key(self) -> str:
        """The name of the offer in forms."""
        return f"{self.activity}_{self.phase}" if self.phase else self.activity

    @property
    def custom(self) -> dict[str, str]:
        """The custom parameters by which a launch of the link is recognised."""
        phase = {"phase": self.phase} if self.phase else {}
        return {"activity": self.activity, **phase}


OFFERS = (
    Offer("home"),
    Offer("groups"),
    Offer("project"),
    Offer("worksheet"),
    Offer("attendance"),
    Offer("certificate"),
    Offer("worksheet", "start"),
    Offer("worksheet", "mid"),
    Offer("worksheet", "end"),
)
_USUAL = ("home", "worksheet", "project", "certificate")
"""What a new course needs: a place to begin, and what the gradebook shows."""


def first_choice(linked: Collection[str], *, several: bool) -> list[str]:
    """Return the keys that are chosen at first: of the usual ones those not linked yet."""
    missing = [key for key in _USUAL if key not in linked]
    return missing if several else missing[:1]


def twice(columns: Iterable[tuple[str, Hashable]]) -> list[list[str]]:
    """Return, for each column that several choices would bring, the titles of these choices."""
    titles: defaultdict[Hashable, list[str]] = defaultdict(list)
    for title, column in columns:
        titles[column].append(title)
    return [found for found in titles.values() if len(found) > 1]

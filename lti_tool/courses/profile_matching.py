"""Whose row of an uploaded table is whose: pure.

An e-mail address decides; a name only suggests, and what a person has confirmed stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lti_tool.courses.profile_table import Entry


@dataclass(frozen=True, slots=True)
class Candidate:
    """A participant as the matching knows them."""

    person_id: int
    name: str
    email: str | None
    values: Mapping[str, str]
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What a row would do.

    ``state``: ``matched`` (by e-mail), ``suggested`` (by a name that only one person bears),
    ``ambiguous`` (several bear it), ``unknown``, ``unchanged``, ``confirmed`` (the person has
    confirmed another text, which stays), ``double`` (another row is theirs).
    """

    entry: Entry
    state: str
    person_ids: tuple[int, ...] = ()
    """Who it can be; the lead chooses where the state is suggested or ambiguous."""


def matches(entries: Sequence[Entry], people: Sequence[Candidate]) -> list[Match]:
    """Return what each row would do, in the order of the rows."""
    by_email = _index((p.email or "", p) for p in people)
    by_name = _index((p.name, p) for p in people)
    # Whoever an e-mail address names is not offered for rows that have a name only.
    taken = {
        p.person_id
        for e in entries
        for p in by_email.get(_plain(e.email), ())
        if e.email
    }
    seen: set[int] = set()
    found = []
    for entry in entries:
        match = _match(entry, by_email, by_name, taken)
        if match.person_ids and match.state in {"matched", "unchanged", "confirmed"}:
            if match.person_ids[0] in seen:
                match = Match(entry, "double", match.person_ids)
            seen.update(match.person_ids)
        found.append(match)
    return found


def may_take(match: Match, person_id: int) -> bool:
    """Tell whether the row may go to this person: it is among those whom it can be."""
    return (
        match.state in {"matched", "suggested", "ambiguous"}
        and person_id in match.person_ids
    )


def swapped(name: str) -> str:
    """Return "Mia Muster" for "Muster, Mia", and any other name as it is."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name


def _match(
    entry: Entry,
    by_email: Mapping[str, list[Candidate]],
    by_name: Mapping[str, list[Candidate]],
    taken: set[int],
) -> Match:
    certain = by_email.get(_plain(entry.email), []) if entry.email else []
    if len(certain) == 1:
        return Match(entry, _settled(entry, certain[0]), (certain[0].person_id,))
    if certain:
        return Match(entry, "ambiguous", tuple(p.person_id for p in certain))
    named = by_name.get(_plain(swapped(entry.name)), []) if entry.name else []
    possible = [p for p in named if p.person_id not in taken]
    if not possible:
        state = "double" if named else "unknown"
        return Match(entry, state, tuple(p.person_id for p in named))
    ids = tuple(p.person_id for p in possible)
    if len(named) > 1:
        return Match(entry, "ambiguous", ids)
    state = _settled(entry, possible[0])
    return Match(entry, "suggested" if state == "matched" else state, ids)


def _settled(entry: Entry, person: Candidate) -> str:
    if all(person.values.get(name) == value for name, value in entry.values.items()):
        return "unchanged"
    return "confirmed" if person.is_confirmed else "matched"


def _index(pairs: Iterable[tuple[str, Candidate]]) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    for text, person in pairs:
        if _plain(text):
            found.setdefault(_plain(text), []).append(person)
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())

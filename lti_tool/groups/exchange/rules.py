"""Who is in which group, as a table or the learning platform says it, and whose row is whose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lti_tool.courses import cells
from lti_tool.courses.profile_matching import Candidate, Match, matches
from lti_tool.courses.profile_table import Entry

LONGEST_NAME = 120
_HEADERS = cells.by_word(
    {
        **cells.PERSON_HEADERS,
        "id": "id|user id|userid|benutzer id|benutzerid|nutzer id|lms id|moodle id|id in der lernplattform",
        "group": "gruppe|group|gruppenname|group name|groupname|team|projektgruppe|project group|group1",
        "topic": "thema|topic|projekt|project|projektthema|project topic|thema der gruppe",
    }
)
_FORMULA = ("=", "@")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of groups, and whose it is.

    ``state`` is one of those of a match, or ``groupless`` for a row that names no group.
    """

    entry: Entry
    state: str
    person_ids: tuple[int, ...] = ()
    """Who it can be; the lead chooses where the state is suggested or ambiguous."""

    @property
    def group(self) -> str:
        """Return the group that the row names."""
        return self.entry.values.get("group", "")

    @property
    def needs_choice(self) -> bool:
        """Tell whether the lead says whose row this is."""
        return self.state in {"suggested", "ambiguous"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A group that is to be taken over."""

    name: str
    topic: str
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the people of a course are spread over groups of the learning platform."""

    members: Mapping[str, tuple[int, ...]]
    """Who is in a group, and in no other one of those that count."""
    several: Mapping[int, tuple[str, ...]]
    """Who is in several groups, and in which."""
    none: tuple[int, ...]


def read(content: bytes) -> tuple[Entry, ...]:
    """Return the rows of a text file or raise TableError."""
    return read_cells(cells.text_cells(content, _HEADERS))


def read_cells(rows: Iterable[Sequence[str]]) -> tuple[Entry, ...]:
    """Return the rows of a table of groups or raise TableError."""
    found = cells.sheet(rows, _HEADERS, _is_header)
    return tuple(_entry(line, found.said(row)) for line, row in found.rows)


def _is_header(known: set[str]) -> bool:
    return "group" in known and bool(known & {"email", "name", "family", "id"})


def _entry(line: int, said: Mapping[str, str]) -> Entry:
    values, left_out = {}, []
    for name in ("id", "group", "topic"):
        text = said.get(name, "")
        if text.startswith(_FORMULA) or len(text) > LONGEST_NAME:
            left_out.append((name, text))
        elif text:
            values[name] = text
    return Entry(
        line,
        said.get("email", ""),
        cells.person_name(said),
        values,
        tuple(left_out),
    )


def whose(
    entries: Sequence[Entry], people: Sequence[Candidate], by_id: Mapping[str, int]
) -> list[Row]:
    """Return whose each row is: the platform's id decides, then the e-mail; a name only suggests."""
    named = [by_id.get(entry.values.get("id", "")) for entry in entries]
    others = iter(
        matches(
            [e for e, known in zip(entries, named, strict=True) if not known], people
        )
    )
    found = [
        Match(entry, "matched", (known,)) if known else next(others)
        for entry, known in zip(entries, named, strict=True)
    ]
    certain = {m.person_ids[0] for m in found if m.state == "matched"}
    seen: set[int] = set()
    return [_row(match, certain, seen) for match in found]


def _row(match: Match, certain: set[int], seen: set[int]) -> Row:
    """Return a row; of several rows of one person the first that is certain counts."""
    if "group" not in match.entry.values:
        return Row(match.entry, "groupless", match.person_ids)
    if match.state == "matched" and match.person_ids[0] not in seen:
        seen.update(match.person_ids)
        return Row(match.entry, "matched", match.person_ids)
    possible = tuple(p for p in match.person_ids if p not in certain)
    if match.state == "matched" or (match.person_ids and not possible):
        return Row(match.entry, "double", match.person_ids)
    return Row(match.entry, match.state, possible)


def group_names(rows: Iterable[Row]) -> list[str]:
    """Return the groups that the rows name, each once, in the order in which they come."""
    return list(dict.fromkeys(row.group for row in rows if row.group))


def topic_of(name: str, rows: Iterable[Row]) -> str:
    """Return the topic that the rows of a group name first, else the group's own name."""
    said = (r.entry.values.get("topic", "") for r in rows if r.group == name)
    return next(filter(None, said), name)


def spread(groups_of: Mapping[int, Sequence[str]], counted: Iterable[str]) -> Spread:
    """Return how people are spread over those groups that count."""
    wanted = list(counted)
    own = {
        person: tuple(g for g in wanted if g in groups)
        for person, groups in groups_of.items()
    }
    return Spread(
        {
            group: tuple(p for p, groups in own.items() if groups == (group,))
            for group in wanted
        },
        {person: groups for person, groups in own.items() if len(groups) > 1},
        tuple(person for person, groups in own.items() if not groups),
    )


def usual_groups(groups_of: Mapping[int, Sequence[str]]) -> list[str]:
    """Return the groups that probably count: not those in which everybody is, if there are others."""
    found = list(dict.fromkeys(g for groups in groups_of.values() for g in groups))
    telling = [
        group for group in found if any(group not in own for own in groups_of.values())
    ]
    return telling or found

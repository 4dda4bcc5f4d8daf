"""What attendance means, and the chain of evidence that proves it.

Evidence is only ever appended. Each entry carries the hash of the one before, so
that none can be changed, removed or slipped in unnoticed. A correction names the
entry it supersedes; what holds is the entry that nothing supersedes.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = ""
"""What the first entry of a chain has in place of a previous hash."""


class State(StrEnum):
    """What is known about one person at one meeting."""

    ON_SITE = "on_site"
    BY_VIDEO = "by_video"
    EXCUSED = "excused"
    ABSENT = "absent"
    OPEN = "open"


class Kind(StrEnum):
    """What an entry says."""

    MARK = "mark"
    """A person's state at a meeting."""
    SIGN_OFF = "sign_off"
    """Somebody vouches for the whole list of a meeting."""


ATTENDED = frozenset({State.ON_SITE, State.BY_VIDEO})


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a course's chain, as it is hashed; `previous` is the hash before."""

    sequence: int
    kind: Kind
    meeting: int
    person: int | None
    state: State | None
    minutes: int
    recorded_at: datetime
    actor: int
    source: str
    supersedes: int | None
    reason: str
    """Commitment to the text of the reason, or empty: the text itself can be erased."""
    previous: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry together with the hash that was stored for it."""

    entry: Entry
    digest: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What holds for one person at one meeting, and which entry says so."""

    state: State
    minutes: int
    sequence: int


def digest(entry: Entry) -> str:
    """Return the SHA-256 of the entry's canonical JSON, previous hash included."""
    fields = asdict(entry)
    fields["recorded_at"] = entry.recorded_at.astimezone(UTC).isoformat(
        timespec="microseconds"
    )
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(chain: Sequence[Link]) -> int | None:
    """Return the place (from 1) where the chain stops proving itself, or None."""
    previous = GENESIS
    heads: dict[tuple[int, int | None], int] = {}
    for place, link in enumerate(chain, start=1):
        entry = link.entry
        about = (entry.meeting, entry.person)
        follows = entry.sequence == place and entry.previous == previous
        replaces_head = entry.supersedes == heads.get(about)
        if not follows or not replaces_head or link.digest != digest(entry):
            return place
        heads[about] = entry.sequence
        previous = link.digest
    return None


def fold(entries: Iterable[Entry]) -> dict[tuple[int, int], Mark]:
    """Return what holds for each (meeting, person), whatever the order of arrival."""
    heads: dict[tuple[int, int], Mark] = {}
    for entry in entries:
        if entry.kind is not Kind.MARK or entry.person is None or entry.state is None:
            continue
        about = (entry.meeting, entry.person)
        known = heads.get(about)
        if known is None or known.sequence < entry.sequence:
            heads[about] = Mark(entry.state, entry.minutes, entry.sequence)
    return heads


def credited(state: State, planned: int, stayed: int | None = None) -> int:
    """Return the minutes credited: all of the meeting, or the time the person stayed."""
    if state not in ATTENDED:
        return 0
    return planned if stayed is None else min(max(stayed, 0), planned)


def changes(known: Mark | None, state: State, minutes: int) -> bool:
    """Tell whether recording this would say anything new."""
    if known is None:
        return state is not State.OPEN
    return (known.state, known.minutes) != (state, minutes)

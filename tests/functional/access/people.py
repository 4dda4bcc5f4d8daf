"""The people who ask for every page, and the words planted in what belongs to them."""

import re
from dataclasses import dataclass

COURSE = "c1"
OTHER_COURSE = "c2"


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody at the door: who they are on the platform, and how they come in."""

    key: str
    sub: str
    role: str
    course: str = COURSE
    duty: str | None = None

    @property
    def name(self) -> str:
        """A name that can be told apart from every other word on a page."""
        return f"{self.key.title()} Quince-{self.key.title()}-Name"

    @property
    def email(self) -> str:
        return f"{secret(self.key, 'mail')}@example.org"


def secret(whose: str, what: str) -> str:
    """Return a word that stands nowhere but in one thing of one person."""
    return f"quince-{whose}-{what}"


_PLANTED = re.compile(r"quince-[a-z]+-[a-z]+", re.IGNORECASE)


def planted_in(text: str) -> set[str]:
    """Return every planted word in what somebody was shown."""
    return {word.lower() for word in _PLANTED.findall(text)}


LEAD = "lead"
ASSISTANT = "assistant"
REVIEWER = "reviewer"
SPEAKER = "speaker"
"""Speaks at the meeting that the table asks about."""
GUEST = "guest"
"""A speaker of another meeting."""
EXAMINER = "examiner"
COLLEAGUE = "colleague"
"""Staff to whom nobody gave a duty."""
ADDING = "adding"
"""The colleague, whom the platform has just asked which activities to add."""
PREVIEW = "preview"
"""The lead, who switched to a learner's role in the learning platform."""
MIA = "mia"
"""The participant whose things the table asks about."""
MAX = "max"
"""A participant of Mia's group."""
BEN = "ben"
"""A participant of another group."""
GONE = "gone"
"""Was a participant and is on the list of members no more."""
FORMER = "former"
"""Was an assistant and has left the course."""
NEIGHBOUR = "neighbour"
"""A participant of another course."""
NEIGHBOUR_LEAD = "elsewhere"
"""The lead of another course."""
NOBODY = "nobody"
"""Came without a launch."""

ASKERS = (
    Asker(LEAD, "1", "Instructor", duty="lead"),
    Asker(ASSISTANT, "2", "Instructor", duty="assistant"),
    Asker(REVIEWER, "3", "Instructor", duty="reviewer"),
    Asker(SPEAKER, "4", "Instructor", duty="speaker"),
    Asker(GUEST, "5", "Instructor", duty="speaker"),
    Asker(EXAMINER, "6", "Instructor", duty="examiner"),
    Asker(COLLEAGUE, "7", "Instructor"),
    Asker(FORMER, "8", "Instructor", duty="assistant"),
    Asker(MIA, "11", "Learner"),
    Asker(MAX, "12", "Learner"),
    Asker(BEN, "13", "Learner"),
    Asker("bea", "14", "Learner"),
    Asker(GONE, "15", "Learner"),
    Asker(NEIGHBOUR_LEAD, "21", "Instructor", OTHER_COURSE),
    Asker(NEIGHBOUR, "22", "Learner", OTHER_COURSE),
)

TEAM = frozenset({LEAD, ASSISTANT, REVIEWER, SPEAKER, GUEST, EXAMINER})
STAFF = TEAM | {COLLEAGUE, ADDING}
PARTICIPANTS = frozenset({MIA, MAX, BEN, "bea"})
LOOKING_ON = PARTICIPANTS | {PREVIEW}
MEMBERS = STAFF | LOOKING_ON
ENDED = frozenset({GONE, FORMER})
NEIGHBOURS = frozenset({NEIGHBOUR, NEIGHBOUR_LEAD})

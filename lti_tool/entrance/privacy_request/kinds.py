"""Which columns say whose a row is, by the kind of data that a person knows it as."""

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import InstrumentedAttribute

from lti_tool.attendance.models import Attendance, Evidence, Meeting, MeetingSpeaker
from lti_tool.certificate.models import Decision, RuleSet
from lti_tool.courses.models import (
    Achievement,
    Duty,
    Enrolment,
    ErasableText,
    GroupMember,
    Profile,
    ProfileImport,
    ProfileImportRow,
)
from lti_tool.gradebook.models import Grade, GradeNote
from lti_tool.groups.choosing.models import ChoiceNews, WrongCode
from lti_tool.groups.criteria.models import Pair
from lti_tool.groups.exchange.models import GroupUpload
from lti_tool.groups.models import (
    ChosenGroup,
    ChosenPlace,
    Formation,
    Response,
    Topic,
    Wish,
)
from lti_tool.groups.proposals.models import Move, Placement, Proposal
from lti_tool.groups.publishing.models import (
    Publication,
    PublicationSeen,
    PublishedMember,
)
from lti_tool.groups.survey.models import Answer, Availability, PersonWish
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.projects.models import Credit, HandIn, Review, Slot
from lti_tool.worksheet.models import (
    Actor,
    Draft,
    Opening,
    Revision,
    Share,
    Snapshot,
    SnapshotText,
    Tie,
    Worksheet,
)

Column = InstrumentedAttribute[Any]
Path = tuple[Column, ...]
"""From a row to its person: each column names the row of which the next is a column."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data, and the ways from its rows to the person."""

    label: LazyString
    paths: tuple[Path, ...]


_SHEET = (Worksheet.person_id,)
_DRAFT = (Draft.worksheet_id, *_SHEET)
_SNAPSHOT = (Snapshot.worksheet_id, *_SHEET)

KINDS = (
    Kind(
        _l("Place in the course: role, duties, groups, last visit"),
        ((Enrolment.person_id,), (Duty.person_id,), (GroupMember.person_id,)),
    ),
    Kind(
        _l("Profile: network, region, experience, question to the course"),
        ((Profile.person_id,), (ProfileImportRow.person_id,)),
    ),
    Kind(
        _l("Forming groups: wishes, proposed topics, places in proposals"),
        (
            (Wish.person_id,),
            (Topic.proposed_by,),
            (Placement.person_id,),
            (Move.person_id,),
            (PublishedMember.person_id,),
            (PublicationSeen.person_id,),
            (ChosenPlace.person_id,),
            (ChosenGroup.founded_by,),
            (ChoiceNews.person_id,),
            (WrongCode.person_id,),
        ),
    ),
    Kind(
        _l("Forming groups: answers, times, wishes for and by people"),
        (
            (Response.person_id,),
            (Answer.person_id,),
            (Availability.person_id,),
            (PersonWish.person_id,),
            # Whoever is named by others may ask what they said.
            (PersonWish.other_id,),
        ),
    ),
    Kind(
        _l(
            "Forming groups: entries of leads on who should be apart or together "
            "(their notes, encrypted, are shown on request)"
        ),
        ((Pair.first_id,), (Pair.second_id,)),
    ),
    Kind(
        _l("Project work: hand-ins sent, projects that count"),
        ((HandIn.person_id,), (Credit.person_id,)),
    ),
    Kind(
        _l("Worksheet: entries, network, what was handed in and shared (encrypted)"),
        (
            _SHEET,
            _DRAFT,
            _SNAPSHOT,
            (Revision.draft_id, *_DRAFT),
            (Actor.draft_id, *_DRAFT),
            (Tie.draft_id, *_DRAFT),
            (SnapshotText.snapshot_id, *_SNAPSHOT),
            (Share.worksheet_id, *_SHEET),
            (Opening.snapshot_id, *_SNAPSHOT),
        ),
    ),
    Kind(
        _l("Attendance: entries and corrections"),
        ((Evidence.person_id,), (Attendance.person_id,)),
    ),
    Kind(
        _l("Certificate: what was achieved, and decisions"),
        ((Achievement.person_id,), (Decision.person_id,)),
    ),
    Kind(
        _l("Texts and reasons that can be erased on their own (encrypted)"),
        ((ErasableText.person_id,),),
    ),
    Kind(
        _l("Grades on their way to the learning platform"),
        ((Grade.person_id,), (GradeNote.grade_id, Grade.person_id)),
    ),
    Kind(
        _l("Work in the course team: what was entered, decided or read for others"),
        (
            (Duty.given_by,),
            (ProfileImport.by_person_id,),
            (Formation.opened_by,),
            (Pair.added_by,),
            (Proposal.asked_by,),
            (Move.moved_by,),
            (Publication.published_by,),
            (GroupUpload.by_person_id,),
            (Review.person_id,),
            (Credit.given_by,),
            (GradeNote.by_person_id,),
            (Slot.recorded_by,),
            (Meeting.signed_off_by,),
            (MeetingSpeaker.person_id,),
            (Evidence.actor_id,),
            (RuleSet.author_id,),
            (Decision.actor_id,),
            (Opening.reader_id,),
        ),
    ),
)

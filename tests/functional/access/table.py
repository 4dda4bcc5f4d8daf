"""Who may see and do what: the right-to-see table, written from the contract, not from the code.

Every route stands here once. Whoever is not named gets 403; who left the course 403; without a
launch 401; people of other courses never anything of this one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.functional.access.people import (
    ADDING,
    ASKERS,
    ASSISTANT,
    BEN,
    EXAMINER,
    LEAD,
    LOOKING_ON,
    MAX,
    MEMBERS,
    MIA,
    PARTICIPANTS,
    PREVIEW,
    REVIEWER,
    SPEAKER,
    STAFF,
    TEAM,
    secret,
)

ORGANISERS = frozenset({LEAD, ASSISTANT})
DOSSIER = ORGANISERS | {EXAMINER}
NONE: frozenset[str] = frozenset()
TITLE = secret("course", "title")
_SURVEY = {"formation_id": "@second"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a GET shows to whom."""

    endpoint: str
    sees: Iterable[str]
    """These get the page, and on it the marker."""
    marker: str = TITLE
    own: Iterable[str] = NONE
    """These get a page of their own, without the marker."""
    sent: Iterable[str] = NONE
    """These are sent to another page."""
    missing: Iterable[str] = NONE
    """These are told that there is no such thing."""
    at: dict[str, Any] = field(default_factory=dict)
    """Arguments of the URL, where they differ from World.samples."""

    def __str__(self) -> str:
        return " ".join([self.endpoint, *map(str, self.at.values())])

    def expected(self, asker: str) -> int:
        for status, people in (
            (200, self.sees),
            (200, self.own),
            (303, self.sent),
            (404, self.missing),
        ):
            if asker in people:
                return status
        return 403


@dataclass(frozen=True, slots=True)
class Action:
    """Who may POST."""

    endpoint: str
    may: Iterable[str]
    missing: Iterable[str] = NONE
    """These are told that there is no such thing."""
    at: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    """What is sent: nothing, where that suffices to reach the thing in the address."""

    def __str__(self) -> str:
        return " ".join(
            [self.endpoint, *map(str, (*self.at.values(), *self.form.values()))]
        )


PAGES = (
    # Course
    Page("courses.home", MEMBERS),
    Page("courses.settings", {LEAD}),
    Page("connection.overview", {LEAD}),
    Page("courses.renewed_bearer", NONE, own=MEMBERS),
    Page("copies.overview", {LEAD}, secret("earlier", "title")),
    # People: everybody's name, network and region; the team reads the questions, organisers the rest.
    Page("people.overview", ORGANISERS, secret("mia", "mail")),
    Page("people.directory", LOOKING_ON | TEAM, secret("mia", "region")),
    Page("people.list_of_members", NONE, own=ORGANISERS),
    Page("people.not_here", TEAM),
    Page("people.questions", TEAM, secret("mia", "question")),
    Page("profiles.own", {MIA}, secret("mia", "question"), own=LOOKING_ON - {MIA}),
    Page("profiles.imports", {LEAD}, secret("max", "file")),
    Page("profiles.preview", {LEAD}, secret("max", "question")),
    # Groups: the team sees who is where, participants their own group; wishes are for the lead alone.
    Page(
        "groups.overview",
        {MIA, MAX, *TEAM} - {LEAD},
        secret("north", "topic"),
        # The lead finds the newest round there.
        own={BEN, "bea", PREVIEW, LEAD},
    ),
    Page("groups.new", {LEAD}),
    Page("groups.formation", {LEAD}, secret("north", "topic")),
    Page("groups.settings", {LEAD}, secret("first", "round")),
    Page("groups.topic", {LEAD}, secret("north", "topic")),
    Page("groups.survey", {LEAD}, secret("survey", "purpose"), at=_SURVEY),
    Page("groups.question", {LEAD}, secret("survey", "purpose"), at=_SURVEY),
    Page("groups.answers", {LEAD}, secret("ben", "name"), at=_SURVEY),
    Page("groups.rule_cards", {LEAD}, secret("pair", "note"), at=_SURVEY),
    Page("groups.rules_checked", NONE, own={LEAD}, at=_SURVEY),
    Page("groups.new_card", {LEAD}, at={**_SURVEY, "kind": "spread"}),
    Page("groups.card", {LEAD}, secret("rule", "purpose"), at=_SURVEY),
    Page("groups.proposal", {LEAD}, secret("mia", "name")),
    Page("groups.compare_proposals", {LEAD}, secret("mia", "name")),
    Page("groups.archived_proposals", {LEAD}),
    Page("groups.publish_check", {LEAD}, secret("mia", "name")),
    Page("groups.publications", {LEAD}),
    Page("groups.changes", {LEAD}, secret("gone", "name")),
    Page("groups.restore_check", {LEAD}, secret("mia", "name")),
    Page("groups.take_back_check", {LEAD}),
    # Choosing: participants see who is in which group, leads also who waits.
    Page(
        "groups.choice",
        LOOKING_ON,
        secret("choice", "topic"),
        at={"formation_id": "@choosing"},
    ),
    Page(
        "groups.choices",
        {LEAD},
        secret("choice", "topic"),
        at={"formation_id": "@choosing"},
    ),
    Page(
        "groups.choices",
        {LEAD},
        secret("third", "round"),
        at={"formation_id": "@third"},
    ),
    Page("groups.new_choice", {LEAD}),
    Page("groups.take", {LEAD}, secret("platform", "group")),
    Page("groups.lms_groups", {LEAD}, secret("platform", "group")),
    Page("groups.file_groups", {LEAD}, secret("uploaded", "group")),
    Page("groups.take_out", {LEAD}, secret("mia", "name")),
    Page("groups.groups_file", {LEAD}, secret("north", "topic")),
    Page("groups.members_file", {LEAD}, secret("mia", "mail")),
    # In the room all see topics and favourites; a code alone shows nobody anything.
    Page(
        "groups.room",
        LOOKING_ON | {LEAD},
        secret("air", "topic"),
        at={"formation_id": "@together"},
    ),
    # Projects: the group and its reviewers; an examiner what was accepted; an assistant how far each is.
    Page(
        "projects.overview",
        {MIA, MAX},
        secret("north", "handin"),
        own={*ORGANISERS, REVIEWER, EXAMINER, BEN, "bea", PREVIEW},
    ),
    Page(
        "projects.group",
        {MIA, MAX, LEAD, REVIEWER},
        secret("north", "handin"),
        missing={BEN, "bea", EXAMINER, PREVIEW},
    ),
    Page(
        "projects.group",
        {BEN, "bea", LEAD, REVIEWER, EXAMINER},
        secret("south", "handin"),
        missing={MIA, MAX, PREVIEW},
        at={"group_id": "@south"},
    ),
    Page("projects.settings", {LEAD}),
    Page("projects.slots", {LEAD}, secret("mia", "name")),
    # Worksheet: what somebody wrote is theirs alone.
    Page("worksheet.overview", LOOKING_ON, sent=ORGANISERS),
    Page(
        "worksheet.page",
        {MIA},
        secret("mia", "actor"),
        own={MAX, BEN, PREVIEW},
        sent={"bea"},
        at={"number": 2},
    ),
    Page(
        "worksheet.review",
        {MIA},
        secret("mia", "draft"),
        own={MAX, BEN, PREVIEW},
        sent={"bea"},
    ),
    Page(
        "worksheet.handed_in",
        {MIA},
        secret("mia", "answer"),
        own={MAX, BEN},
        missing={"bea", PREVIEW},
        at={"phase": "start"},
    ),
    Page(
        "worksheet.edit_actor",
        {MIA},
        secret("mia", "actor"),
        missing={MAX, BEN, PREVIEW},
        sent={"bea"},
    ),
    Page("worksheet.sharing_page", LOOKING_ON),
    Page("worksheet.shared", LOOKING_ON | ORGANISERS),
    Page(
        "worksheet.export",
        {MIA},
        secret("mia", "answer"),
        own={MAX, BEN, "bea", PREVIEW},
    ),
    Page("worksheet.team", ORGANISERS, secret("mia", "name")),
    Page("worksheet.settings", {LEAD}),
    # Attendance: staff without a duty see the dates, and nobody's attendance.
    Page("attendance.index", MEMBERS, secret("meeting", "theme")),
    Page("attendance.new", ORGANISERS),
    Page("attendance.waiting", ORGANISERS, secret("waiting", "theme")),
    Page("attendance.edit", ORGANISERS, secret("meeting", "theme")),
    Page("attendance.meeting", {*ORGANISERS, SPEAKER}, secret("mia", "excuse")),
    Page("attendance.matrix", {*ORGANISERS, EXAMINER}, secret("mia", "name")),
    # Certificate: one's own standing; those who decide or prepare see everybody's.
    Page(
        "certificate.index",
        {MIA},
        secret("mia", "denial"),
        own=(LOOKING_ON | DOSSIER) - {MIA},
    ),
    Page("certificate.person", DOSSIER, secret("mia", "denial")),
    Page("certificate.rules", DOSSIER),
    # Gradebook
    Page("gradebook.overview", ORGANISERS, secret("mia", "name")),
    Page("gradebook.table", ORGANISERS, secret("mia", "name")),
    Page("gradebook.grade", ORGANISERS, secret("mia", "name")),
    # Adding activities: only whom the platform has just asked.
    Page("deep_linking.picker", {ADDING}, missing=MEMBERS - {ADDING}),
)

_WRITERS = frozenset({MIA, MAX, BEN})
"""Those who have begun the worksheet's middle; Bea has not."""
_NOT_MIA = frozenset({MAX, BEN, "bea"})

ACTIONS = (
    # Course and people
    Action("courses.language", STAFF | PARTICIPANTS),
    Action("courses.change_settings", {LEAD}),
    Action("courses.hide_first_steps", {LEAD}),
    Action("copies.take", {LEAD}),
    Action("copies.undo", {LEAD}),
    Action("copies.decline", {LEAD}),
    Action("copies.keep", {LEAD}),
    Action(
        "people.set_duties",
        {LEAD},
        at={"person_id": "@colleague"},
        form={"duties": "reviewer"},
    ),
    Action("people.need_no_duty", {LEAD}, at={"person_id": "@colleague"}),
    Action("people.refresh", ORGANISERS),
    Action("people.set_by_video", ORGANISERS),
    Action("profiles.confirm", PARTICIPANTS),
    Action("profiles.upload", {LEAD}),
    Action("profiles.apply", {LEAD}),
    Action("profiles.discard", {LEAD}),
    Action("profiles.undo", {LEAD}, at={"import_id": "@applied"}),
    # Groups
    Action("groups.propose", PARTICIPANTS, at={"formation_id": "@second"}),
    Action("groups.propose", PARTICIPANTS, at={"formation_id": "@third"}),
    Action("groups.rank", PARTICIPANTS, at={"formation_id": "@second"}),
    Action("groups.rank", PARTICIPANTS, at={"formation_id": "@third"}),
    Action("groups.create", {LEAD}),
    Action("groups.change", {LEAD}),
    Action("groups.stage", {LEAD}),
    Action("groups.add_topics", {LEAD}),
    Action("groups.change_topic", {LEAD}),
    Action("groups.merge_topic", {LEAD}),
    Action("groups.remove_topic", {LEAD}),
    Action("groups.restore_topic", {LEAD}),
    Action("groups.change_survey", {LEAD}, at=_SURVEY),
    Action("groups.add_question", {LEAD}, at=_SURVEY),
    Action("groups.change_question", {LEAD}, at=_SURVEY),
    Action("groups.remove_question", {LEAD}, at=_SURVEY),
    Action("groups.remind", {LEAD}, at=_SURVEY),
    Action("groups.take_preset", {LEAD}, at=_SURVEY),
    Action("groups.check_rules", {LEAD}, at=_SURVEY),
    Action("groups.add_card", {LEAD}, at={**_SURVEY, "kind": "spread"}),
    Action("groups.change_card", {LEAD}, at=_SURVEY),
    Action("groups.switch_card", {LEAD}, at=_SURVEY),
    Action("groups.move_card", {LEAD}, at=_SURVEY),
    Action("groups.forget_card", {LEAD}, at=_SURVEY),
    Action("groups.add_pair", {LEAD}, at=_SURVEY),
    Action("groups.switch_pair", {LEAD}, at=_SURVEY),
    Action("groups.forget_pair", {LEAD}, at=_SURVEY),
    Action("groups.ask", {LEAD}),
    Action("groups.cancel", {LEAD}),
    Action("groups.move", {LEAD}),
    Action("groups.undo", {LEAD}),
    Action("groups.redo", {LEAD}),
    Action("groups.pin", {LEAD}),
    Action("groups.solve_rest", {LEAD}),
    Action("groups.ask_price", {LEAD}),
    Action("groups.keep_price", {LEAD}),
    Action("groups.name_proposal", {LEAD}),
    Action("groups.archive_proposal", {LEAD}),
    Action("groups.restore_proposal", {LEAD}),
    Action("groups.publish", {LEAD}),
    Action("groups.take_back", {LEAD}),
    Action(
        "groups.join_group",
        PARTICIPANTS,
        at={"formation_id": "@choosing", "group_id": "@chosen"},
    ),
    Action("groups.enter_group_code", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.found_group", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.leave_group", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.stop_waiting", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.change_own_code", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.note_choice_news", PARTICIPANTS, at={"formation_id": "@choosing"}),
    Action("groups.change_choices", {LEAD}, at={"formation_id": "@choosing"}),
    Action("groups.put_into_group", {LEAD}, at={"formation_id": "@choosing"}),
    Action("groups.add_chosen_group", {LEAD}, at={"formation_id": "@choosing"}),
    Action(
        "groups.remove_chosen_group",
        {LEAD},
        at={"formation_id": "@choosing", "group_id": "@chosen"},
    ),
    Action(
        "groups.change_group_code",
        {LEAD},
        at={"formation_id": "@choosing", "group_id": "@chosen"},
    ),
    Action("groups.close_choices", {LEAD}, at={"formation_id": "@choosing"}),
    Action("groups.reopen_choices", {LEAD}, at={"formation_id": "@choosing"}),
    Action("groups.fill_rest", {LEAD}, at={"formation_id": "@choosing"}),
    Action("groups.create_choice", {LEAD}),
    Action("groups.take_lms_groups", {LEAD}),
    Action("groups.upload_groups", {LEAD}),
    Action("groups.take_file_groups", {LEAD}),
    Action("groups.drop_file_groups", {LEAD}),
    Action("groups.restore", {LEAD}),
    Action("groups.bring_back_groups", {LEAD}),
    Action("groups.compute_changes", {LEAD}),
    Action("groups.adopt_change", {LEAD}),
    Action("groups.place_by_hand", {LEAD}),
    Action("groups.see", PARTICIPANTS),
    Action("groups.start_room", {LEAD}),
    Action("groups.open_room", {LEAD}),
    Action("groups.close_room", {LEAD}),
    Action("groups.put_round_away", {LEAD}, at=_SURVEY),
    Action("groups.bring_round_back", {LEAD}),
    Action("groups.room_idea", PARTICIPANTS),
    Action("groups.mark", PARTICIPANTS, at={"formation_id": "@together"}),
    Action("groups.room_topic", {LEAD}),
    Action("groups.room_merge", {LEAD}),
    Action("groups.room_remove", {LEAD}),
    Action("groups.room_restore", {LEAD}),
    Action("groups.room_stage", {LEAD}),
    Action("groups.room_sizes", {LEAD}),
    Action("groups.balance", {LEAD}),
    Action("groups.put_late_in", {LEAD}),
    Action("groups.undo_room", {LEAD}),
    Action("groups.publish_room", {LEAD}),
    # Projects
    Action(
        "projects.hand_in",
        {MIA, MAX},
        missing={BEN, "bea"},
        form={"text": "A new version"},
    ),
    Action("projects.review", {LEAD, REVIEWER}),
    Action("projects.take_back", {LEAD, REVIEWER}),
    Action("projects.let_count", {LEAD, REVIEWER}),
    Action("projects.save_settings", {LEAD}),
    Action("projects.set_slot", {LEAD}),
    Action("projects.record_presentation", {LEAD}),
    Action("projects.undo_presentation", {LEAD}),
    # Worksheet
    Action("worksheet.begin", PARTICIPANTS),
    Action("worksheet.save_page", _WRITERS, missing={"bea"}),
    Action("worksheet.save_field", PARTICIPANTS),
    Action("worksheet.settle", _WRITERS, missing={"bea"}),
    Action("worksheet.hand_in", _WRITERS, missing={"bea"}),
    Action("worksheet.add_actor", _WRITERS, missing={"bea"}),
    Action(
        "worksheet.change_actor",
        {MIA},
        missing=_NOT_MIA,
        form={
            "uuid": "actor",
            "label": "School",
            "type": "school",
            "status": "known",
            "closeness": "1",
        },
    ),
    Action("worksheet.set_closeness", {MIA}, missing=_NOT_MIA),
    Action("worksheet.remove_actor", {MIA}, missing=_NOT_MIA),
    Action("worksheet.restore_actor", {MIA}, missing=_NOT_MIA),
    Action("worksheet.set_tie", _WRITERS, missing={"bea"}),
    Action("worksheet.remove_tie", {MIA}, missing=_NOT_MIA),
    Action("worksheet.restore_tie", {MIA}, missing=_NOT_MIA),
    Action("worksheet.share", PARTICIPANTS),
    Action("worksheet.open_shared", ORGANISERS, missing=PARTICIPANTS),
    Action("worksheet.save_settings", {LEAD}),
    # Attendance
    Action("attendance.add", ORGANISERS),
    Action("attendance.give_dates", ORGANISERS),
    Action("attendance.change", ORGANISERS),
    Action("attendance.cancel", ORGANISERS),
    Action("attendance.reinstate", ORGANISERS),
    Action("attendance.record", {*ORGANISERS, SPEAKER}),
    Action("attendance.sign_off", {*ORGANISERS, SPEAKER}),
    Action("attendance.record_matrix", ORGANISERS),
    # Certificate
    Action("certificate.decide", {LEAD, EXAMINER}),
    Action("certificate.decide", {LEAD}, form={"decision": "deny"}),
    Action("certificate.decide", {LEAD}, form={"decision": "confirm"}),
    Action("certificate.decide", {LEAD}, form={"decision": "revoke"}),
    Action("certificate.decide", {EXAMINER}, form={"decision": "countersign"}),
    Action("certificate.publish", {LEAD}),
    # Gradebook
    Action("gradebook.again", ORGANISERS),
    Action("gradebook.failed_again", ORGANISERS),
    Action("gradebook.check", ORGANISERS),
    Action("gradebook.compare", ORGANISERS),
    Action("gradebook.leave", ORGANISERS),
    Action("gradebook.ask_again", ORGANISERS),
    Action("gradebook.leave_all", ORGANISERS),
    Action("gradebook.missing_again", ORGANISERS),
    # Adding activities
    Action("deep_linking.add", {ADDING}, missing=MEMBERS - {ADDING, PREVIEW}),
    Action("deep_linking.cancel", {ADDING}, missing=MEMBERS - {ADDING, PREVIEW}),
)

PUBLIC: dict[str, dict[str, int]] = {
    "documents.front": {"GET /": 200},
    "documents.document": {
        "GET /docs/": 200,
        "GET /docs/privacy": 200,
        "GET /docs/no-such-page": 404,
    },
    "documents.privacy": {"GET /privacy": 302},
    "documents.accessibility": {"GET /accessibility": 302},
    "documents.imprint": {"GET /imprint": 302},
    "health.healthz": {"GET /healthz": 200},
    "health.readyz": {"GET /readyz": 200},
    "metrics.show": {"GET /metrics": 404},
    "door.ask": {"GET /room": 200, "GET /room?code=zzz": 303},
    "door.enter": {"GET /room/ZZZZZZ": 404},
    "registration.offer": {"GET /lti/register": 403},
    "registration.confirm": {"POST /lti/register": 400},
    "entrance.config": {"GET /lti/config.json": 200},
    "entrance.jwks": {"GET /lti/jwks": 200},
    "entrance.kept": {"GET /lti/cookie": 200},
    "entrance.login": {"GET /lti/login": 400, "POST /lti/login": 400},
    "entrance.launch": {"POST /lti/launch": 400, "GET /lti/launch": 405},
    "entrance.take_notices": {"POST /lti/notices": 400, "GET /lti/notices": 405},
    "static": {"GET /static/app.css": 200, "GET /static/../settings.py": 404},
}
"""Routes outside any course, and what somebody without a launch gets."""


def _readers() -> dict[str, frozenset[str]]:
    told = {
        TITLE: MEMBERS,
        secret("earlier", "title"): frozenset({LEAD}),
        secret("waiting", "theme"): ORGANISERS,
        **{secret(whose, "file"): frozenset({LEAD}) for whose in ("max", "bea")},
    }
    for meeting in ("meeting", "next"):
        told |= {secret(meeting, what): MEMBERS for what in ("theme", "place")}
    for formation in ("first", "second", "third", "together", "chosen"):
        told[secret(formation, "round")] = LOOKING_ON | {LEAD}
    told[secret("survey", "purpose")] = LOOKING_ON | {LEAD}
    told[secret("rule", "purpose")] = told[secret("pair", "note")] = {LEAD}
    for place in ("platform", "uploaded"):
        told[secret(place, "group")] = frozenset({LEAD})
    told[secret("choice", "topic")] = LOOKING_ON | {LEAD}
    for topic in ("north", "south", "east", "west", "air", "sea"):
        told[secret(topic, "topic")] = LOOKING_ON | TEAM
    for group, members in (("north", {MIA, MAX}), ("south", {BEN, "bea"})):
        told[secret(group, "comment")] = frozenset({*members, LEAD, REVIEWER})
        # The examiner reads what was accepted, and not what was said on the way.
        for what in ("handin", "link"):
            told[secret(group, what)] = frozenset(
                {*members, LEAD, REVIEWER, *({EXAMINER} if group == "south" else ())}
            )
    for asker in ASKERS:
        told |= _readers_about(asker.key)
    return told


def _readers_about(key: str) -> dict[str, frozenset[str]]:
    return {
        # Staff without a duty see dates, not who takes part.
        secret(key, "name"): MEMBERS if key in STAFF else TEAM | LOOKING_ON,
        secret(key, "mail"): frozenset({key, *ORGANISERS}),
        secret(key, "network"): TEAM | LOOKING_ON,
        secret(key, "region"): TEAM | LOOKING_ON,
        secret(key, "question"): TEAM | {key},
        secret(key, "excuse"): frozenset({key, *ORGANISERS, SPEAKER}),
        secret(key, "denial"): DOSSIER | {key},
        **{
            secret(key, what): frozenset({key})
            for what in ("answer", "draft", "shared", "actor", "partner")
        },
    }


READERS = _readers()
"""Who may be shown a planted word on any page that is only looked at."""

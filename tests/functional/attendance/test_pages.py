"""Who sees and records what, by real launches."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.attendance import evidence, service
from lti_tool.attendance.models import Evidence
from lti_tool.attendance.rules import State
from lti_tool.courses import service as courses
from lti_tool.courses.models import ErasableText
from tests.functional.attendance.conftest import Arrive, Scene
from tests.signing_platform import Visitor

pytestmark = pytest.mark.sqlite


def enter_list(scene: Scene, **states: str) -> dict[str, object]:
    """Return the form of a list: ``p7="absent"`` for the person with sub 7."""
    sent: dict[str, object] = {"seen": newest(scene)}
    for who, state in states.items():
        sent[f"state-{scene.ids[who[1:]]}"] = state
    return sent


def newest(scene: Scene) -> int:
    with scene.database.reading(scene.course_id) as session:
        return evidence.newest(session)


def state_of(scene: Scene, sub: str, meeting_id: int | None = None) -> str:
    with scene.database.reading(scene.course_id) as session:
        marks = service.matrix(session, person_id=scene.ids[sub])
        mark = marks.get((meeting_id or scene.past, scene.ids[sub]))
        return mark.state if mark is not None else "nothing"


def page_of(scene: Scene, meeting_id: int | None = None) -> str:
    return f"attendance/meetings/{meeting_id or scene.past}"


# --- Planning ------------------------------------------------------------------


def new_meeting(**changes: str) -> dict[str, str]:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    return {
        "kind": "onsite",
        "theme": "Auftakt in Kiel",
        "day": tomorrow,
        "starts": "09:00",
        "ends": "17:00",
        "minutes": "360",
        "place": "Haus der Wirtschaft",
        "speaker_names": "Dr. Gast, Frau Beispiel",
        **changes,
    }


def test_a_lead_plans_a_meeting_and_everybody_sees_the_date(
    lead: Visitor, arrive: Arrive
) -> None:
    answer = lead.post("attendance/meetings/new", new_meeting())

    assert answer.status_code == 200
    assert "The meeting is in the plan." in answer.text
    for visitor in (arrive("7"), arrive("5", "Instructor")):
        page = visitor.get("attendance/").text
        assert "Auftakt in Kiel" in page
        assert "Dr. Gast, Frau Beispiel" in page
        assert "8 units" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"theme": ""}, "Give the meeting a theme."),
        ({"ends": "08:00"}, "It must end after it begins"),
        ({"minutes": "0"}, "Enter 1 to 1440 minutes."),
        ({"video_url": "javascript:alert(1)"}, "Enter a full address"),
        ({"day": "soon"}, "Not a valid date value."),
    ],
)
def test_a_meeting_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    lead: Visitor, changes: dict[str, str], said: str
) -> None:
    answer = lead.post("attendance/meetings/new", new_meeting(**changes))

    assert answer.status_code == 422
    assert said in answer.text
    assert "Haus der Wirtschaft" in answer.text


def test_without_minutes_the_meeting_teaches_from_begin_to_end(lead: Visitor) -> None:
    lead.post(
        "attendance/meetings/new", new_meeting(minutes="", starts="17:00", ends="18:30")
    )

    assert "2 units" in lead.get("attendance/").text


def test_a_cancelled_meeting_stays_visible_and_leaves_the_plan(
    scene: Scene, lead: Visitor
) -> None:
    lead.post(f"{page_of(scene, scene.coming)}/cancel")

    assert "cancelled" in lead.get("attendance/").text
    with scene.database.reading(scene.course_id) as session:
        states = {o.reference: o.state for o in courses.opportunities(session)}
    assert states[str(scene.coming)] == "cancelled"


# --- Recording -----------------------------------------------------------------


def test_a_recorded_list_becomes_evidence_and_achievements(
    scene: Scene, lead: Visitor
) -> None:
    answer = lead.post(
        f"{page_of(scene)}/list", enter_list(scene, p7="on_site", p8="excused")
    )

    assert "2 entries saved." in answer.text
    with scene.database.reading(scene.course_id) as session:
        got = {a.person_id: (a.state, a.minutes) for a in courses.achievements(session)}
        assert evidence.first_break(session) is None
    assert got == {scene.ids["7"]: ("on_site", 90), scene.ids["8"]: ("excused", 0)}


def test_one_button_answers_for_everybody_who_is_still_open(
    scene: Scene, lead: Visitor
) -> None:
    sent = enter_list(scene, p7="absent", p8="open") | {"fill": "by_video"}

    lead.post(f"{page_of(scene)}/list", sent)

    assert (state_of(scene, "7"), state_of(scene, "8")) == ("absent", "by_video")


def test_who_left_early_is_credited_the_minutes_attended(
    scene: Scene, lead: Visitor, arrive: Arrive
) -> None:
    sent = enter_list(scene, p7="on_site") | {f"minutes-{scene.ids['7']}": "45"}

    lead.post(f"{page_of(scene)}/list", sent)

    assert "45 of 90 minutes" in arrive("7").get("attendance/").text


def test_before_a_meeting_people_can_be_excused_but_not_present(
    scene: Scene, lead: Visitor
) -> None:
    early = lead.post(
        f"{page_of(scene, scene.coming)}/list",
        enter_list(scene, p7="on_site", p8="excused"),
    )
    excused = lead.post(
        f"{page_of(scene, scene.coming)}/list", enter_list(scene, p7="excused")
    )

    assert early.status_code == 422
    assert "has not begun" in early.text
    assert state_of(scene, "8", scene.coming) == "nothing"
    assert excused.status_code == 200
    assert state_of(scene, "7", scene.coming) == "excused"


def test_what_somebody_else_recorded_meanwhile_is_kept_and_named(
    scene: Scene, lead: Visitor, arrive: Arrive
) -> None:
    old_page = enter_list(scene, p7="on_site", p8="on_site")
    arrive("2", "Instructor").post(
        f"{page_of(scene)}/list", enter_list(scene, p7="absent")
    )

    answer = lead.post(f"{page_of(scene)}/list", old_page)

    assert "Mia Muster" in answer.text.split("Somebody else recorded")[1][:200]
    assert (state_of(scene, "7"), state_of(scene, "8")) == ("absent", "on_site")


def test_the_matrix_changes_only_the_cells_that_were_touched(
    scene: Scene, lead: Visitor
) -> None:
    late = enter_list(scene, p7="on_site") | {f"minutes-{scene.ids['7']}": "45"}
    lead.post(f"{page_of(scene)}/list", late)
    cells = {
        f"m{scene.past}-p{scene.ids['7']}": "on_site",
        f"m{scene.past}-p{scene.ids['8']}": "absent",
    }

    answer = lead.post("attendance/matrix", cells | {"seen": newest(scene)})

    assert "1 entry saved." in answer.text
    assert "45" in lead.get(page_of(scene)).text
    assert state_of(scene, "8") == "absent"


def test_an_unknown_state_is_refused(scene: Scene, lead: Visitor) -> None:
    answer = lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="asleep"))

    assert answer.status_code == 422
    assert state_of(scene, "7") == "nothing"


# --- Signing off ---------------------------------------------------------------


def test_a_list_with_gaps_cannot_be_signed_off(scene: Scene, lead: Visitor) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="on_site"))

    answer = lead.post(f"{page_of(scene)}/sign-off")

    assert answer.status_code == 409
    assert "Nothing is recorded for 1 person yet." in answer.text


def test_after_sign_off_a_change_needs_a_reason_that_the_person_can_read(
    scene: Scene, lead: Visitor, arrive: Arrive
) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="absent", p8="on_site"))
    lead.post(f"{page_of(scene)}/sign-off")

    without = lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="by_video"))
    with_reason = lead.post(
        f"{page_of(scene)}/list",
        enter_list(scene, p7="by_video") | {"reason": "Was in the second room"},
    )

    assert without.status_code == 422
    assert "Write why you correct it" in without.text
    assert "1 entry saved." in with_reason.text
    assert "Was in the second room" in arrive("7").get("attendance/").text
    assert "Was in the second room" not in arrive("8").get("attendance/").text


def test_an_erased_reason_leaves_the_chain_whole(scene: Scene, lead: Visitor) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="absent", p8="on_site"))
    lead.post(f"{page_of(scene)}/sign-off")
    lead.post(
        f"{page_of(scene)}/list",
        enter_list(scene, p7="excused") | {"reason": "Written later"},
    )

    with scene.database.transaction(scene.course_id) as session:
        for row in session.scalars(select(ErasableText)):
            row.text = row.salt = None

    assert "reason erased" in lead.get(page_of(scene)).text
    with scene.database.reading(scene.course_id) as session:
        assert evidence.first_break(session) is None


def test_evidence_can_be_neither_changed_nor_removed(
    scene: Scene, lead: Visitor
) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="absent"))

    with scene.database.transaction(scene.course_id) as session:
        row = session.scalars(select(Evidence)).one()
        row.minutes = 90
        with pytest.raises(RuntimeError, match="only ever appended"):
            session.flush()
        session.expire(row)


def test_longer_meetings_credit_those_who_attended_the_whole(
    scene: Scene, lead: Visitor
) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="on_site", p8="absent"))
    page = lead.get(f"{page_of(scene)}/edit").text
    day = page.split('name="day"')[1].split('value="')[1].split('"')[0]

    lead.post(
        f"{page_of(scene)}/edit",
        new_meeting(day=day, starts="09:00", ends="11:00", minutes="120"),
    )

    with scene.database.reading(scene.course_id) as session:
        marks = service.matrix(session)
        assert evidence.first_break(session) is None
    assert marks[scene.past, scene.ids["7"]].minutes == 120
    assert marks[scene.past, scene.ids["8"]].state is State.ABSENT


# --- Who may --------------------------------------------------------------------


def visitors(arrive: Arrive) -> dict[str, Visitor]:
    return {
        "lead": arrive("1", "Instructor"),
        "assistant": arrive("2", "Instructor"),
        "speaker": arrive("3", "Instructor", name="Sven Sprecher"),
        "other speaker": arrive("4", "Instructor"),
        "no duty": arrive("5", "Instructor"),
        "participant": arrive("7"),
        "other course": arrive("9", "Instructor", course="c2"),
    }


def test_a_list_opens_for_organisers_and_the_speakers_of_that_meeting(
    scene: Scene, arrive: Arrive
) -> None:
    seen = {
        who: v.get(page_of(scene)).status_code for who, v in visitors(arrive).items()
    }

    assert seen == {
        "lead": 200,
        "assistant": 200,
        "speaker": 200,
        "other speaker": 403,
        "no duty": 403,
        "participant": 403,
        "other course": 404,
    }


def test_only_they_can_record_and_sign_off(scene: Scene, arrive: Arrive) -> None:
    people = visitors(arrive)
    for who in ("other speaker", "no duty", "participant", "other course"):
        sent = enter_list(scene, p7="on_site", p8="on_site")
        assert people[who].post(f"{page_of(scene)}/list", sent).status_code in {
            403,
            404,
        }
        assert people[who].post(f"{page_of(scene)}/sign-off").status_code in {403, 404}
    assert state_of(scene, "7") == "nothing"

    speaker = people["speaker"]
    speaker.post(
        f"{page_of(scene)}/list", enter_list(scene, p7="on_site", p8="on_site")
    )
    answer = speaker.post(f"{page_of(scene)}/sign-off")

    assert "Signed off by Sven Sprecher" in answer.text


def test_the_matrix_shows_nobody_to_participants_and_speakers(
    scene: Scene, arrive: Arrive
) -> None:
    seen = {
        who: v.get("attendance/matrix").status_code
        for who, v in visitors(arrive).items()
    }

    assert {who for who, status in seen.items() if status == 200} == {
        "lead",
        "assistant",
        "other course",
    }
    assert (
        "Mia Muster"
        not in arrive("9", "Instructor", course="c2").get("attendance/matrix").text
    )


def test_participants_see_their_own_attendance_only(
    scene: Scene, lead: Visitor, arrive: Arrive
) -> None:
    lead.post(f"{page_of(scene)}/list", enter_list(scene, p7="on_site", p8="absent"))

    mia, pia = arrive("7").get("attendance/").text, arrive("8").get("attendance/").text

    assert "You were there on site" in mia
    assert "You have attended 2 of 6 planned units" in mia
    assert "You were absent" in pia
    assert "Pia Probe" not in mia


def test_a_person_of_another_course_cannot_be_recorded(
    scene: Scene, lead: Visitor, arrive: Arrive
) -> None:
    arrive("12", course="c2")
    with scene.database.transaction(scene.course_id) as session:
        meeting = service.get_meeting(session, scene.past)
        with pytest.raises(service.NotFoundError):
            service.record(
                session,
                meeting,
                {9999: service.Wish(State.ABSENT)},
                hand=evidence.Hand(1),
                seen=0,
            )


def test_staff_who_look_on_as_participants_see_dates_and_no_list(
    scene: Scene, arrive: Arrive
) -> None:
    looking = arrive("2", "Learner")

    assert "Netzwerke verstehen" in looking.get("attendance/").text
    assert looking.get(page_of(scene)).status_code == 403


# --- On the course home ----------------------------------------------------------


def test_the_home_names_the_next_meeting_and_the_lists_that_wait(
    scene: Scene, arrive: Arrive
) -> None:
    lead, speaker, participant = (
        arrive("1", "Instructor"),
        arrive("3", "Instructor"),
        arrive("7"),
    )

    assert "2 attendance lists wait for you" in lead.get().text
    assert "1 attendance list waits for you" in speaker.get().text
    assert "Next: Verstetigung" in participant.get().text
    assert "wait for you" not in participant.get().text


def test_in_an_empty_course_the_lead_is_led_to_the_first_meeting(lead: Visitor) -> None:
    assert "Plan the kick-off first" in lead.get("attendance/").text

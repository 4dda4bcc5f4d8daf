"""Standings and decisions, by real launches."""

import pytest
from sqlalchemy import select

from lti_tool.certificate import service
from lti_tool.certificate.models import Decision
from lti_tool.courses import service as courses
from lti_tool.courses.models import ErasableText
from tests.functional.certificate.conftest import Arrive, Scene
from tests.signing_platform import Visitor

pytestmark = pytest.mark.sqlite


def decide(scene: Scene, visitor: Visitor, sub: str, decision: str, **more: str):
    sent = {"decision": decision, "seen": scene.seen(sub), **more}
    return visitor.post(f"certificate/people/{scene.ids[sub]}/decision", sent)


# --- The participant's page ---------------------------------------------------------


def test_a_participant_reads_what_is_missing_and_what_may_still_be_missed(
    scene: Scene, enter: Arrive
) -> None:
    scene.achieve("7", "meeting", "kickoff", "on_site")
    scene.achieve("7", "meeting", "webinars", "by_video")
    scene.achieve("7", "worksheet", "start", "handed_in")

    page = enter("7").get("certificate/").text

    assert "You can reach the certificate." in page
    assert (
        "Still missing: 6 units, 1 mandatory meeting, 1 worksheet, the accepted project, and the presentation."
        in page
    )
    assert "34 of 50 units attended so far, 40 are needed." in page
    assert (
        "You can still miss 10 units, which is less than any meeting that is left."
        in page
    )
    assert "Abschluss in Jena" in page
    assert "+16 units, mandatory" in page


def test_with_a_short_meeting_ahead_the_buffer_is_simply_told(
    scene: Scene, enter: Arrive
) -> None:
    scene.plan_webinars(units=2)

    assert "You can still miss 10.4 units." in enter("7").get("certificate/").text


def test_who_missed_the_kickoff_reads_why_and_whom_to_ask(
    scene: Scene, enter: Arrive
) -> None:
    scene.achieve("7", "meeting", "kickoff", "absent")

    page = enter("7").get("certificate/").text

    assert "can no longer be reached. Only people decide" in page
    assert "“Auftakt in Kiel”: you were absent." in page
    assert "Only 34 of 50 units can still be reached, 40 are needed." in page
    assert "Tell Leonie Leitner." in page


def test_a_meeting_that_nobody_recorded_is_named_as_a_gap(
    scene: Scene, enter: Arrive
) -> None:
    page = enter("7").get("certificate/").text

    assert "2 meetings took place but are not recorded yet." in page


def test_who_has_done_everything_waits_and_need_not_do_anything(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")

    assert "A lead of the course confirms next" in enter("7").get("certificate/").text


def test_the_shipped_rules_are_called_an_assumption(
    scene: Scene, enter: Arrive
) -> None:
    assert "This is an assumption" in enter("7").get("certificate/").text
    assert "which is an assumption" in enter("1").get("certificate/").text


# --- Confirming -----------------------------------------------------------------------


def test_a_confirmation_reaches_the_participant_and_the_gradebook(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")

    answer = decide(scene, enter("1"), "7", "confirm")

    assert "Your decision is stored." in answer.text
    assert scene.score("7") == 1.0
    page = enter("7").get("certificate/").text
    assert "Congratulations: your certificate is confirmed." in page
    assert "Leonie Leitner confirmed the certificate." in page
    assert "It is on its way into your gradebook." in page
    assert "Congratulations" in enter("7").get().text


def test_a_confirmation_of_what_has_changed_meanwhile_is_refused(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    old = scene.seen("7")
    scene.achieve("7", "meeting", "webinars", "excused")

    answer = decide(scene, enter("1"), "7", "confirm", seen=old)

    assert answer.status_code == 409
    assert (
        "have changed since you opened the page, so nothing was stored" in answer.text
    )
    assert scene.score("7") is None


def test_who_does_not_meet_every_requirement_cannot_be_confirmed(
    scene: Scene, enter: Arrive
) -> None:
    answer = decide(scene, enter("1"), "7", "confirm")

    assert answer.status_code == 409
    assert "Not every requirement is met" in answer.text


def test_nobody_is_confirmed_twice(scene: Scene, enter: Arrive) -> None:
    scene.complete("7")
    lead = enter("1")
    decide(scene, lead, "7", "confirm")

    answer = decide(scene, lead, "7", "confirm")

    assert answer.status_code == 409
    with scene.database.reading(scene.course_id) as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_nothing_is_sent_to_the_gradebook_before_a_person_decides(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    scene.achieve("8", "meeting", "kickoff", "absent")

    for sub in ("7", "8"):
        enter(sub).get("certificate/")
    enter("1").get("certificate/")

    assert scene.score("7") is None
    assert scene.score("8") is None


def test_a_denial_needs_a_reason_and_what_was_typed_stays(
    scene: Scene, enter: Arrive
) -> None:
    without = decide(scene, enter("1"), "8", "deny", reason="  ")
    with_reason = decide(
        scene, enter("1"), "8", "deny", reason="Left the course in May"
    )

    assert without.status_code == 422
    assert "Write a reason." in without.text
    assert with_reason.status_code == 200
    assert scene.score("8") == 0.0
    assert "Left the course in May" in enter("8").get("certificate/").text
    assert "Left the course in May" not in enter("7").get("certificate/").text


def test_a_revoked_certificate_shows_both_decisions_and_can_be_confirmed_again(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    lead = enter("1")
    decide(scene, lead, "7", "confirm")
    decide(scene, lead, "7", "revoke", reason="Signed for somebody else")

    page = enter("7").get("certificate/").text

    assert scene.score("7") == 0.0
    assert "Your certificate was revoked." in page
    assert "Leonie Leitner confirmed the certificate." in page
    assert decide(scene, lead, "7", "confirm").status_code == 200
    assert scene.score("7") == 1.0


def test_an_erased_reason_is_gone_and_the_decision_stays(
    scene: Scene, enter: Arrive
) -> None:
    decide(scene, enter("1"), "8", "deny", reason="Something private")

    with scene.database.transaction(scene.course_id) as session:
        for row in session.scalars(select(ErasableText)):
            row.text = row.salt = None

    page = enter("8").get("certificate/").text
    assert "The reason was erased." in page
    assert "Something private" not in page


def test_decisions_can_be_neither_changed_nor_removed(
    scene: Scene, enter: Arrive
) -> None:
    decide(scene, enter("1"), "8", "deny", reason="Left")

    with scene.database.transaction(scene.course_id) as session:
        row = session.scalars(select(Decision)).one()
        row.kind = "confirm"
        with pytest.raises(RuntimeError, match="only ever appended"):
            session.flush()
        session.expire(row)


def test_evidence_that_changes_after_the_confirmation_is_pointed_out(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    decide(scene, enter("1"), "7", "confirm")
    scene.achieve("7", "meeting", "closing", "absent")

    assert (
        "The evidence changed after the decision."
        in enter("1").get("certificate/").text
    )
    assert scene.award("7") == "confirmed"


# --- Four eyes ----------------------------------------------------------------------


def test_where_the_ihk_confirms_second_the_gradebook_waits_for_the_examiner(
    scene: Scene, enter: Arrive
) -> None:
    scene.option(service.SECOND, value=True)
    scene.complete("7")

    decide(scene, enter("1"), "7", "confirm")
    between = (scene.award("7"), scene.score("7"))
    answer = decide(scene, enter("3"), "7", "countersign")

    assert between == ("half", None)
    assert "Ernst Prüfer confirmed the certificate for the IHK." in answer.text
    assert scene.score("7") == 1.0


def test_one_person_cannot_confirm_twice_even_with_both_duties(
    scene: Scene, enter: Arrive
) -> None:
    scene.option(service.SECOND, value=True)
    scene.complete("7")
    with scene.database.transaction(scene.course_id) as session:
        courses.set_duties(
            session, scene.ids["1"], ["lead", "examiner"], by=scene.ids["1"]
        )
    lead = enter("1")
    decide(scene, lead, "7", "confirm")

    answer = decide(scene, lead, "7", "countersign")

    assert answer.status_code == 409
    assert "has to come from another person" in answer.text
    assert scene.score("7") is None


# --- The team's list ------------------------------------------------------------------


def test_the_list_shows_everybody_and_filters_what_waits(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    scene.achieve("8", "meeting", "kickoff", "absent")
    lead = enter("1")

    everybody = lead.get("certificate/").text
    waiting = lead.get("certificate/", show="waiting").text
    lost = lead.get("certificate/", show="unreachable").text

    assert all(name in everybody for name in ("Mia Muster", "Pia Probe", "Ole Olsen"))
    assert "Mia Muster" in waiting
    assert "Pia Probe" not in waiting
    assert "Pia Probe" in lost
    assert "Mia Muster" not in lost


def test_who_cannot_afford_the_next_meeting_is_at_risk(
    scene: Scene, enter: Arrive
) -> None:
    scene.plan_webinars(units=14)
    scene.achieve("7", "meeting", "kickoff", "on_site")
    scene.achieve("7", "meeting", "webinars", "on_site")

    page = enter("1").get("certificate/", show="risk").text
    mine = enter("7").get("certificate/").text

    assert "at risk: one more absence could be too much" in page
    assert "Mia Muster" in page
    assert "You can still miss 12.8 units, which is less than any meeting" in mine


def test_the_home_tells_the_lead_what_waits(scene: Scene, enter: Arrive) -> None:
    scene.complete("7")

    assert "1 certificate waits for your confirmation" in enter("1").get().text
    assert "waits for your confirmation" not in enter("2").get().text


# --- Rules ------------------------------------------------------------------------------

CHOSEN = {
    "min_pct": "60",
    "excused": "count",
    "mandatory": ["closing"],
    "passed": ["project"],
    "course_units": "40",
}


def test_new_rules_show_whom_they_move_before_they_hold(
    scene: Scene, enter: Arrive
) -> None:
    scene.achieve("8", "meeting", "kickoff", "excused")
    lead = enter("1")

    tried = lead.post("certificate/rules", CHOSEN | {"step": "try"})
    before = enter("8").get("certificate/").text
    lead.post("certificate/rules", CHOSEN | {"step": "publish"})
    after = enter("8").get("certificate/").text

    assert "These rules would move 1 person:" in tried.text
    assert "Pia Probe: no longer reachable → open" in tried.text
    assert "can no longer be reached" in before
    assert "You can reach the certificate." in after
    assert "Rules of this course, version 1." in after


def test_a_share_beyond_all_is_no_rule(scene: Scene, enter: Arrive) -> None:
    answer = enter("1").post(
        "certificate/rules", CHOSEN | {"min_pct": "120", "step": "publish"}
    )

    assert answer.status_code == 422
    assert "Enter a number from 1 to 100." in answer.text


def test_published_rules_do_not_touch_what_was_confirmed(
    scene: Scene, enter: Arrive
) -> None:
    scene.complete("7")
    lead = enter("1")
    decide(scene, lead, "7", "confirm")

    lead.post("certificate/rules", CHOSEN | {"course_units": "900", "step": "publish"})

    assert scene.award("7") == "confirmed"
    assert scene.score("7") == 1.0


# --- Who may -------------------------------------------------------------------------------


def visitors(enter: Arrive) -> dict[str, Visitor]:
    return {
        "lead": enter("1"),
        "assistant": enter("2"),
        "examiner": enter("3"),
        "speaker": enter("4"),
        "no duty": enter("5"),
        "participant": enter("7"),
        "other course": enter("1", course="c2"),
    }


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (
            "certificate/",
            {"lead", "assistant", "examiner", "participant", "other course"},
        ),
        ("certificate/rules", {"lead", "assistant", "examiner", "other course"}),
        ("certificate/people/{pia}", {"lead", "assistant", "examiner"}),
    ],
)
def test_only_these_see_a_page(
    scene: Scene, enter: Arrive, path: str, allowed: set[str]
) -> None:
    url = path.format(pia=scene.ids["8"])

    seen = {who: v.get(url).status_code for who, v in visitors(enter).items()}

    assert {who for who, status in seen.items() if status == 200} == allowed
    assert set(seen.values()) <= {200, 403, 404}


def test_only_a_lead_decides_and_publishes(scene: Scene, enter: Arrive) -> None:
    scene.complete("7")
    for who, visitor in visitors(enter).items():
        if who == "lead":
            continue
        assert decide(scene, visitor, "7", "confirm").status_code in {403, 404}, who
        assert decide(scene, visitor, "7", "deny", reason="x").status_code in {
            403,
            404,
        }, who
        if who != "other course":
            assert (
                visitor.post(
                    "certificate/rules", CHOSEN | {"step": "publish"}
                ).status_code
                == 403
            )
    assert decide(scene, enter("1"), "7", "countersign").status_code == 403
    assert scene.score("7") is None


def test_a_participant_reads_nothing_of_another(scene: Scene, enter: Arrive) -> None:
    page = enter("7").get("certificate/").text

    assert "Pia Probe" not in page
    assert enter("7").get(f"certificate/people/{scene.ids['7']}").status_code == 403


def test_staff_have_no_standing(scene: Scene, enter: Arrive) -> None:
    assert enter("1").get(f"certificate/people/{scene.ids['2']}").status_code == 404
    assert "Aylin Assmann" not in enter("1").get("certificate/").text


def test_staff_who_look_on_as_participants_see_an_empty_standing(
    scene: Scene, arrive: Arrive
) -> None:
    looking = arrive("1", "Learner", name="Leonie Leitner")

    assert "You can reach the certificate." in looking.get("certificate/").text
    assert looking.get(f"certificate/people/{scene.ids['7']}").status_code == 403


def test_an_unknown_decision_is_refused(scene: Scene, enter: Arrive) -> None:
    assert decide(scene, enter("1"), "7", "promote").status_code == 400

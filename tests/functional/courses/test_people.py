"""Leads give duties; the platform's list says who is there, and the launch knows better."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from lti_tool.courses import service as courses
from lti_tool.courses.people import waiting_staff
from lti_tool.errors import InvalidError
from lti_tool.persistence.session import Database
from tests.functional.courses.conftest import Numbers, Services
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]


def test_a_lead_gives_a_duty_and_its_pages_open(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    colleague = arrive("2", "Instructor", name="Asta Ahrens")
    assert colleague.get("people/").status_code == 403

    lead.post(f"people/{number('2')}/duties", {"duties": ["assistant"]})

    assert "Asta Ahrens" in colleague.get("people/").text


def test_staff_without_a_duty_see_dates_and_whom_to_ask(
    lead: Visitor, arrive: Arrive
) -> None:
    page = arrive("2", "Instructor", name="Asta Ahrens").get().text

    assert "ask for a duty: Leonie Leitner" in page
    assert "/people/" not in page


def test_new_staff_wait_on_the_leads_home_until_it_is_right_so(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    arrive("2", "Instructor", name="Asta Ahrens")
    assert "Asta Ahrens" in lead.get().text

    lead.post(f"people/{number('2')}/no-duty")

    assert "Asta Ahrens" not in lead.get().text


def test_the_last_lead_cannot_step_down(lead: Visitor, number: Numbers) -> None:
    answer = lead.post(f"people/{number('1')}/duties", {"duties": ["assistant"]})

    assert answer.status_code == 400
    assert "A course needs a lead" in answer.text
    assert lead.get("people/").status_code == 200


def test_a_lead_who_has_gone_does_not_count_as_the_other_lead(
    lead: Visitor,
    arrive: Arrive,
    number: Numbers,
    services: Services,
    fetch: Callable[[], int],
) -> None:
    arrive("2", "Instructor", name="Asta Ahrens", **services.claim)
    lead.post(f"people/{number('2')}/duties", {"duties": ["lead"]})
    services.lists(("1", "Instructor", "Leonie Leitner"))
    services.members.append(
        {"user_id": "2", "roles": ["Instructor"], "status": "Inactive"}
    )
    fetch()

    answer = lead.post(f"people/{number('1')}/duties", {})

    assert answer.status_code == 400


def test_two_leads_who_step_down_at_once_leave_one_lead(
    lead: Visitor,
    arrive: Arrive,
    number: Numbers,
    database: Database,
    course_id: Callable[[], int],
) -> None:
    arrive("2", "Instructor", name="Asta Ahrens")
    lead.post(f"people/{number('2')}/duties", {"duties": ["lead"]})
    both, course, start = [number("1"), number("2")], course_id(), Barrier(2)

    def step_down(person_id: int) -> bool:
        start.wait()
        try:
            with database.transaction(course) as session:
                courses.set_duties(session, person_id, [], by=person_id)
        except InvalidError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(step_down, both)) == [False, True]


def test_a_lead_who_gave_up_the_duty_lands_on_the_home(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    arrive("2", "Instructor", name="Asta Ahrens")
    lead.post(f"people/{number('2')}/duties", {"duties": ["lead"]})

    page = lead.post(f"people/{number('1')}/duties", {})

    assert page.status_code == 200
    assert "ask for a duty: Asta Ahrens" in page.text


def test_participants_and_unknown_duties_are_refused(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    mia = arrive("7")
    colleague = arrive("2", "Instructor")

    assert (
        lead.post(f"people/{number('7')}/duties", {"duties": ["lead"]}).status_code
        == 400
    )
    assert (
        lead.post(f"people/{number('2')}/duties", {"duties": ["king"]}).status_code
        == 400
    )
    assert (
        mia.post(f"people/{number('7')}/duties", {"duties": ["lead"]}).status_code
        == 403
    )
    assert (
        colleague.post(f"people/{number('2')}/duties", {"duties": ["lead"]}).status_code
        == 403
    )


def test_an_assistant_keeps_people_but_gives_no_duties(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    assistant = arrive("2", "Instructor")
    lead.post(f"people/{number('2')}/duties", {"duties": ["assistant"]})

    assert assistant.post("people/by-video").status_code == 200
    assert (
        assistant.post(f"people/{number('2')}/duties", {"duties": ["lead"]}).status_code
        == 403
    )


def test_a_person_of_another_course_is_unknown_here(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    arrive("9", "Instructor", course="c2", name="Fremde Kraft")

    answer = lead.post(f"people/{number('9')}/duties", {"duties": ["lead"]})

    assert answer.status_code == 404
    assert "Fremde Kraft" not in lead.get("people/").text


def test_it_is_noted_who_joins_by_video(
    lead: Visitor,
    arrive: Arrive,
    number: Numbers,
    database: Database,
    course_id: Callable[[], int],
) -> None:
    arrive("7")
    arrive("8")

    lead.post("people/by-video", {"person": [number("8")]})

    with database.reading(course_id()) as session:
        assert [p.joins_by_video for p in courses.participants(session)] == [
            False,
            True,
        ]


def test_two_of_one_name_are_told_apart(lead: Visitor, arrive: Arrive) -> None:
    arrive("7", name="Jana Böhme")
    arrive("8", name="Jana Böhme")

    page = lead.get("people/").text

    assert "Jana Böhme (1)" in page
    assert "Jana Böhme (2)" in page


def test_people_without_a_name_are_shown_by_a_number(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    nobody = arrive("7", name=None)

    assert f"Person {number('7')}" in lead.get("people/").text
    assert nobody.get().status_code == 200


def test_a_list_that_calls_a_teacher_a_learner_leaves_them_staff(
    lead: Visitor,
    arrive: Arrive,
    services: Services,
    fetch: Callable[[], int],
    database: Database,
    course_id: Callable[[], int],
) -> None:
    arrive("2", "Instructor", name="Asta Ahrens", **services.claim)
    services.lists(
        ("1", "Instructor", "Leonie Leitner"), ("2", "Learner", "Asta Ahrens")
    )

    assert fetch() == 1

    with database.reading(course_id()) as session:
        assert [m.name for m in waiting_staff(session)] == ["Asta Ahrens"]
        assert courses.participants(session) == []


def test_staff_known_from_the_list_who_launch_as_learner_only_look_on(
    lead: Visitor,
    arrive: Arrive,
    services: Services,
    fetch: Callable[[], int],
    database: Database,
    course_id: Callable[[], int],
) -> None:
    arrive("7", **services.claim)
    services.lists(("2", "Instructor", "Asta Ahrens"), ("7", "Learner", "Mia Muster"))
    fetch()

    page = arrive("2", "Learner", name="Asta Ahrens").get().text

    assert "Nothing that you enter here is stored" in page
    with database.reading(course_id()) as session:
        assert [p.name for p in courses.participants(session)] == ["Mia Muster"]


def test_people_appear_and_go_with_the_list(
    lead: Visitor, arrive: Arrive, services: Services, fetch: Callable[[], int]
) -> None:
    mia = arrive("7", **services.claim)
    services.lists(("8", "Learner", "Änne Neu"))

    fetch()

    page = lead.get("people/").text
    assert "Änne Neu" in page
    assert "Mia Muster" not in page
    assert mia.get().status_code == 403


def test_an_empty_list_changes_nothing(
    lead: Visitor, arrive: Arrive, services: Services, fetch: Callable[[], int]
) -> None:
    mia = arrive("7", **services.claim)

    fetch()

    assert (
        "The platform sent an empty list, so nothing was changed."
        in lead.get("people/").text
    )
    assert mia.get().status_code == 200


def test_a_refused_list_is_explained_and_can_be_asked_for_again(
    lead: Visitor, arrive: Arrive, services: Services, fetch: Callable[[], int]
) -> None:
    arrive("7", **services.claim)
    services.status = 403
    fetch()
    assert (
        "does not permit this tool to read the list of members"
        in lead.get("people/").text
    )

    services.status = 200
    services.lists(("7", "Learner", "Mia Muster"))
    lead.post("people/refresh")
    fetch()

    assert "does not permit" not in lead.get("people/").text


def test_without_the_service_there_is_nothing_to_refresh(lead: Visitor) -> None:
    assert "does not offer it for this course" in lead.get("people/").text
    assert lead.post("people/refresh").status_code == 400

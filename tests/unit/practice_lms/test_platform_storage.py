"""Platform storage is offered only where somebody asked for it, and to frames only."""

from pathlib import Path

import pytest

from lti_tool.practice_lms import example
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.practice_lms.platform_storage import PlatformStorage

ACTIVITY = "/course/mint-2026/activity/home?as=11"
PERSON, LINK = example.PARTICIPANTS[0], example.MINT_2026.links[0]


def _switch(lms: PracticeLMS, offered: object) -> int:
    answer = lms.test_client().post("/faults", json={"platform_storage": offered})
    return answer.status_code


def _login_target(lms: PracticeLMS, target: str = "iframe") -> str | None:
    return lms.login_fields(PERSON, LINK, target).get("lti_storage_target")


def test_like_moodle_it_offers_none_by_itself(lms: PracticeLMS) -> None:
    client = lms.test_client()

    assert _login_target(lms) is None
    assert "platform_storage" not in client.get(ACTIVITY).text
    assert client.get("/storage").status_code == 404


def test_the_page_around_the_tool_answers_where_it_is_the_target(
    lms: PracticeLMS,
) -> None:
    assert _switch(lms, {}) == 200

    page = lms.test_client().get(ACTIVITY).text
    assert _login_target(lms) == "_parent"
    assert 'data-tool="http://127.0.0.1:8000"' in page
    assert 'data-prefix="lti."' in page
    assert "data-frame" not in page


def test_a_hidden_frame_answers_where_it_is_the_target(lms: PracticeLMS) -> None:
    assert _switch(lms, {"target": "keeper", "legacy": True}) == 200

    client = lms.test_client()
    page, frame = client.get(ACTIVITY).text, client.get("/storage").text
    assert _login_target(lms) == "keeper"
    assert '<iframe name="keeper"' in page
    assert 'data-frame="keeper"' in page
    assert "data-frame" not in frame
    assert 'data-prefix="org.imsglobal.lti."' in frame


def test_a_window_of_its_own_has_nobody_to_ask(lms: PracticeLMS) -> None:
    _switch(lms, {})

    assert _login_target(lms, "window") is None


def test_a_login_need_not_name_who_answers(lms: PracticeLMS) -> None:
    _switch(lms, {"is_named": False})

    assert _login_target(lms) is None
    assert "data-tool" in lms.test_client().get(ACTIVITY).text


def test_the_offer_ends(lms: PracticeLMS) -> None:
    _switch(lms, {})

    assert _switch(lms, None) == 200
    assert _login_target(lms) is None


@pytest.mark.parametrize("offered", [{"target": "no name"}, {"goal": "keeper"}, "yes"])
def test_what_is_no_offer_is_refused(lms: PracticeLMS, offered: object) -> None:
    assert _switch(lms, offered) == 400
    assert _login_target(lms) is None


def test_an_lms_may_offer_it_and_answer_to_other_names_from_the_start(
    data: Path,
) -> None:
    lms = create_lms(
        url="https://lms.test:8001",
        tool_url="https://tool.test:8000",
        data=data,
        platform_storage=PlatformStorage(),
        extra_hosts=["lms.test"],
    )

    assert _login_target(lms) == "_parent"
    statuses = [
        lms.test_client().get(ACTIVITY, headers={"Host": host}).status_code
        for host in ("lms.test:8001", "localhost:8001", "tool.test:8001")
    ]
    assert statuses == [200, 200, 400]
    lms.close()

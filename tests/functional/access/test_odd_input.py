"""Whatever a browser sends, no page fails on it: it is taken, or its sender is told why not."""

import pytest

from tests.signing_platform import Visitor

TOO_LARGE = (2**31, 2**63, 10**20)


@pytest.mark.parametrize("number", TOO_LARGE)
@pytest.mark.parametrize(
    "page", ["groups/{}", "attendance/meetings/{}/edit", "certificate/people/{}"]
)
def test_a_number_that_no_row_can_have_leads_to_no_page(
    lead: Visitor, page: str, number: int
) -> None:
    assert lead.get(page.format(number)).status_code == 404


@pytest.mark.parametrize(
    "action", ["gradebook/{}/again", "attendance/meetings/{}/cancel"]
)
def test_nothing_is_done_to_a_number_that_no_row_can_have(
    lead: Visitor, action: str
) -> None:
    assert lead.post(action.format(10**20)).status_code == 404


def test_an_address_with_nul_leads_to_no_page(lead: Visitor) -> None:
    assert lead.client.get("/l/a%00b/").status_code == 404


def test_nul_does_not_reach_the_database(lead: Visitor) -> None:
    lead.post("groups/new", {"title": "Spring\0time", "groups_wanted": "4"})

    assert "Springtime" in lead.get("groups/1").text


def test_the_language_can_be_switched_on_a_page_whose_address_has_a_line_break(
    lead: Visitor,
) -> None:
    answer = lead.post(
        "language",
        {"language": "de", "back": f"{lead.home}\r\nX-Injected: 1"},
        follow=False,
    )

    assert (answer.status_code, answer.location) == (303, lead.home)
    assert "X-Injected" not in answer.headers

"""Numbers and days that no meeting has are refused in words."""

import pytest


def test_a_meeting_needs_a_usual_year(lead):
    for day in ("0001-01-01", "9999-12-31"):
        answer = lead.post(
            "attendance/meetings/new",
            {
                "kind": "webinar",
                "theme": "Far away",
                "day": day,
                "starts": "00:00",
                "ends": "23:59",
            },
        )

        assert answer.status_code == 422
        assert "year from 2000 to 2100" in answer.text


@pytest.mark.parametrize("field", ["seen", "minutes"])
def test_a_number_of_thousands_of_digits_does_no_harm(lead, scene, field):
    person = scene.ids["7"]
    form = {
        "seen": "0",
        f"state-{person}": "on_site",
        f"minutes-{person}": "",
    }
    name = f"minutes-{person}" if field == "minutes" else field

    answer = lead.post(
        f"attendance/meetings/{scene.past}/list", form | {name: "9" * 5000}
    )

    assert answer.status_code == 200

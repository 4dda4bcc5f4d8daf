"""A deadline lies in a year that a course can have."""


def test_a_deadline_needs_a_usual_year(lead, course):
    for moment in ("0001-01-01T00:00", "9999-12-31T23:59"):
        answer = lead.post("project/settings", {"deadline": moment, "points": ""})

        assert answer.status_code == 422
        assert "year from 2000 to 2100" in answer.text

"""A participant fills in the start, page by page."""

from tests.functional.worksheet.conftest import ANSWERS, Writer


def test_the_overview_says_what_to_do_first(writer: Writer) -> None:
    page = writer.visitor.get("worksheet/").text

    assert "12 prompts, three on a page" in page
    assert "Only you read this." in page
    assert "opens later" in page


def test_every_page_of_the_short_form_opens(writer: Writer) -> None:
    writer.begin()

    for number in range(1, 7):
        answer = writer.visitor.get(f"worksheet/start/{number}")
        assert answer.status_code == 200, number
    assert writer.visitor.get("worksheet/start/8").status_code == 404


def test_without_script_the_button_saves_a_page_and_goes_on(writer: Writer) -> None:
    writer.begin()
    form = {"op": "one", "then": "on"}
    for path in ("A1.text", "A4.choice", "A4.note"):
        form |= {path: ANSWERS[path], f"rev:{path}": "0"}

    answer = writer.visitor.post("worksheet/start/1", form, follow=False)

    assert answer.status_code == 303
    assert answer.location.endswith("/worksheet/start/2")
    assert ANSWERS["A1.text"] in writer.page(1)
    assert 'value="trial" checked' in writer.page(1)


def test_a_field_saved_by_the_script_is_on_the_page_afterwards(writer: Writer) -> None:
    writer.begin()

    said = writer.write("C1.text", "Alle halten.")

    assert said["status"] == 200
    assert said["number"] == 1
    assert "Alle halten." in writer.page(4)


def test_a_text_that_is_too_long_is_kept_in_the_field_and_explained(
    writer: Writer,
) -> None:
    writer.begin()
    long = "x" * 4001

    answer = writer.visitor.post(
        "worksheet/start/1", {"op": "one", "A1.text": long, "rev:A1.text": "0"}
    )

    assert answer.status_code == 422
    assert long in answer.text
    assert "too long" in answer.text
    assert writer.write("A1.text", long)["status"] == 422


def test_an_answer_that_nobody_offered_is_refused(writer: Writer) -> None:
    writer.begin()

    assert writer.write("A4.choice", "perfect")["status"] == 422
    assert writer.write("Z9.text", "x")["status"] == 404


def test_a_phase_that_is_not_open_cannot_be_begun(writer: Writer) -> None:
    answer = writer.visitor.post("worksheet/mid/begin")

    assert answer.status_code == 409
    assert "not open now" in answer.text


def test_two_tabs_keep_both_texts_and_the_owner_chooses(writer: Writer) -> None:
    writer.begin()
    writer.write("A1.text", "Aus dem ersten Fenster")

    said = writer.write("A1.text", "Aus dem zweiten Fenster", base=0)
    page = writer.page(1)

    assert said["status"] == 409
    assert "Aus dem ersten Fenster" in page
    assert "Aus dem zweiten Fenster" in page
    writer.visitor.post(
        "worksheet/start/settle",
        {"path": "A1.text", "number": "2", "keep": "both", "page": "1"},
    )
    page = writer.page(1)
    assert "Aus dem ersten Fenster\n\nAus dem zweiten Fenster" in page
    assert "Two versions" not in page


def test_without_script_a_conflict_leads_back_to_the_choice(writer: Writer) -> None:
    writer.begin()
    writer.write("A1.text", "Eins")

    answer = writer.visitor.post(
        "worksheet/start/1",
        {"op": "b", "then": "on", "A1.text": "Zwei", "rev:A1.text": "0"},
    )

    assert "Two versions" in answer.text
    assert "Eins" in answer.text
    assert "Zwei" in answer.text


def test_a_repeated_request_is_applied_once(writer: Writer) -> None:
    writer.begin()
    first = writer.write("A1.text", "Einmal", op="op-1")
    writer.write("A1.text", "Danach", base=1)

    again = writer.write("A1.text", "Einmal", op="op-1")

    assert (first["status"], again["status"]) == (200, 200)
    assert again["number"] == 1
    assert "Danach" in writer.page(1)


def test_an_unchanged_field_of_an_old_page_overwrites_nothing(writer: Writer) -> None:
    writer.begin()
    writer.write("A1.text", "Alt")
    writer.write("A1.text", "Neu", base=1)

    writer.visitor.post(
        "worksheet/start/1", {"op": "z", "A1.text": "Alt", "rev:A1.text": "1"}
    )

    assert "Neu" in writer.page(1)
    assert "Two versions" not in writer.page(1)

"""The mistakes that a tool can make against Moodle 4.5, and the tests that show that we make none.

    python -m tests.certification.moodle_mistakes

prints them as a table in Markdown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

HOW_MANY = 63
_CERTIFICATION = "tests/certification/test_"
_FUNCTIONAL = "tests/functional/"
_RECORDED = f"{_CERTIFICATION}recorded_moodle.py::test_"
_REFUSED = f"{_CERTIFICATION}refused_launches.py::test_a_launch_with_one_wrong_thing_is_refused"
_BINDING = f"{_CERTIFICATION}binding.py::test_"
_SERVICES = f"{_CERTIFICATION}services.py::test_"
_ROSTER = f"{_FUNCTIONAL}courses/test_roster.py::test_"
_READING = "tests/unit/lti/test_roster.py::test_"
_LINE_ITEMS = f"{_FUNCTIONAL}gradebook/test_line_items.py::test_"
_DELIVERY = f"{_FUNCTIONAL}gradebook/test_delivery.py::test_"
_ANSWERS = f"{_FUNCTIONAL}gradebook/test_delivery_answers.py::test_"
_WHOLE = f"{_FUNCTIONAL}gradebook/test_whole_scores.py::test_"
_SCORES = "tests/unit/lti/test_grades.py::test_every_score_is_"
_TOKENS = f"{_FUNCTIONAL}outgoing/test_tokens.py::test_"
_LOGIN = f"{_FUNCTIONAL}entrance/test_authentication_request.py::test_the_authentication_request_has_every_field_and_the_one_address"
_COOKIES = "tests/browser/test_blocked_cookies.py::test_"
_CHOICE = f"{_FUNCTIONAL}deep_linking/test_"
_REGISTERING = f"{_FUNCTIONAL}registration/test_registering.py::test_"
_COPIES = f"{_FUNCTIONAL}copies/test_"
_GROUPS = f"{_FUNCTIONAL}platform_groups/test_platform_groups.py::test_"
_KEYS = "tests/unit/test_keys.py::test_"
_LOGS = f"{_FUNCTIONAL}logs/test_nothing_leaks.py::test_"
_STATIC = "tests/certification/test_moodle_mistakes.py::test_"


@dataclass(frozen=True)
class Mistake:
    """One mistake in a few words, the tests that cover it, and why it concerns us less where it does."""

    says: str
    tests: tuple[str, ...] = ()
    note: str = ""


def _m(says: str, *tests: str, note: str = "") -> Mistake:
    return Mistake(says, tests, note)


MISTAKES: Mapping[int, Mistake] = {
    1: _m(
        "Believing a learner's review launch for somebody else, which Moodle signs.",
        f"{_RECORDED}a_review_of_somebody_else_forged_by_a_learner_is_refused",
        f"{_RECORDED}a_teacher_who_switched_role_cannot_review_somebody_else",
    ),
    2: _m(
        "Failing on a review launch that names nobody.",
        f"{_RECORDED}a_review_of_nobody_gets_a_page",
        f"{_FUNCTIONAL}review/test_review.py::test_without_a_person_a_page_explains",
    ),
    3: _m(
        "Taking roles from the list of members: it calls non-editing teachers learners.",
        f"{_ROSTER}no_list_makes_staff_of_a_participant_or_the_reverse",
        f"{_READING}a_recorded_list_gives_everybody_with_name_and_role",
        f"{_RECORDED}a_switched_role_gains_nothing_and_spoils_nothing",
    ),
    4: _m(
        "Taking an administrator who launches for a member of the course.",
        f"{_ROSTER}an_administrator_who_is_on_no_list_stays",
        f"{_RECORDED}a_recorded_launch_opens_in_the_right_role",
    ),
    5: _m(
        "Keeping a token beyond its minute, or dating our own ahead of Moodle's clock.",
        f"{_TOKENS}the_assertion_is_what_a_platform_may_ask_for",
        f"{_CHOICE}answers.py::test_an_answer_has_every_claim_that_the_platform_needs",
        f"{_CERTIFICATION}accepted_launches.py::test_a_launch_opens_a_page_in_the_role_of_the_person",
    ),
    6: _m(
        "Repeating the authentication request, whose hint works once.",
        "tests/unit/practice_lms/test_launch_as_moodle.py::test_a_launch_hint_works_once",
        f"{_FUNCTIONAL}connection/test_late_forms.py::test_an_ended_visit_speaks_its_language_and_leads_back_into_the_course",
        f"{_FUNCTIONAL}entrance/test_blocked_cookies.py::test_opening_in_a_window_of_its_own_uses_the_login_of_the_frame_up",
    ),
    7: _m(
        "Asking for a redirect address other than the registered one, or sorting launches by it.",
        _LOGIN,
        f"{_RECORDED}the_custom_parameter_names_the_activity",
    ),
    8: _m(
        "Leaving fields out of the request, or stumbling over an error that comes back.",
        _LOGIN,
        f"{_BINDING}a_platform_that_answers_with_an_error_gets_a_page",
    ),
    9: _m(
        "Leaving protection against repeated launches to Moodle.",
        _REFUSED,
        f"{_BINDING}of_several_posts_at_once_exactly_one_wins",
        note="Rows BIND-01 to BIND-07.",
    ),
    10: _m(
        "Letting return addresses, which hold a key to the user's session, into logs or pages.",
        f"{_RECORDED}keys_to_the_session_in_moodle_do_not_reach_a_page",
        f"{_LOGS}of_launches_good_and_bad_no_token_name_or_cookie_is_logged",
        f"{_CHOICE}refusals.py::test_the_secret_address_stands_in_the_form_and_nowhere_else",
    ),
    11: _m(
        "Taking ids, which are small numbers, for unique beyond their issuer.",
        f"{_BINDING}the_same_person_and_course_of_two_platforms_are_two",
        f"{_COPIES}recognising.py::test_the_same_id_on_another_platform_is_another_course",
    ),
    12: _m(
        "Telling platforms apart by their guid.",
        f"{_BINDING}the_same_person_and_course_of_two_platforms_are_two",
        f"{_COPIES}recognising.py::test_the_same_id_in_another_deployment_is_another_course",
    ),
    13: _m(
        "Counting on cookies or on a platform storage inside the frame.",
        f"{_COOKIES}a_form_is_filled_and_stored_and_the_next_launch_shows_it",
        f"{_COOKIES}only_what_a_profile_permits_is_kept_in_the_frame",
        f"{_FUNCTIONAL}entrance/test_sessions.py::test_the_cookie_survives_in_a_frame_of_another_site",
    ),
    14: _m(
        "Logging cookies, or giving ours a name of Moodle's: on one host both see both.",
        f"{_LOGS}of_launches_good_and_bad_no_token_name_or_cookie_is_logged",
        f"{_FUNCTIONAL}entrance/test_sessions.py::test_the_cookie_survives_in_a_frame_of_another_site",
    ),
    15: _m(
        "Waiting for the launch of somebody who is logged out of Moodle.",
        _REFUSED,
        note="Moodle shows pages of its own and the tool hears nothing more; a login that was begun is over after ten minutes (row BIND-07).",
    ),
    16: _m(
        "Needing names or addresses: with privacy “Never” the claims are not there at all.",
        f"{_RECORDED}privacy_never_shows_a_page_without_a_name",
        f"{_RECORDED}privacy_never_does_not_take_a_known_name_away",
        f"{_READING}with_privacy_never_there_are_no_names",
        f"{_ROSTER}a_list_without_names_takes_none_away",
    ),
    17: _m(
        "Looking for the language at the top of the token.",
        f"{_RECORDED}the_page_speaks_the_language_of_the_launch",
        f"{_STATIC}a_language_of_moodle_is_understood",
    ),
    18: _m(
        "Taking a variable that was not put in for its value.",
        f"{_RECORDED}variables_that_moodle_left_alone_are_absent",
        "tests/unit/lti/test_claims.py::test_custom_values_are_texts_that_were_substituted",
    ),
    19: _m(
        "Naming custom parameters as parts of the grade service, which they then overwrite.",
        "tests/unit/deep_linking/test_rules.py::test_custom_parameters_survive_moodle",
        f"{_STATIC}no_custom_parameter_of_a_registration_spoils_the_grade_service",
    ),
    20: _m(
        "Naming custom parameters in mixed case, or giving them other values than one line of text.",
        "tests/unit/deep_linking/test_rules.py::test_custom_parameters_survive_moodle",
        f"{_STATIC}no_custom_parameter_of_a_registration_spoils_the_grade_service",
    ),
    21: _m(
        "Waiting for a service of groups: there are only the ids of the person who launches.",
        f"{_GROUPS}moodle_tells_the_groups_of_who_launches",
        f"{_GROUPS}an_empty_text_takes_people_out_and_a_missing_one_leaves_them",
        f"{_GROUPS}moodle_numbers_stand_without_names",
    ),
    22: _m(
        "Choosing what Moodle does not keep, such as a name for the column apart from the activity's.",
        "tests/unit/practice_lms/test_adding_as_moodle.py::test_what_is_saved_is_what_moodle_keeps",
        f"{_CHOICE}whole_way.py::test_everything_that_is_offered_can_be_added_and_opens",
    ),
    23: _m(
        "Forgetting that teachers choose activities inside a frame too.",
        "tests/browser/test_adding_activities.py::test_activities_can_be_added_where_cookies_are_blocked",
    ),
    24: _m(
        "Sending an answer that only Moodle would accept.",
        f"{_CHOICE}answers.py::test_an_answer_has_every_claim_that_the_platform_needs",
        f"{_CHOICE}answers.py::test_each_answer_has_a_nonce_of_its_own",
        f"{_CHOICE}answers.py::test_data_goes_back_as_it_came",
    ),
    25: _m(
        "Believing that a chosen activity exists before the teacher has saved it.",
        f"{_CHOICE}refusals.py::test_nothing_is_stored_of_a_choice",
        f"{_CHOICE}whole_way.py::test_activities_are_added_and_exist_once_somebody_opens_them",
    ),
    26: _m(
        "Not answering when nothing was chosen.",
        f"{_CHOICE}answers.py::test_who_cancels_sends_an_empty_list_and_a_word",
        f"{_CHOICE}whole_way.py::test_who_cancels_adds_nothing",
    ),
    27: _m(
        "Leaving the administrator without a word on why the tool is not in the activity chooser.",
        f"{_REGISTERING}after_it_the_administrator_reads_the_next_steps_for_the_product",
    ),
    28: _m(
        "Trying a registration token again, or reading an error as an answer.",
        f"{_FUNCTIONAL}registration/test_refusals.py::test_each_answer_of_a_platform_becomes_a_sentence",
        "tests/unit/practice_lms/test_registration_as_moodle.py::test_a_token_works_once",
    ),
    29: _m(
        "Registering a domain without its port.",
        f"{_REGISTERING}we_ask_for_what_we_use_and_nothing_beyond",
        "tests/unit/practice_lms/test_registration_as_moodle.py::test_it_refuses_in_moodles_words",
    ),
    30: _m(
        "Believing the scopes in the answer to a registration.",
        f"{_TOKENS}a_token_that_does_not_permit_what_was_asked_is_not_used",
        f"{_LINE_ITEMS}where_only_reading_is_permitted_no_line_item_is_made",
    ),
    31: _m(
        "Leaving the administrator in the frame, or not saying that the tool must be activated.",
        "tests/browser/test_registration.py::test_the_tool_is_registered_in_the_frame_and_the_frame_closes",
        f"{_REGISTERING}after_it_the_administrator_reads_the_next_steps_for_the_product",
    ),
    32: _m(
        "Guessing the deployment, or taking an issuer for one registration.",
        f"{_REGISTERING}the_deployment_of_the_answer_is_known_from_then_on",
        _REFUSED,
        note="Rows BIND-12 and BIND-14.",
    ),
    33: _m(
        "Updating a registration without saying that it resets the administrator's settings.",
        f"{_REGISTERING}the_client_id_stays_and_the_addresses_are_taken_anew",
        f"{_REGISTERING}the_page_says_that_the_administrators_settings_are_overwritten",
    ),
    34: _m(
        "Registering without the claims of names, which sets privacy to “Never”.",
        f"{_REGISTERING}we_ask_for_what_we_use_and_nothing_beyond",
    ),
    35: _m(
        "Sending progress or no points: that erases a grade.",
        f"{_SCORES}final_and_carries_points_so_that_none_erases_a_grade",
        "tests/unit/practice_lms/test_scores_as_moodle.py::test_a_score_gets_moodles_answer_and_effect",
    ),
    36: _m(
        "Sending a score without its comment: that erases the earlier one.",
        f"{_WHOLE}sent_again_a_score_brings_its_comment_along",
    ),
    37: _m(
        "Sending two scores in one second, or one from the future or without a zone.",
        f"{_SCORES}one_line_and_dated_in_whole_seconds_of_utc",
        f"{_DELIVERY}timestamps_rise_by_whole_seconds_even_if_our_clock_goes_back",
        f"{_DELIVERY}an_entry_from_the_far_future_fails_with_its_reason",
    ),
    38: _m(
        "Taking a delivered score for the one that is shown: a teacher's own grade stays.",
        f"{_WHOLE}a_grade_that_a_teacher_set_by_hand_stays_theirs",
        f"{_DELIVERY}a_newer_entry_in_the_lms_is_answered_with_a_later_timestamp",
    ),
    39: _m(
        "Trying for ever to write into a locked grade.",
        f"{_DELIVERY}a_locked_grade_fails_and_after_unlocking_can_be_sent_again",
    ),
    40: _m(
        "Trying for ever to grade teachers and people who are not enrolled.",
        f"{_DELIVERY}a_teacher_cannot_be_graded_and_the_answer_says_so",
        f"{_ANSWERS}each_answer_becomes_a_state_and_a_sentence",
    ),
    41: _m(
        "Sending a score on several lines, whose refusal looks like success.",
        f"{_SCORES}one_line_and_dated_in_whole_seconds_of_utc",
        "tests/unit/gradebook/test_recorded_answers.py::test_the_silent_refusal_of_a_long_message_is_a_failure",
        f"{_LOGS}of_rosters_and_grades_no_token_or_name_is_logged",
    ),
    42: _m(
        "Leaving it to Moodle to refuse points out of range.",
        f"{_DELIVERY}a_score_outside_its_range_is_refused",
    ),
    43: _m(
        "Naming media types loosely.",
        f"{_SERVICES}it_names_its_media_type",
    ),
    44: _m(
        "Adding “/scores” behind the query of an address.",
        f"{_ANSWERS}a_score_finds_its_path_before_the_query",
    ),
    45: _m(
        "Looking whether a line item is named, and not whether it is one.",
        f"{_LINE_ITEMS}a_claim_without_a_line_item_takes_none_away",
        f"{_RECORDED}an_empty_line_item_is_none",
        "tests/unit/lti/test_claims.py::test_moodles_empty_line_item_is_none",
    ),
    46: _m(
        "Attaching a second line item to a graded link, which hides the first.",
        f"{_LINE_ITEMS}a_new_line_item_is_attached_to_a_link_that_has_none",
        f"{_LINE_ITEMS}a_link_with_a_line_item_gets_no_second_one",
        f"{_RECORDED}a_second_line_item_hides_the_claim_but_not_what_we_know",
    ),
    47: _m(
        "Making a line item without looking for it, or twice at once.",
        f"{_LINE_ITEMS}two_workers_at_once_make_one_line_item",
        f"{_LINE_ITEMS}a_search_that_was_overtaken_makes_nothing",
        f"{_DELIVERY}a_line_item_is_looked_for_before_it_is_made",
    ),
    48: _m(
        "Changing a line item in part, which erases the rest.",
        f"{_STATIC}no_line_item_is_changed_or_deleted",
        note="We change none.",
    ),
    49: _m(
        "Deleting a line item, or trusting an address after the activity was saved anew.",
        f"{_DELIVERY}a_deleted_column_is_replaced_by_one_of_our_own",
        f"{_LINE_ITEMS}each_launch_brings_the_line_item_up_to_date",
        f"{_STATIC}no_line_item_is_changed_or_deleted",
    ),
    50: _m(
        "Forgetting that columns made by the tool outlive the activity.",
        note="Only an administrator or teacher of the course may want them gone; the guide for administrators says that they stay.",
    ),
    51: _m(
        "Asking for results page by page, which fails.",
        f"{_SERVICES}no_results_are_asked_for",
        note="We ask for no results.",
    ),
    52: _m(
        "Paging through line items, whose next page nobody can read.",
        f"{_WHOLE}a_next_page_that_nobody_can_read_is_none",
        f"{_SERVICES}the_line_item_is_looked_for_by_resource_and_tag",
    ),
    53: _m(
        "Comparing JSON as text: Moodle escapes slashes and umlauts.",
        f"{_WHOLE}a_next_page_that_nobody_can_read_is_none",
        f"{_READING}a_recorded_list_gives_everybody_with_name_and_role",
    ),
    54: _m(
        "Asking for members in pages or by role: the filter is lost and pages shift.",
        f"{_READING}pages_are_followed_and_the_case_of_their_address_is_kept",
        f"{_READING}who_is_listed_twice_counts_once",
    ),
    55: _m(
        "Waiting for members to be marked as gone: they are just missing.",
        f"{_ROSTER}whoever_vanished_from_a_complete_list_loses_access",
    ),
    56: _m(
        "Asking for members of other courses, which the token permits.",
        f"{_ROSTER}other_courses_platforms_and_names_are_left_alone",
        f"{_READING}pages_are_followed_and_the_case_of_their_address_is_kept",
    ),
    57: _m(
        "Counting on custom values in the members of one link.",
        f"{_READING}pages_are_followed_and_the_case_of_their_address_is_kept",
        note="We ask for the members of the course, never of one link.",
    ),
    58: _m(
        "Writing the address of the next page in small letters, as PyLTI1p3 does.",
        f"{_READING}pages_are_followed_and_the_case_of_their_address_is_kept",
    ),
    59: _m(
        "Reading every answer of the token endpoint as JSON.",
        f"{_TOKENS}recorded_refusals_are_refusals",
        f"{_TOKENS}an_answer_without_a_token_is_a_refusal",
    ),
    60: _m(
        "Using a token for what it was not given, or giving up at the first 401.",
        f"{_TOKENS}a_token_that_does_not_permit_what_was_asked_is_not_used",
        f"{_TOKENS}after_a_401_it_is_tried_once_more_with_a_new_token",
    ),
    61: _m(
        "Signing without a key id, or without claims that others check.",
        f"{_TOKENS}the_assertion_is_what_a_platform_may_ask_for",
    ),
    62: _m(
        "Signing with a key before it is published, or using a key id again.",
        f"{_KEYS}the_new_key_does_not_sign_before_platforms_had_a_day_to_fetch_it",
        f"{_KEYS}a_token_of_the_retired_key_verifies_for_two_weeks",
        f"{_KEYS}the_key_id_is_the_thumbprint_of_rfc_7638",
    ),
    63: _m(
        "Mixing two runs of a course that was copied.",
        f"{_RECORDED}a_copied_course_is_another_course",
        f"{_COPIES}taking_over.py::test_line_items_of_two_runs_never_mix",
        f"{_COPIES}taking_over.py::test_nothing_that_anybody_did_is_in_the_copy",
    ),
}


def table() -> str:
    """Return the mistakes as a table in Markdown."""
    lines = ["| | mistake | covered by |", "|---|---|---|"]
    for number, mistake in MISTAKES.items():
        tests = [f"`{test}`" for test in mistake.tests]
        lines.append(
            f"| {number} | {mistake.says} | {'<br>'.join([*tests, mistake.note]).removesuffix('<br>')} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())

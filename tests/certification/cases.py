"""Everything that a launch, its services and its pages are tested for, by id.

BAD, T, S, DL, NRPS and AGS are the ids of 1EdTech's certification of tools; the rest goes beyond
it. A case is covered by the rows that carry its id and by the tests that are named here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_HERE = "tests/certification/"
_FUNCTIONAL = "tests/functional/"
_UNIT = "tests/unit/"
_SCRIPTED = f"{_FUNCTIONAL}gradebook/test_delivery_answers.py::"
_DELIVERY = f"{_FUNCTIONAL}gradebook/test_delivery.py::"
_SERVICES = f"{_HERE}test_services.py::"
_BINDING = f"{_HERE}test_binding.py::"
_BLOCKED = f"{_FUNCTIONAL}entrance/test_blocked_cookies.py::"
_VISITS = f"{_FUNCTIONAL}entrance/test_sessions.py::"
_SEEN = f"{_FUNCTIONAL}access/test_right_to_see.py::"
_OWN = f"{_FUNCTIONAL}access/test_own_things.py::"
_ANSWERS = f"{_FUNCTIONAL}deep_linking/test_answers.py::"
_CHOOSING = f"{_FUNCTIONAL}deep_linking/test_refusals.py::"
_FORBIDDEN = f"{_FUNCTIONAL}outgoing/test_forbidden_addresses.py::"
_HOSTS = f"{_FUNCTIONAL}outgoing/test_service_hosts.py::"
_HTTP = f"{_UNIT}lti/test_http.py::"
_ADDRESSES = f"{_UNIT}lti/test_addresses.py::"
_CONFIGURATION = f"{_UNIT}lti/test_platform_configuration.py::"
_REGISTERING = f"{_FUNCTIONAL}registration/test_registering.py::"

REFUSED_IN_EVERY_WAY = (
    f"{_HERE}test_refused_launches.py::test_a_launch_with_one_wrong_thing_is_refused"
)


@dataclass(frozen=True)
class Case:
    """What a case says, and the tests that cover it besides its rows."""

    says: str
    tests: tuple[str, ...] = ()


def _case(says: str, *tests: str) -> Case:
    return Case(says, tests)


CERTIFICATION = {
    "BAD-01": _case("The header names no key."),
    "BAD-02": _case("The header names a key that the platform does not have.", f"{_BINDING}test_an_unknown_key_id_has_the_keys_fetched_once_more_and_then_not_for_a_while"),
    "BAD-03": _case("The version is another one."),
    "BAD-04": _case("There is no version."),
    "BAD-05": _case("The body is no message at all."),
    "BAD-06": _case("Audience, issuer, subject, deployment and roles are missing together."),
    "BAD-07": _case("It was issued and ended decades ago."),
    "BAD-08": _case("There is no message type."),
    "BAD-09": _case("There are no roles."),
    "BAD-10": _case("There is no deployment."),
    "BAD-11": _case("There is no resource link."),
    "BAD-12": _case("There is no user."),
    "T-01": _case("An instructor comes in."),
    "T-02": _case("An instructor with roles in the institution comes in."),
    "T-03": _case("An instructor whose role is in short form comes in."),
    "T-04": _case("An unknown role gives the least rights."),
    "T-05": _case("An empty role gives the least rights."),
    "T-06": _case("An instructor of whom only the address is told comes in."),
    "T-07": _case("An instructor of whom only names are told comes in."),
    "T-08": _case("An instructor of whom nothing is told comes in."),
    "T-09": _case("An instructor without a course reads where to open the activity.", f"{_HERE}test_accepted_launches.py::test_without_a_course_the_page_says_to_open_it_from_one"),
    "T-10": _case("An instructor opens a link that nobody opened before, and one with nothing else."),
    "S-01": _case("A learner comes in."),
    "S-02": _case("A learner with roles in the institution comes in."),
    "S-03": _case("A learner whose role is in short form comes in."),
    "S-04": _case("A learner with an unknown role besides comes in."),
    "S-05": _case("An empty role gives the least rights."),
    "S-06": _case("A learner of whom only the address is told comes in."),
    "S-07": _case("A learner of whom only names are told comes in."),
    "S-08": _case("A learner of whom nothing is told comes in."),
    "S-09": _case("A learner without a course reads where to open the activity.", f"{_HERE}test_accepted_launches.py::test_without_a_course_the_page_says_to_open_it_from_one"),
    "S-10": _case("A learner opens a link that nobody opened before, and one with nothing else."),
    "DL-01": _case("The platform's request opens the choice.", f"{_HERE}test_recorded_moodle.py::test_a_deep_linking_launch_of_a_teacher_opens_the_choice", f"{_ANSWERS}test_the_picker_shows_what_can_be_added"),
    "DL-02": _case("The platform gets an answer.", f"{_FUNCTIONAL}deep_linking/test_whole_way.py::test_activities_are_added_and_exist_once_somebody_opens_them"),
    "DL-03": _case("The answer says that it is one.", f"{_ANSWERS}test_an_answer_has_every_claim_that_the_platform_needs"),
    "DL-04": _case("Its times are right.", f"{_ANSWERS}test_an_answer_has_every_claim_that_the_platform_needs"),
    "DL-05": _case("It is signed by a key that we publish.", f"{_ANSWERS}test_an_answer_has_every_claim_that_the_platform_needs"),
    "DL-06": _case("It has every claim, and the platform's data if any came.", f"{_ANSWERS}test_an_answer_has_every_claim_that_the_platform_needs", f"{_ANSWERS}test_each_answer_has_a_nonce_of_its_own", f"{_ANSWERS}test_data_goes_back_as_it_came", f"{_ANSWERS}test_where_no_data_came_none_goes_back"),
    "DL-07": _case("Its links and line items are what was chosen.", f"{_ANSWERS}test_several_activities_come_with_the_columns_that_the_gradebook_will_look_for"),
    "DL-08": _case("A link that was added can be opened.", f"{_FUNCTIONAL}deep_linking/test_whole_way.py::test_everything_that_is_offered_can_be_added_and_opens"),
    "NRPS-01": _case("An instructor's launch names the service, and it is asked.", f"{_SERVICES}test_a_request_arrives"),
    "NRPS-02": _case("The list is asked for and taken over, page by page.", f"{_SERVICES}test_the_list_of_members_is_taken_over_with_all_its_pages"),
    "NRPS-03": _case("The request accepts the list's media type.", f"{_SERVICES}test_it_names_its_media_type"),
    "NRPS-04": _case("It carries a valid token.", f"{_SERVICES}test_it_carries_a_token_that_the_platform_gave"),
    "NRPS-05": _case("The token is for reading members.", f"{_SERVICES}test_its_token_is_for_this_call_and_nothing_else"),
    "AGS-01": _case("After a launch the tool makes a line item and posts a score on its own.", f"{_SERVICES}test_the_score_stands_on_the_results_page"),
}  # fmt: skip

_CALLS = ("List line items", "Make a line item", "Post a score")
_CHECKS = (
    ("the request arrives", "test_a_request_arrives"),
    ("its media type is right", "test_it_names_its_media_type"),
    ("it carries a token", "test_it_carries_a_token_that_the_platform_gave"),
    ("its scope fits", "test_its_token_is_for_this_call_and_nothing_else"),
)
_HANDLED = (
    "test_the_line_item_is_looked_for_by_resource_and_tag",
    "test_where_there_is_none_it_is_made_with_what_finds_it_again",
    "test_the_score_stands_on_the_results_page",
)
GRADE_CALLS = [
    *(
        _case(f"{call}: {says}.", f"{_SERVICES}{test}")
        for call, handled in zip(_CALLS, _HANDLED, strict=True)
        for says, test in (*_CHECKS, ("the answer is used", handled))
    ),
    *(
        _case(f"Read results: {says}; we read none.", f"{_SERVICES}test_no_results_are_asked_for")
        for says in ("request", "media type", "token", "scope", "answer")
    ),
]  # fmt: skip

GENERAL = {
    "OIDC-01": _case("Every launch begins with a login of ours."),
    "OIDC-02": _case("Tokens are signed by RS256 alone.", REFUSED_IN_EVERY_WAY),
    "OIDC-03": _case("Shared keys sign nothing.", REFUSED_IN_EVERY_WAY),
    "OIDC-04": _case("The tool is reached over https, and so are platforms.", f"{_UNIT}test_settings.py::test_a_wrong_setting_is_one_line_that_names_it", f"{_ADDRESSES}test_only_https_or_this_machine_is_called"),
    "OIDC-05": _case("An error in place of a token becomes a page.", f"{_BINDING}test_a_platform_that_answers_with_an_error_gets_a_page"),
    "OIDC-06": _case("The tool publishes its keys.", f"{_UNIT}test_keys.py::test_what_is_published_holds_nothing_private", f"{_SERVICES}test_it_carries_a_token_that_the_platform_gave"),
    "RUN-01": _case("Each bad launch is tried as a teacher and as a student.", REFUSED_IN_EVERY_WAY),
    "RUN-02": _case("Each launch begins by a link and by a form.", REFUSED_IN_EVERY_WAY),
    "LTIJS-01": _case("It is for another client."),
    "LTIJS-02": _case("It is for several clients and we are none of them, or nobody says for whom."),
    "LTIJS-03": _case("Of several clients azp names another one."),
    "LTIJS-04": _case("The platform is not registered."),
    "LTIJS-05": _case("The login lacks what it needs."),
}  # fmt: skip

JWT = {
    "JWT-01": _case("No algorithm, or none of ours by another spelling."),
    "JWT-02": _case("No algorithm, spelled None."),
    "JWT-03": _case("No algorithm, spelled NONE."),
    "JWT-04": _case("The platform's public key is taken for a shared one."),
    "JWT-05": _case("The platform's key set holds a shared key."),
    "JWT-06": _case("RSA with a longer hash."),
    "JWT-07": _case("RSA with another padding."),
    "JWT-08": _case("Elliptic curves."),
    "JWT-09": _case("The token brings the key that verifies it."),
    "JWT-10": _case("The token says where its key lies."),
    "JWT-11": _case("The token says where its certificate lies."),
    "JWT-12": _case("The token brings a certificate."),
    "JWT-13": _case("The header demands what we do not do."),
    "JWT-14": _case("Two keys have one id."),
    "JWT-15": _case("The key is for something else."),
    "JWT-16": _case("The key is too weak, or is no key."),
    "JWT-17": _case("The key's id is SQL."),
    "JWT-18": _case("The key's id is a path, or no id."),
    "JWT-19": _case("There are not three parts."),
    "JWT-20": _case("It is longer than 64 KiB."),
    "JWT-21": _case("A name stands twice in it."),
    "JWT-22": _case("It holds what JSON or UTF-8 does not know."),
    "JWT-23": _case("Body or header is a list."),
    "JWT-24": _case("The body is a text, a number or nothing."),
    "JWT-25": _case("Roles are no list."),
    "JWT-26": _case("A role is null."),
    "JWT-27": _case("A role is no text."),
    "JWT-28": _case("The resource link is something else, or has no usable id."),
    "JWT-29": _case("The course is something else, or has no usable id."),
    "JWT-30": _case("The audience is an object."),
    "JWT-31": _case("The audience is an empty list."),
    "JWT-32": _case("The audience holds what is no client."),
    "JWT-33": _case("The subject is no text."),
    "JWT-34": _case("The subject is longer than any id."),
    "JWT-35": _case("NUL stands in a claim."),
    "JWT-36": _case("The signature does not fit."),
    "JWT-37": _case("Any other claim is of a wrong kind."),
}  # fmt: skip

TIME = {
    "TIME-01": _case("It does not say when it ends, or has ended."),
    "TIME-02": _case("It does not say when it was issued."),
    "TIME-03": _case("It lives for more than two hours."),
    "TIME-04": _case("It was issued more than ten minutes ago."),
    "TIME-05": _case("Clocks may differ by half a minute either way, and not by two minutes."),
    "TIME-06": _case("Times with fractions are times; milliseconds are not."),
    "TIME-07": _case("A time is no number that can be one."),
}  # fmt: skip

BINDING = {
    "BIND-01": _case("The same launch comes a second time."),
    "BIND-02": _case("An old token comes with a new state."),
    "BIND-03": _case("It comes from another browser."),
    "BIND-04": _case("Of several at once exactly one gets in.", f"{_BINDING}test_of_several_posts_at_once_exactly_one_wins"),
    "BIND-05": _case("The nonce is that of another login, or none."),
    "BIND-06": _case("The state is that of somebody else's login."),
    "BIND-07": _case("More than ten minutes passed since the login."),
    "BIND-08": _case("Without a cookie a secret in the browser's storage counts, and only out of our own page.", f"{_BINDING}test_the_secret_counts_only_out_of_our_own_page", f"{_BLOCKED}test_without_cookie_the_launch_asks_for_the_secret_and_changes_nothing", f"{_BLOCKED}test_a_wrong_secret_is_refused", f"{_BLOCKED}test_the_secret_works_once"),
    "BIND-09": _case("One platform speaks for another.", f"{_BINDING}test_a_login_at_one_platform_does_not_admit_a_launch_of_another"),
    "BIND-10": _case("It is for another client of ours than the login."),
    "BIND-11": _case("It is of another deployment than the login."),
    "BIND-12": _case("The deployment is not listed, or belongs to another platform."),
    "BIND-13": _case("Deployment or platform is switched off."),
    "BIND-14": _case("Of two clients of one platform the login names none, or an unknown one."),
    "BIND-15": _case("azp is not us."),
    "BIND-16": _case("The target lies elsewhere or is no address."),
    "BIND-17": _case("The target has no scheme."),
    "BIND-18": _case("The target hides its host behind a user."),
    "BIND-19": _case("The target has a backslash."),
    "BIND-20": _case("The target climbs up its path."),
    "BIND-21": _case("The target differs from that of the login."),
    "BIND-22": _case("The login carries texts that nothing can store."),
}  # fmt: skip

AUTHORISATION = {
    "AUTH-01": _case("A learner asks for another course.", f"{_SEEN}test_people_of_another_course_get_nothing_of_this_one"),
    "AUTH-02": _case("A learner asks for another group.", f"{_FUNCTIONAL}projects/test_hand_in.py::test_the_group_of_others_does_not_exist_for_a_participant"),
    "AUTH-03": _case("A learner asks for somebody else's worksheet.", f"{_OWN}test_nobody_ties_or_answers_with_an_actor_of_somebody_else", f"{_FUNCTIONAL}worksheet/test_who_reads.py::test_no_page_for_anybody_else_carries_a_planted_marker"),
    "AUTH-04": _case("A teacher of one course asks for another.", f"{_FUNCTIONAL}worksheet/test_who_reads.py::test_a_lead_of_another_course_finds_nothing", f"{_SEEN}test_people_of_another_course_get_nothing_of_this_one", f"{_OWN}test_to_be_lead_elsewhere_gives_a_participant_no_right_here"),
    "AUTH-05": _case("Roles in institution and system give no right in a course."),
    "AUTH-06": _case("An assistant is staff without a duty.", f"{_HERE}test_accepted_launches.py::test_a_teaching_assistant_has_no_duty_before_an_instructor_gives_one", f"{_FUNCTIONAL}courses/test_people.py::test_staff_without_a_duty_see_dates_and_whom_to_ask"),
    "AUTH-07": _case("A mentor has the least rights, with or without people."),
    "AUTH-08": _case("A session in one tab opens nothing of another tab's course.", f"{_VISITS}test_two_tabs_with_two_courses_do_not_mix", f"{_VISITS}test_a_launch_admits_only_to_its_own_course"),
    "AUTH-09": _case("Whoever the list of members lost has no access.", f"{_VISITS}test_who_left_the_course_is_shown_out", f"{_FUNCTIONAL}courses/test_roster.py::test_whoever_is_listed_as_gone_loses_access"),
    "AUTH-10": _case("Only staff of the course choose activities, for a safe address.", f"{_CHOOSING}test_a_participant_cannot_choose_activities"),
    "AUTH-11": _case("Every page and action, for every kind of person.", f"{_SEEN}test_a_page_opens_for_those_in_the_table_only", f"{_SEEN}test_an_action_is_refused_to_all_others_and_changes_nothing", f"{_SEEN}test_an_address_of_somebody_else_is_worth_nothing"),
    "AUTH-12": _case("A review is of one's own work, unless staff ask."),
    "AUTH-13": _case("What is known of a person is told to them, or to who administers the platform."),
}  # fmt: skip

GRADES = {
    "GRADE-01": _case("A score above the maximum is not taken.", f"{_DELIVERY}test_a_score_outside_its_range_is_refused"),
    "GRADE-02": _case("A negative score is not taken.", f"{_DELIVERY}test_a_score_outside_its_range_is_refused"),
    "GRADE-03": _case("A score that is no number is not taken.", f"{_DELIVERY}test_a_score_outside_its_range_is_refused"),
    "GRADE-04": _case("Nobody outside the course is graded.", f"{_DELIVERY}test_nobody_outside_the_course_can_be_graded"),
    "GRADE-05": _case("A line item on another host gets neither score nor token.", f"{_SCRIPTED}test_a_line_item_on_another_host_gets_neither_score_nor_token", f"{_SCRIPTED}test_a_line_item_that_the_platform_makes_on_another_host_gets_no_score"),
    "GRADE-06": _case("A next page on another host gets no token.", f"{_HOSTS}test_a_next_page_on_another_host_is_not_asked_for"),
    "GRADE-07": _case("No redirect is followed with a token.", f"{_SCRIPTED}test_a_redirect_is_not_followed_with_the_token", f"{_HOSTS}test_no_redirect_takes_a_token_anywhere"),
    "GRADE-08": _case("A comment is text and goes as text; our pages escape it.", f"{_SERVICES}test_a_comment_goes_as_the_text_that_it_is", f"{_FUNCTIONAL}courses/test_profiles.py::test_what_people_write_is_shown_as_text"),
    "GRADE-09": _case("An older score never replaces a newer one.", f"{_DELIVERY}test_only_the_newest_version_is_sent", f"{_DELIVERY}test_timestamps_rise_by_whole_seconds_even_if_our_clock_goes_back"),
}  # fmt: skip

_HOSTILE = f"{_FORBIDDEN}test_a_hostile_address_is_not_called"
SSRF = {
    "SSRF-01": _case("Plain http to anywhere but this machine.", f"{_ADDRESSES}test_only_https_or_this_machine_is_called"),
    "SSRF-02": _case("127.0.0.0/8.", _HOSTILE),
    "SSRF-03": _case("::1.", _HOSTILE),
    "SSRF-04": _case("169.254.0.0/16.", _HOSTILE),
    "SSRF-05": _case("10.0.0.0/8 and the other private networks.", _HOSTILE),
    "SSRF-06": _case("fc00::/7.", _HOSTILE),
    "SSRF-07": _case("0.0.0.0.", _HOSTILE),
    "SSRF-08": _case("Decimal and octal spellings.", _HOSTILE, f"{_ADDRESSES}test_no_spelling_of_this_machine_gets_through"),
    "SSRF-09": _case("A name that leads inside, at once or at the second look.", f"{_FORBIDDEN}test_a_name_that_leads_inside_is_not_called"),
    "SSRF-10": _case("Redirects.", f"{_HTTP}test_redirects_are_answers_and_are_not_followed", f"{_HOSTS}test_no_redirect_takes_a_token_anywhere"),
    "SSRF-11": _case("Redirects to files and other schemes.", f"{_HTTP}test_redirects_are_answers_and_are_not_followed"),
    "SSRF-12": _case("An answer without end.", f"{_HTTP}test_an_answer_without_end_is_too_large"),
    "SSRF-13": _case("An answer that drips.", f"{_HTTP}test_an_answer_that_drips_is_a_time_out"),
    "SSRF-14": _case("A registration needs an invitation that works once.", f"{_REGISTERING}test_an_invitation_works_once", f"{_REGISTERING}test_of_several_at_once_exactly_one_registers"),
    "SSRF-15": _case("A configuration speaks for its own host only.", f"{_CONFIGURATION}test_nobody_else_may_speak_for_an_issuer", f"{_CONFIGURATION}test_tools_register_nowhere_but_at_the_issuers_host"),
    "SSRF-16": _case("Every address of a platform is https.", f"{_CONFIGURATION}test_each_address_must_be_safe"),
}  # fmt: skip

WEB = {
    "WEB-01": _case("Only the platform of a visit frames its pages, and by the policy alone.", f"{_HERE}test_web.py::test_only_the_platform_that_launched_may_frame_the_page", f"{_HERE}test_web.py::test_headers_keep_the_way_in_to_the_browser_and_its_frame"),
    "WEB-02": _case("The referrer stays on this site.", f"{_HERE}test_web.py::test_headers_keep_the_way_in_to_the_browser_and_its_frame"),
    "WEB-03": _case("No cache keeps a launch.", f"{_HERE}test_web.py::test_headers_keep_the_way_in_to_the_browser_and_its_frame"),
    "WEB-04": _case("Every form needs its security code.", f"{_SEEN}test_an_action_needs_a_security_code"),
    "WEB-05": _case("Error pages repeat nothing of the token.", REFUSED_IN_EVERY_WAY),
    "WEB-06": _case("No log holds a token or a name.", REFUSED_IN_EVERY_WAY, f"{_HERE}test_web.py::test_a_launch_leaves_nothing_of_the_token_in_the_log"),
    "WEB-07": _case("Whatever comes, correctly signed, is a page or a refusal.", f"{_HERE}test_fuzz.py::test_no_odd_launch_is_an_error_of_ours"),
}  # fmt: skip

CASES: Mapping[str, Case] = {
    **CERTIFICATION,
    **{f"AGS-{number:02}": case for number, case in enumerate(GRADE_CALLS, 2)},
    **GENERAL,
    **JWT,
    **TIME,
    **BINDING,
    **AUTHORISATION,
    **GRADES,
    **SSRF,
    **WEB,
}
HOW_MANY = {
    "BAD": 12, "T": 10, "S": 10, "DL": 8, "NRPS": 5, "AGS": 21, "LTIJS": 5, "OIDC": 6, "RUN": 2,
    "JWT": 37, "TIME": 7, "BIND": 22, "AUTH": 13, "GRADE": 9, "SSRF": 16, "WEB": 7,
}  # fmt: skip
"""How many cases each family has; their numbers run from 1."""

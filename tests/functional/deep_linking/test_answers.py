"""What a platform receives when staff have chosen (certification DL-01 to DL-07)."""

import time

import pytest

from tests.functional.deep_linking.conftest import DL, RETURN_URL, Ask, received
from tests.signing_platform import CLAIM, SigningPlatform


def test_the_picker_shows_what_can_be_added(ask: Ask) -> None:
    page = ask().get()

    assert page.status_code == 200
    assert page.text.count('name="chosen"') == 9
    assert "previews/worksheet.svg" in page.text


def test_an_answer_has_every_claim_that_the_platform_needs(
    ask: Ask, platform: SigningPlatform
) -> None:
    answer = received(ask().post("", {"chosen": "home", "title_home": "Hi"}), platform)

    now = time.time()
    assert answer.url == RETURN_URL
    assert answer.header["alg"] == "RS256"
    assert answer.claims["iss"] == platform.client_id
    assert answer.claims["aud"] == platform.issuer
    assert now - 30 < answer.claims["iat"] < now - 4
    assert now + 60 < answer.claims["exp"] < now + 600
    assert len(answer.claims["nonce"]) >= 22
    assert answer.claims[f"{CLAIM}deployment_id"] == "1"
    assert answer.claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert answer.claims[f"{CLAIM}version"] == "1.3.0"
    assert f"{DL}msg" not in answer.claims


def test_each_answer_has_a_nonce_of_its_own(
    ask: Ask, platform: SigningPlatform
) -> None:
    nonces = {
        received(ask().post("cancel"), platform).claims["nonce"] for _ in range(3)
    }

    assert len(nonces) == 3


def test_several_activities_come_with_the_columns_that_the_gradebook_will_look_for(
    ask: Ask, platform: SigningPlatform
) -> None:
    page = ask().post(
        "",
        {
            "chosen": ["worksheet_mid", "home", "certificate"],
            "title_home": "Willkommen & los",
            "title_worksheet_mid": "Halbzeit",
            "column_worksheet_mid": "y",
            "title_certificate": "Zertifikat",
            "column_certificate": "y",
        },
    )

    home, certificate, half = received(page, platform).items
    assert home == {
        "type": "ltiResourceLink",
        "url": f"{platform.base_url}/lti/launch",
        "title": "Willkommen & los",
        "text": home["text"],
        "custom": {"activity": "home"},
    }
    assert certificate["custom"] == {"activity": "certificate"}
    assert certificate["lineItem"] == {
        "label": "Certificate",
        "scoreMaximum": 1.0,
        "resourceId": "certificate",
        "tag": "certificate",
    }
    assert half["custom"] == {"activity": "worksheet", "phase": "mid"}
    assert (half["lineItem"]["resourceId"], half["lineItem"]["tag"]) == (
        "worksheet",
        "mid",
    )


def test_an_activity_without_the_tick_comes_without_a_column(
    ask: Ask, platform: SigningPlatform
) -> None:
    page = ask().post("", {"chosen": "worksheet", "title_worksheet": "Bogen"})

    (worksheet,) = received(page, platform).items
    assert "lineItem" not in worksheet


@pytest.mark.parametrize(
    "data", ["", "csrftoken:c7fbba78", '{"a": "<b>ü"}', {"nested": [1, None]}, 7, False]
)
def test_data_goes_back_as_it_came(
    ask: Ask, platform: SigningPlatform, data: object
) -> None:
    answer = received(ask(settings={"data": data}).post("cancel"), platform)

    assert answer.claims[f"{DL}data"] == data


def test_where_no_data_came_none_goes_back(ask: Ask, platform: SigningPlatform) -> None:
    answer = received(ask().post("cancel"), platform)

    assert f"{DL}data" not in answer.claims


def test_who_cancels_sends_an_empty_list_and_a_word(
    ask: Ask, platform: SigningPlatform
) -> None:
    answer = received(ask().post("cancel"), platform)

    assert answer.items == []
    assert answer.claims[f"{DL}msg"] == "No activity was added."

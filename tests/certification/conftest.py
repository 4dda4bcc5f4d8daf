from collections.abc import Iterator

import pytest
from flask import Flask

from tests.certification.forging import ForgingPlatform, KeyServer


@pytest.fixture(scope="session")
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.stop()


@pytest.fixture
def forger(app: Flask, key_server: KeyServer) -> ForgingPlatform:
    """A registered platform that signs and forges; its keys are on a real port."""
    return ForgingPlatform(app, key_server)

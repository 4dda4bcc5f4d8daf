"""The environment in which Open edX's consumer lives, apart from the tool's own."""

from pathlib import Path

from tests.own_environment import ROOT, OwnEnvironment

CONSUMER = OwnEnvironment(
    ROOT / ".venv-interop", Path(__file__).parent / "requirements.txt"
)

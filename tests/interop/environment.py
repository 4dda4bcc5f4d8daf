"""The environment in which Open edX's consumer lives, apart from the tool's own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
FOLDER = ROOT / ".venv-interop"
PYTHON = FOLDER / "bin/python"
_MADE = FOLDER / ".made"
"""The requirements with which the environment was made."""


def ensure() -> None:
    """Make the environment where there is none, or where the requirements changed since."""
    wanted = REQUIREMENTS.read_text()
    if _MADE.is_file() and _MADE.read_text() == wanted:
        return
    print(
        f"Installing Open edX's LTI consumer into {FOLDER.name} (for tests only) …",
        flush=True,
    )
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    _MADE.write_text(wanted)


def consumer() -> str:
    """Return name and version of what the tests run against."""
    lines = REQUIREMENTS.read_text().splitlines()
    found = next(line for line in lines if line.startswith("lti-consumer-xblock=="))
    return found.replace("==", " ")

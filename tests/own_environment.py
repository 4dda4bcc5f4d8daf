"""Environments for what is tested against and must not share the tool's own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class OwnEnvironment:
    """A folder beside `.venv` with what a file of requirements names."""

    folder: Path
    requirements: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def ensure(self) -> None:
        """Make the environment where there is none, or where the requirements changed since."""
        made = self.folder / ".made"
        wanted = self.requirements.read_text()
        if made.is_file() and made.read_text() == wanted:
            return
        print(
            f"Installing {self.subject()} into {self.folder.name} (for tests only) …",
            flush=True,
        )
        command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        subprocess.run(command, check=True)
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, "install", "-r", str(self.requirements)], check=True)
        made.write_text(wanted)

    def subject(self) -> str:
        """Return name and version of the first requirement, which is what it is all about."""
        lines = self.requirements.read_text().splitlines()
        return next(line for line in lines if "==" in line).replace("==", " ")

"""Secrets in tracked files, by the shapes that tokens and keys of well-known services have. Needs no network."""

import json
import subprocess
import sys
from pathlib import Path

# Chance or words alone would raise hundreds of false alarms: hashes, hashtags, settings named "..._SECRET".
_GUESSING = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector")
_MADE_UP = "^(password|secret|new|pass%2Fword)$"
"""Passwords in example URLs."""


def find_secrets(root: Path) -> list[str]:
    """Return a line for each secret in the files that git tracks under ``root``; none shows the secret.

    Raises:
        subprocess.CalledProcessError: the scan failed.
    """
    disabled = [option for plugin in _GUESSING for option in ("--disable-plugin", plugin)]
    command = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", *disabled, "--exclude-secrets", _MADE_UP]
    done = subprocess.run(
        [*command, "--exclude-files", "^locks/"], cwd=root, capture_output=True, text=True, check=True, timeout=600
    )
    found = json.loads(done.stdout)["results"]
    return [
        f"{path}:{secret['line_number']}: {secret['type']}: a secret does not belong into the repository"
        for path, secrets in sorted(found.items())
        for secret in secrets
    ]

"""Secrets in tracked files, by the shapes that tokens and keys of well-known services have. Needs no network."""

import json
import subprocess
import sys
from pathlib import Path

# Chance, words or the form of a URL alone would raise hundreds of false alarms: hashes, hashtags, settings named
# "..._SECRET", examples such as postgres://user:password@host.
_GUESSING = (
    *("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector"),
    *("IPPublicDetector", "BasicAuthDetector"),
)


def find_secrets(root: Path) -> list[str]:
    """Return a line for each secret in the files that git tracks under ``root``; none shows the secret.

    Raises:
        subprocess.CalledProcessError: the scan failed.
    """
    disabled = [option for plugin in _GUESSING for option in ("--disable-plugin", plugin)]
    command = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", *disabled, "--exclude-files", "^locks/"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=600)
    found = json.loads(done.stdout)["results"]
    return [
        f"{path}:{secret['line_number']}: {secret['type']}: a secret does not belong into the repository"
        for path, secrets in sorted(found.items())
        for secret in secrets
    ]

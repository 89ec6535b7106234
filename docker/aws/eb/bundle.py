"""Writes trendsite-eb.zip, which Elastic Beanstalk's Docker platform builds and runs: the site alone.

    python3 docker/aws/eb/bundle.py [ZIP]

The zip has docker/Dockerfile up to its stage ``site`` at its root, and exactly the files that this copies. So neither
data nor settings of this machine can get into it. Standard library only.
"""

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EB = Path(__file__).resolve().parent

_UNWANTED = {"__pycache__", ".DS_Store"}


def main() -> None:
    """Write the bundle and print what is in it."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "trendsite-eb.zip")
    count = write_bundle(target)
    print(f"{target}: {count} files, {target.stat().st_size:,} bytes")


def write_bundle(target: Path, root: Path = ROOT) -> int:
    """Write the zip for the tree at ``root``; return the number of files in it."""
    dockerfile = _up_to_site((root / "docker" / "Dockerfile").read_text())
    files = dict(_files(root, dockerfile))
    files[".ebextensions/trendsite.config"] = EB / "ebextensions" / "trendsite.config"
    files[".platform/nginx/conf.d/trendsite.conf"] = EB / "platform" / "trendsite.conf"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("Dockerfile", dockerfile)
        for name, path in sorted(files.items()):
            bundle.write(path, name)
    return len(files) + 1


def _up_to_site(dockerfile: str) -> str:
    """Return the Dockerfile without the stages after ``site``, because Elastic Beanstalk builds the last one."""
    found = re.search(r"\A.*?^FROM \S+ AS site\n.*?(?=^FROM |\Z)", dockerfile, re.MULTILINE | re.DOTALL)
    if not found:
        raise SystemExit("trendsite: docker/Dockerfile has no stage named site")
    return found[0]


def _files(root: Path, dockerfile: str) -> Iterator[tuple[str, Path]]:
    """Yield (name in the bundle, path) of each file that the Dockerfile copies from its context."""
    for source in _copied(dockerfile):
        start = root / source
        paths = [start] if start.is_file() else sorted(start.rglob("*"))
        if not paths:
            raise SystemExit(f"trendsite: the Dockerfile copies {source}, which does not exist")
        for path in paths:
            if path.is_file() and not path.is_symlink() and not _UNWANTED & set(path.parts):
                yield str(path.relative_to(root)), path


def _copied(dockerfile: str) -> Iterator[str]:
    """Yield what the ``COPY`` lines take from the context; other stages (``--from``) are not part of it."""
    for line in re.findall(r"^COPY\s+(.+)$", dockerfile.replace("\\\n", " "), re.MULTILINE):
        words = line.split()
        if not any(word.startswith("--from=") for word in words):
            yield from [word for word in words if not word.startswith("--")][:-1]


if __name__ == "__main__":
    main()

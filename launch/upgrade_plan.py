"""What an upgrade would change: two commits of this git checkout, compared without touching anything."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launch.process_environment import ROOT

_GIT_SECONDS = 120
_VERSION = ("contract/version.py", r'^VERSION = "([^"]+)"')
_DATA_VERSION = ("contract/data_version.py", r"^DATA_VERSION = (\d+)")
_COUNTS_VERSION = ("streaming/state/sqlite.py", r"^_VERSION = (\d+)")
_MIGRATION = re.compile(r"trendsite/(\w+)/migrations/(\d{4}_\w+)\.py")


class UpgradeError(RuntimeError):
    """The upgrade cannot be made. The message is one line."""


@dataclass(frozen=True)
class Release:
    """One commit, with its versions; 0 and "" where it is older than a version."""

    commit: str
    version: str
    data_version: int
    counts_version: int

    def __str__(self) -> str:
        return f"{self.version or 'an early version'} ({self.commit[:10]})"


@dataclass(frozen=True)
class Plan:
    """The way from one commit to another. ``branch`` is the branch that is checked out, empty if there is none."""

    old: Release
    new: Release
    branch: str
    commits: int
    migrations: list[str]
    locks: list[str]

    @property
    def changes_data(self) -> bool:
        """Whether the old version may be unable to open the data afterwards."""
        versions = ((release.data_version, release.counts_version) for release in (self.old, self.new))
        return bool(self.migrations) or len(set(versions)) > 1

    def described(self) -> Iterator[str]:
        """Yield a line for each kind of change."""
        yield f"Upgrade from {self.old} to {self.new}, {self.commits} commits:"
        yield f"  database: {', '.join(self.migrations) or 'no migration'}"
        if self.new.data_version > self.old.data_version:
            yield f"  data: version {self.old.data_version} becomes {self.new.data_version}, older versions refuse it"
        else:
            yield f"  data: stays version {self.old.data_version}"
        before, after = self.old.counts_version, self.new.counts_version
        yield "  counts: stay" if before == after else f"  counts: version {before} becomes {after}, they stay"
        yield f"  packages: {', '.join(self.locks) or 'no change'}" + (" (from the network)" if self.locks else "")


def make_plan(target: str) -> Plan:
    """Return the plan for the commit that ``target`` names, by default what the branch follows.

    Raises:
        UpgradeError: this is no clean git checkout, or the commit is unknown or older.
    """
    if not (ROOT / ".git").exists():
        raise UpgradeError("this is not a git checkout: see Upgrade in docs/operations.md for the way by hand")
    if git("status", "--porcelain", "--untracked-files=no"):
        raise UpgradeError("files of Trendsite were changed here: `git status` names them; commit or undo the changes")
    branch = git("branch", "--show-current")
    old = git("rev-parse", "HEAD")
    new = commit_of(target)
    if new == old:
        raise UpgradeError(
            f"{_release(old)} is what runs here: get the new version first (git fetch), or name it with TO="
        )
    plan = Plan(
        _release(old),
        _release(new),
        branch if git_succeeds("merge-base", "--is-ancestor", old, new) else "",
        int(git("rev-list", "--count", f"{old}..{new}")),
        _migrations(old, new),
        [Path(name).name for name in git("diff", "--name-only", old, new, "--", "locks").split()],
    )
    if plan.new.data_version < plan.old.data_version:
        raise UpgradeError(
            f"{plan.new} has data version {plan.new.data_version}, and {plan.old} has {plan.old.data_version}: a "
            "downgrade cannot open the data; restore the backup from before its upgrade into another DATA_DIR"
        )
    return plan


def switch_to(plan: Plan) -> None:
    """Check the new commit out: forward on its branch if there is one, otherwise without a branch."""
    if plan.branch:
        git("merge", "--quiet", "--ff-only", plan.new.commit)
    else:
        git("checkout", "--quiet", "--detach", plan.new.commit)


def switch_back(plan: Plan) -> None:
    """Check the old commit out again."""
    if plan.branch:
        git("reset", "--quiet", "--keep", plan.old.commit)
    else:
        git("checkout", "--quiet", "--detach", plan.old.commit)


def git(*arguments: str) -> str:
    """Return the output of git in this checkout.

    Raises:
        UpgradeError: git failed.
    """
    done = _git(*arguments)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise UpgradeError(f"git {arguments[0]} failed: {lines[-1]}")
    return done.stdout.strip()


def git_succeeds(*arguments: str) -> bool:
    """Return whether git succeeds."""
    return _git(*arguments).returncode == 0


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(ROOT), "-c", "advice.detachedHead=false", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except FileNotFoundError:
        raise UpgradeError("git is not installed: see Upgrade in docs/operations.md for the way by hand") from None
    except subprocess.TimeoutExpired:
        raise UpgradeError(f"git {arguments[0]} took more than {_GIT_SECONDS} seconds") from None


def commit_of(target: str) -> str:
    """Return the commit that ``target`` names; if it is empty, the one that the branch follows.

    Raises:
        UpgradeError: there is none.
    """
    name = target or "@{upstream}"
    if not git_succeeds("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"):
        where = f"TO={target} is no commit here" if target else "this checkout follows no branch"
        raise UpgradeError(f"{where}: get it first (git fetch), and name a tag, a branch or a commit with TO=")
    return git("rev-parse", f"{name}^{{commit}}")


def _release(commit: str) -> Release:
    return Release(
        commit,
        _found(commit, *_VERSION),
        int(_found(commit, *_DATA_VERSION) or 0),
        int(_found(commit, *_COUNTS_VERSION) or 0),
    )


def _found(commit: str, path: str, pattern: str) -> str:
    done = _git("show", f"{commit}:{path}")
    found = re.search(pattern, done.stdout, re.MULTILINE) if done.returncode == 0 else None
    return found[1] if found else ""


def _migrations(old: str, new: str) -> list[str]:
    """Return the migrations that the new commit has and the old one has not, whatever their folders are called."""
    before, after = (set(_MIGRATION.findall(git("ls-tree", "-r", "--name-only", commit))) for commit in (old, new))
    names = {name for _, name in before}
    return sorted(f"{app}.{name}" for app, name in after - before if name not in names)

"""PARTS: which parts of Trendsite run on this machine: all, the site alone, or the pipeline without the site.

On two machines both need the same Redis, database and storage, and nothing else of each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.environment import Environment, SettingError

_CHOICES = ("all", "site", "pipeline")

_PROGRAMS_OF_PIPELINE = ("collector", "streaming", "past-days", "class-archive", "archive")
_PROGRAMS_OF_SITE = ("site", "alerts")


@dataclass(frozen=True)
class Parts:
    """The parts on this machine."""

    has_site: bool = True
    has_pipeline: bool = True

    @property
    def are_all(self) -> bool:
        """Whether nothing runs on another machine."""
        return self.has_site and self.has_pipeline

    @property
    def needed(self) -> tuple[str, ...]:
        """The parts, as ``launch.health`` names them, without which this machine does not do its work."""
        of_site = ("site", "redis", "database") if self.has_site else ("redis",)
        return (*of_site, "collector", "streaming") if self.has_pipeline else of_site

    def include(self, program: str) -> bool:
        """Return whether a program of supervisord.conf runs on this machine."""
        return not (
            (program in _PROGRAMS_OF_SITE and not self.has_site)
            or (program in _PROGRAMS_OF_PIPELINE and not self.has_pipeline)
        )


def read_parts(settings: Environment) -> Parts:
    """Return the parts that PARTS names.

    Raises:
        SettingError: PARTS is not usable.
    """
    parts = settings.choice("PARTS", "all", _CHOICES)
    return Parts(has_site=parts != "pipeline", has_pipeline=parts != "site")


def check_shared(values: Mapping[str, str]) -> None:
    """Check that what two machines share can be reached from both.

    Raises:
        SettingError: a setting is missing, or names something of this machine.
    """
    settings = Environment(values)
    if read_parts(settings).are_all:
        return
    why = f"with PARTS={settings.text('PARTS')} both machines use"
    settings.required("REDIS_URL", f"{why} one Redis, such as rediss://user:password@host:6379/0")
    database = settings.required("DATABASE_URL", f"{why} one database: give postgres://user:password@host/name")
    if database.startswith("sqlite"):
        raise SettingError(
            f"DATABASE_URL is a file of this machine, but {why} one database: give postgres://user:password@host/name"
        )
    settings.required("ARCHIVE_URL", f"{why} one storage: give s3://bucket/prefix, or a folder that both can reach")

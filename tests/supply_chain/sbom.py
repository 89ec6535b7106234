"""The software bill of materials, as CycloneDX: the locked packages, the jars in pyspark, and the script in the page.

Versions and hashes are those of the locks. Licences and jars are read from the installed packages, where they are.
"""

import re
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.supply_chain import chart
from tests.supply_chain.vulnerabilities import LOCKS

_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>\S+)(?P<rest>(?:.*\\\n)+.*|.*)", re.M)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_POM = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_JAR = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+-]*)\.jar")
_CHART = re.compile(r"Chart\.js v(\S+)")


def write_sbom(root: Path, path: Path) -> int:
    """Write the bill for the project at ``root``; return how many components it has."""
    bom = Bom()
    bom.metadata.component = Component(name="trendsite", type=ComponentType.APPLICATION, bom_ref="trendsite")
    for name in LOCKS:
        scope = ComponentScope.REQUIRED if name == "requirements" else ComponentScope.OPTIONAL
        for component in locked_packages((root / "locks" / f"{name}.lock").read_text(), scope):
            bom.components.add(component)
    for component in jars():
        bom.components.add(component)
    bom.components.add(_chart(root / chart.FILE))
    bom.register_dependency(bom.metadata.component, bom.components)
    path.write_text(JsonV1Dot6(bom).output_as_string(indent=2))
    return len(bom.components)


def locked_packages(lock: str, scope: ComponentScope) -> Iterator[Component]:
    """Yield the packages of a lock, also those for other machines. Each of its files has a hash."""
    for found in _PACKAGE.finditer(lock):
        name, version = found["name"], found["version"].rstrip(";\\")
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in _HASH.findall(found["rest"])]
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            scope=scope,
            purl=PackageURL("pypi", None, name.lower(), version),
            hashes=hashes,
            licenses=_licenses(name, version),
            bom_ref=f"pypi:{name}@{version}",
        )


def _licenses(name: str, version: str) -> list[DisjunctiveLicense]:
    try:
        installed = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    words = installed.get("License-Expression") or installed.get("License") or ""
    # Some packages have the whole text in this field.
    is_name = installed["Version"] == version and 0 < len(words) < 100
    return [DisjunctiveLicense(name=words)] if is_name else []


def jars() -> Iterator[Component]:
    """Yield the Java libraries inside the installed pyspark; none if it is not installed."""
    try:
        folder = Path(str(metadata.distribution("pyspark").locate_file("pyspark/jars")))
    except metadata.PackageNotFoundError:
        return
    for path in sorted(folder.glob("*.jar")):
        group, name, version = _coordinates(path)
        yield Component(
            name=name,
            group=group,
            version=version,
            type=ComponentType.LIBRARY,
            scope=ComponentScope.REQUIRED,
            purl=PackageURL("maven", group, name, version) if group else None,
            bom_ref=f"jar:{path.name}",
        )


def _coordinates(path: Path) -> tuple[str | None, str, str]:
    """Return group, name and version of a jar. The group is unknown unless exactly one library says what it is."""
    with zipfile.ZipFile(path) as jar:
        poms = [name for name in jar.namelist() if _POM.fullmatch(name)]
        lines = jar.read(poms[0]).decode().splitlines() if len(poms) == 1 else []
    values = dict(line.partition("=")[::2] for line in lines if "=" in line)
    named = _JAR.fullmatch(path.name)
    name, version = (named["name"], named["version"]) if named else (path.stem, "")
    is_this = values.get("artifactId") == name and values.get("version") == version
    return (values.get("groupId") if is_this else None), name, version


def _chart(path: Path) -> Component:
    found = _CHART.search(path.read_text()[:500])
    version = found[1] if found else ""
    return Component(
        name="chart.js",
        version=version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        purl=PackageURL("npm", None, "chart.js", version),
        licenses=[DisjunctiveLicense(id="MIT")],
        bom_ref="npm:chart.js",
    )

"""The house rules that no linter knows: locks, wheel, version, addresses, first lines, layers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("streams", "detectors", "rules", "sinks", "commands")
SHELL = {
    "announce",
    "brokers",
    "collector",
    "kafka_client",
    "live",
    "settings",
    "sources",
    "topics",
}
"""Parts of `streams` that may do I/O or touch the process; the rest is the pure core."""
PLACES = {
    "127.0.0.1",
    "arxiv.org",
    "doi.org",
    "json-schema.org",
    "keepachangelog.com",
    "localhost",
    "semver.org",
    "www.apache.org",
}
"""Hosts that a page may name: standards, papers, and this machine itself."""


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def files(root: Path) -> list[Path]:
    """Every file of the project: what git tracks, or would."""
    if not (root / ".git").exists() or shutil.which("git") is None:
        pytest.skip("these rules are about a git checkout, and this is none")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout
    return [root / name for name in listed.decode().split("\0") if name and (root / name).is_file()]


def texts(files):
    for file in files:
        try:
            yield file, file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_the_version_is_that_of_the_newest_entry_of_the_changelog(root, project):
    head = re.search(r"^## \[?(\d+\.\d+\.\d+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert head
    assert project["project"]["version"] == head[1]


def test_every_entry_of_the_changelog_has_its_tag(root):
    entries = re.findall(r"^- (.*)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    tags = ("[CHANGE]", "[FEATURE]", "[ENHANCEMENT]", "[BUGFIX]")
    assert entries
    assert [entry for entry in entries if not entry.startswith(tags)] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_names_versions_and_hashes_and_no_address(root, name):
    text = (root / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    pins = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    assert len(pins) > 30
    assert all(re.match(r"[a-z0-9.\-]+==[^ ]+( ; [^\\]+)? \\$", pin) for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert set(re.findall(r"^    (--\w+)", text, re.MULTILINE)) == {"--hash"}


def test_the_locks_hold_every_declared_dependency_and_agree(root, project):
    def pinned(name):
        return set(re.findall(r"^([a-z0-9.\-]+)==(\S+)", (root / name).read_text(), re.MULTILINE))

    def names(requirements):
        return {re.split(r"[^A-Za-z0-9.\-]", text)[0].lower() for text in requirements}

    extras = project["project"]["optional-dependencies"]
    runtime, everything = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert runtime <= everything
    assert names(project["project"]["dependencies"]) <= {name for name, _ in runtime}
    assert names(extras["broker"]) <= {name for name, _ in runtime}
    assert names(extras["dev"] + extras["bench"]) <= {name for name, _ in everything}


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(root, files, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        entry_points = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "watchfloor = app:main" in archive.read(entry_points).decode()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    assert {name.split("/")[0] for name in inside} == {"app.py", *PACKAGES}
    ours = {file.relative_to(root).as_posix() for file in files}
    assert inside == {name for name in ours if name.split("/")[0] in {"app.py", *PACKAGES}}
    for needed in ("rules/library/", "streams/adapters/mappings/", "rules/critical/lexicon/"):
        assert any(name.startswith(needed) and name.endswith(".yaml") for name in inside), needed


def test_no_file_names_a_place_on_somebodys_machine(files):
    private = re.compile(r"(?<![\w./-])/(?:work|root|home|Users)/\w|[A-Z]:\\Users\\")
    found = [
        f"{file}: {line.strip()}"
        for file, text in texts(files)
        for line in text.splitlines()
        if private.search(line)
    ]
    assert found == []


def test_no_file_names_a_host_but_those_of_standards_and_papers(files):
    found = [
        f"{file}: {host}"
        for file, text in texts(files)
        for host in re.findall(r"\w+://([A-Za-z0-9.\-]*[A-Za-z0-9])", text)
        if "." in host and host not in PLACES and not host.endswith((".example", ".invalid"))
    ]
    assert found == []


def test_every_link_between_pages_leads_somewhere(root, files):
    broken = [
        f"{file.relative_to(root)}: {target}"
        for file, text in texts(files)
        if file.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in target and not (file.parent / target).exists()
    ]
    assert broken == []


def test_every_module_says_in_its_first_line_what_it_is_for(root, files):
    silent = [
        file.relative_to(root).as_posix()
        for file, text in texts(files)
        if file.suffix == ".py" and not re.match(r'r?"""\S.{15,}', text)
    ]
    assert silent == []


def test_every_part_of_streams_is_either_core_or_shell(root, project):
    (core,) = (
        set(contract["source_modules"])
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["name"].startswith("The core")
    )
    parts = {
        path.stem
        for path in (root / "streams").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert {f"streams.{part}" for part in parts - SHELL} | {"detectors", "rules"} == core


def test_bare_make_tells_a_newcomer_what_to_run(root):
    if shutil.which("make") is None:
        pytest.skip("make is not installed here")
    said = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True).stdout
    offered = re.findall(r"^  make ([a-z-]+)", said, re.MULTILINE)
    assert offered[:3] == ["demo", "test", "check"]
    makefile = (root / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in offered)


def test_the_command_lists_its_verbs_and_knows_wrong_usage(root):
    def watchfloor(*arguments):
        return subprocess.run(
            [sys.executable, "app.py", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )

    shown = watchfloor("--help")
    assert shown.returncode == 0
    for verb in ("demo", "worker", "replay", "simulate", "feed", "rules", "doctor", "deadletters"):
        assert re.search(rf"^  {verb} +\S", shown.stdout, re.MULTILINE), verb
        assert watchfloor(verb, "--help").returncode == 0
    assert watchfloor("no-such-verb").returncode == 3
    assert watchfloor("feed").returncode == 3


def test_every_page_is_reached_from_the_page_of_its_folder(root):
    lost = [
        page.relative_to(root).as_posix()
        for index in (root / "docs").glob("*/README.md")
        for page in index.parent.rglob("*.md")
        if page != index and page.relative_to(index.parent).as_posix() not in index.read_text()
    ]
    assert lost == []

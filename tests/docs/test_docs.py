"""Docs are true: the paths they name exist, and nothing an operator can set is left out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.main import COMMANDS
from api.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_PATH = re.compile(r"`((?:api|core|ext|benchmarks|kustomize|tests|docs|deploy)/[\w./-]*)`")


def fenced(page: Path) -> list[str]:
    return re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    missing = [
        named
        for named in _PATH.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / named).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_docs_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_operators_guide_names_every_setting() -> None:
    guide = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")

    missing = [
        name for name in Settings.__struct_fields__ if f"{PREFIX}{name.upper()}" not in guide
    ]

    assert missing == []


def test_some_page_names_every_command() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [name for name in COMMANDS if f"bookwheel {name}" not in text] == []


def test_api_guide_names_every_route_of_the_schema() -> None:
    code = "from api.routes.every import EVERY\nfor each in EVERY: print(each.path)"
    paths = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    guide = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")

    missing = sorted(
        {re.sub(r":\w+}", "}", path) for path in paths if path.startswith("/api/v1/")}
        - set(re.findall(r"/api/v1/[\w/{}.-]*", guide))
    )

    assert missing == []


def test_readme_shows_the_two_commands_first() -> None:
    run, test = fenced(ROOT / "README.md")[:2]

    assert run.strip().endswith("bookwheel demo")
    assert "pytest" in test
    assert all(len(command.strip().splitlines()) == 1 for command in (run, test))


def test_pinned_dependencies_name_no_address() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert "://" not in pins
    assert " @ " not in pins


def test_changelog_speaks_of_the_next_version() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

"""`bookwheel experiment` as its user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from api.settings import environment_of


def bookwheel(settings: Any, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "experiment", *arguments],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def draft(folder: Path, **fields: Any) -> str:
    file = folder / "draft.json"
    variants = [{"name": "as is"}, {"name": "bold", "mix": {"personal": 0.9}}]
    told = {"name": "bolder shelf", "surface": "recommended", "variants": variants}
    file.write_text(json.dumps(told | fields))
    return str(file)


def test_one_is_started_listed_looked_at_and_stopped(settings: Any, tmp_path: Path) -> None:
    started = bookwheel(settings, "start", draft(tmp_path))
    listed = bookwheel(settings, "list")
    shown = bookwheel(settings, "results", "bolder shelf")
    stopped = bookwheel(settings, "stop", "bolder shelf")
    after = bookwheel(settings, "list")

    assert started.stdout == "bolder shelf runs\n"
    assert listed.stdout.startswith("bolder shelf")
    assert listed.stdout.rstrip().endswith("runs")
    assert "bolder shelf: empty, told by click" in shown.stdout
    assert "click: bold too few readers yet" in shown.stdout
    assert stopped.stdout == "bolder shelf is stopped\n"
    assert "until" in after.stdout


def test_what_cannot_be_is_told_in_one_line(settings: Any, tmp_path: Path) -> None:
    broken = bookwheel(settings, "start", draft(tmp_path, surface="search"))
    nonsense = bookwheel(settings, "start", draft(tmp_path, goal="fame"))
    missing = bookwheel(settings, "stop", "nothing")

    assert [each.returncode for each in (broken, nonsense, missing)] == [1, 1, 1]
    assert "variants/1/mix does not change search" in broken.stderr
    assert "fame" in nonsense.stderr
    assert "no experiment is called 'nothing'" in missing.stderr

"""`bookwheel loadtest`, run as a person runs it, against a real worker."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

ROOT = Path(__file__).parents[2]


def loadtest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "loadtest", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
async def url(shop: Any, serving: Any) -> str:
    [client] = await serving(replace(shop.settings, limits=False))
    return str(client.base_url)


async def test_shop_that_bears_the_load_is_good_enough(url: str, tmp_path: Path) -> None:
    out, plot = tmp_path / "load.json", tmp_path / "load.svg"

    done = loadtest(
        "2", "80", "--url", url, "--rate", "60", "--average", "5000", "--per-second", "1",
        "--json", str(out), "--plot", str(plot),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("good enough")
    found = json.loads(out.read_text())
    assert found["requests"] == 80
    assert found["statuses"] == {"200": 80}
    assert found["cpu_us"] > 0
    assert plot.read_text().startswith("<svg")


async def test_what_falls_short_is_told_and_fails(url: str) -> None:
    done = loadtest("1", "20", "--url", url, "--rate", "50", "--per-second", "1000000")

    assert done.returncode == 1
    assert "not good enough" in done.stderr
    assert "1e+06 is the least" in done.stderr


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://192.0.2.7:8000", "is another machine"),
        ("https://127.0.0.1:8000", "is no http:// address"),
        ("http://127.0.0.1:9", "is a shop running there?"),
    ],
)
def test_shop_that_cannot_be_visited_is_told_in_one_line(url: str, told: str) -> None:
    done = loadtest("1", "1", "--url", url)

    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1

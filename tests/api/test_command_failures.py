"""What goes wrong on the command line is told in one line, without a stack trace."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def bookwheel(tmp_path: Path, database_url: str) -> Run:
    def run(
        *arguments: str, typed: str = "", outside: dict[str, str] | None = None, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        environment = {"BOOKWHEEL_DATABASE_URL": database_url, "PATH": "", "COLUMNS": "200"}
        environment["BOOKWHEEL_DATA_DIR"] = str(tmp_path / "data")
        environment |= outside or {}
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            env=environment | {f"BOOKWHEEL_{name}": value for name, value in settings.items()},
            input=typed,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [("serve", "--port", "0"), ("migrate",), ("index", "follow"), ("train",), ("demo",)],
    ids=" ".join,
)
def test_data_folder_that_cannot_be_made_is_named_in_one_line(
    bookwheel: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"

    done = bookwheel(*arguments, DATA_DIR=str(folder), DATABASE_URL="")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]  # before it, `train` tells what it is about to do
    assert line.startswith("bookwheel: ")
    assert str(folder) in line


def test_account_that_breaks_rules_is_told_which(bookwheel: Run) -> None:
    done = bookwheel("user", "create", "nobody", typed="short\n")

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "email is no e-mail address" in line
    assert "password" in line


@pytest.mark.parametrize("setting", ["SIGNING_KEY_FILE", "FIELD_KEY_FILE"])
def test_serve_refuses_a_file_that_holds_no_key(
    bookwheel: Run, tmp_path: Path, setting: str
) -> None:
    key = tmp_path / "key.pem"
    key.write_text("not a key")

    done = bookwheel("serve", "--port", "0", **{setting: str(key)})

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert str(key) in line
    assert f"point BOOKWHEEL_{setting} at a" in line
    assert "openssl" in line


def test_doctor_names_a_file_that_holds_no_key(bookwheel: Run, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("not a key")

    done = bookwheel("doctor", SIGNING_KEY_FILE=str(key), PORT="0")

    assert done.returncode == 1
    assert "✗  signing key" in done.stdout


def test_doctor_makes_nothing(bookwheel: Run, tmp_path: Path) -> None:
    done = bookwheel("doctor", PORT="0")

    assert re.search(r"signing key +none yet", done.stdout)
    assert not (tmp_path / "data").exists()


def test_doctor_names_an_object_store_that_is_away(bookwheel: Run) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true"}
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "c"}

    done = bookwheel("doctor", PORT="0", MODELS_URL="s3://models/main", outside=nowhere | keys)

    assert done.returncode == 1
    assert re.search(r"✗ +models' object store +.*s3://models/main", done.stdout)


def test_doctor_tells_of_an_object_store_without_a_model(bookwheel: Run, tmp_path: Path) -> None:
    done = bookwheel("doctor", PORT="0", MODELS_URL=(tmp_path / "objects").as_uri())

    assert re.search(r"models' object store +no model of main yet +bookwheel train", done.stdout)


def test_doctor_shows_settings_without_a_value_alike(bookwheel: Run) -> None:
    done = bookwheel("doctor", PORT="0", SEARCH_WEIGHTS="0.6,0.3,0.1")

    shown = dict(line.split()[:2] for line in done.stdout.splitlines() if "default" in line)
    assert {shown[name] for name in ("signing_key_file", "allowed_hosts", "otlp_endpoint")} == {"-"}
    assert "0.6,0.3,0.1" in done.stdout

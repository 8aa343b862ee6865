"""Secrets come from files, too, and are shown nowhere (ASVS v5.0.0 13.3.1, 16.2.5)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.secrets import fault_in_file, read_secret
from api.settings import SECRETS, BadSettings, Settings, environment_of, load

PASSWORD = "s3cret-hunter2"
URL = f"postgresql://bookwheel:{PASSWORD}@127.0.0.1:1/none"
VALUES = {
    "database_url": URL,
    "valkey_url": "unix:///run/valkey",
    "mail_url": f"smtp://bookwheel:{PASSWORD}@mail.example:587",
    "search_url": f"https://bookwheel:{PASSWORD}@search.example:9200",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "database-url"
    made.write_text(f"{URL}\n")
    made.chmod(0o600)
    return made


def bookwheel(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "300"}
    environment |= {f"BOOKWHEEL_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_every_secret_is_read_from_a_file(name: str, tmp_path: Path) -> None:
    value = VALUES[name]
    file = tmp_path / "secret"
    file.write_text(f"{value}\n")

    settings, sources = load({f"BOOKWHEEL_{name.upper()}_FILE": str(file)})

    [told] = [each for each in sources if each.name == name]
    assert getattr(settings, name) == value
    assert (told.source, told.secret_file) == (str(file), file)


def test_toml_file_names_files_of_secrets(file: Path, tmp_path: Path) -> None:
    toml = tmp_path / "bookwheel.toml"
    toml.write_text(f'database_url_file = "{file}"\n')

    settings, _ = load({"BOOKWHEEL_CONFIG": str(toml)})

    assert settings.database_url == URL


def test_environment_goes_over_a_file_that_the_toml_file_names(file: Path, tmp_path: Path) -> None:
    toml = tmp_path / "bookwheel.toml"
    toml.write_text(f'database_url_file = "{file}"\n')

    settings, sources = load(
        {"BOOKWHEEL_CONFIG": str(toml), "BOOKWHEEL_DATABASE_URL": "postgresql://other/db"}
    )

    assert settings.database_url == "postgresql://other/db"
    assert [each.secret_file for each in sources if each.name == "database_url"] == [None]


def test_both_at_once_are_refused(file: Path) -> None:
    with pytest.raises(BadSettings, match="keep one of them") as refused:
        load({"BOOKWHEEL_DATABASE_URL": URL, "BOOKWHEEL_DATABASE_URL_FILE": str(file)})

    assert PASSWORD not in str(refused.value)


def test_file_of_what_is_no_secret_is_no_setting(file: Path) -> None:
    with pytest.raises(BadSettings, match="port_file"):
        load({"BOOKWHEEL_PORT_FILE": str(file)})


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_file_that_holds_no_secret_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(BadSettings, match=r"BOOKWHEEL_DATABASE_URL_FILE.*database-url"):
        load({"BOOKWHEEL_DATABASE_URL_FILE": str(file)})


def test_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"nowhere: No such file.*let this process"):
        load({"BOOKWHEEL_DATABASE_URL_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("mode", "fault"),
    [(0o600, ""), (0o440, ""), (0o644, "open to every user"), (0o660, "written by its group")],
)
def test_file_that_others_may_touch_is_told(file: Path, mode: int, fault: str) -> None:
    file.chmod(mode)

    told, remedy = fault_in_file(file)

    assert fault in told
    assert bool(remedy) == bool(fault)


def test_secret_is_no_part_of_what_settings_show() -> None:
    settings = Settings(database_url=URL, valkey_url=f"valkey://:{PASSWORD}@cache/0")

    assert PASSWORD not in repr(settings)
    assert PASSWORD not in str(settings)
    assert "port=8000" in repr(settings)
    assert "127.0.0.1:1/none" in repr(settings)


def test_child_reads_the_file_itself(file: Path) -> None:
    environ = {"BOOKWHEEL_DATABASE_URL_FILE": str(file)}
    settings, _ = load(environ)

    given = environment_of(settings, environ)
    again, _ = load({**environ, **given})

    assert PASSWORD not in str(given)
    assert again.database_url == URL


def test_child_gets_what_the_command_line_put_over_the_file(file: Path) -> None:
    environ = {"BOOKWHEEL_DATABASE_URL_FILE": str(file)}
    settings, _ = load(environ, database_url="postgresql://other/db")

    again, _ = load({**environ, **environment_of(settings, environ)})

    assert again.database_url == "postgresql://other/db"


def test_doctor_shows_no_secret_and_tells_of_an_open_file(file: Path, tmp_path: Path) -> None:
    file.chmod(0o644)

    done = bookwheel("doctor", DATA_DIR=str(tmp_path / "data"), DATABASE_URL_FILE=str(file))

    assert done.returncode == 1
    assert PASSWORD not in done.stdout + done.stderr
    assert "postgresql://bookwheel:***@127.0.0.1:1/none" in done.stdout
    assert f"chmod o= {file}" in done.stdout


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://bookwheel:{PASSWORD}@127.0.0.1:1/none",
        f"postgresql://bookwheel:{PASSWORD}/@127.0.0.1:1/none",
        f"postgresql://bookwheel:{PASSWORD}#@127.0.0.1:1/none",
        f"mysql://bookwheel:{PASSWORD}@127.0.0.1:1/none",
        f"postgresql://bookwheel:{PASSWORD}@[::1/none",
        f"postgresql://127.0.0.1:1/none?user=bookwheel&password={PASSWORD}",
    ],
)
@pytest.mark.parametrize("arguments", [("migrate",), ("doctor",), ("train",)], ids=" ".join)
def test_no_command_prints_the_password(
    url: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = bookwheel(*arguments, DATA_DIR=str(tmp_path / "data"), DATABASE_URL=url)

    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_operators_page_names_every_file_of_a_secret() -> None:
    page = (Path(__file__).parents[2] / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")

    missing = [name for name in SECRETS if f"`BOOKWHEEL_{name.upper()}_FILE`" not in page]

    assert missing == []


def test_secret_is_read_without_its_line_end(file: Path) -> None:
    assert read_secret(file) == URL

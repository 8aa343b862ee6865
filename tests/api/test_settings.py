"""Settings: where each comes from, and what a wrong one is told."""

from pathlib import Path

import pytest

from api.settings import BadSettings, Settings, default_data_dir, environment_of, load


def test_environment_goes_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "bookwheel.toml"
    file.write_text('port = 9001\nworkers = 3\ncurrency = "USD"\n')

    settings, sources = load(
        {"BOOKWHEEL_CONFIG": str(file), "BOOKWHEEL_WORKERS": "5", "HOME": str(tmp_path)}
    )

    assert (settings.port, settings.workers, settings.currency) == (9001, 5, "USD")
    told = {sourced.name: sourced.source for sourced in sources}
    assert told["port"] == str(file)
    assert told["workers"] == "environment"
    assert told["log_level"] == "default"


def test_command_line_goes_over_everything() -> None:
    settings, sources = load({"BOOKWHEEL_PORT": "9001"}, port=0, workers=None)

    assert settings.port == 0
    assert {s.name: s.source for s in sources}["port"] == "command line"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WORKERS", "-1"),
        ("CURRENCY", "euro"),
        ("SEARCH_WEIGHTS", "1,2"),
        ("SEARCH_WEIGHTS", "0,0,0"),
        ("LOG_LEVEL", "loud"),
        ("TRACE_RATIO", "2"),
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("REFRESH_TOKEN_SECONDS", "-1"),
        ("SESSION_DAYS", "0"),
        ("OTLP_ENDPOINT", "collector:4318"),
        ("MODELS_URL", "/srv/models"),
        ("MODELS_URL", "s3://user:password@bucket?x=1"),
    ],
)
def test_wrong_value_is_named_with_its_source(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=rf"BOOKWHEEL_{name}=.*environment"):
        load({f"BOOKWHEEL_{name}": value})


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(BadSettings, match="prot"):
        load({"BOOKWHEEL_PROT": "8000"})


def test_what_benchmarks_and_tests_are_told_is_no_setting() -> None:
    settings, _ = load({"BOOKWHEEL_BENCH_BOOKS": "10", "BOOKWHEEL_TEST_SHOP_URL": "http://x"})

    assert settings.port == 8000


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="nowhere"):
        load({"BOOKWHEEL_CONFIG": str(tmp_path / "nowhere.toml")})


def test_child_process_gets_the_same_settings(tmp_path: Path) -> None:
    settings, _ = load(
        {},
        data_dir=tmp_path,
        allowed_hosts=("a.example", "b.example"),
        demo=True,
        search_weights=(0.6, 0.3, 0.1),
        signing_key_file=tmp_path / "key.pem",
    )

    again, _ = load(environment_of(settings))

    assert again == settings


def test_data_goes_where_the_home_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    chosen = default_data_dir({"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")})

    assert chosen in {tmp_path / "data" / "bookwheel", Path("/var/lib/bookwheel")}


def test_every_setting_has_a_sentence() -> None:
    source = Path(__file__).parents[2] / "api" / "settings" / "declared.py"
    lines = [line.strip() for line in source.read_text().splitlines()]

    for name in Settings.__struct_fields__:
        place = next(i for i, line in enumerate(lines) if line.startswith(f"{name}:"))
        assert lines[place + 1].startswith('"""'), name

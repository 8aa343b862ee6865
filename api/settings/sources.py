"""Where settings come from: command line over environment over file over default."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import Struct

from api.secrets import FILE_SUFFIX, BadSecret, inherited, read_secret
from api.settings.declared import SECRETS, Settings, shown
from api.settings.rules import broken
from core.privacy.masking import MASKED

PREFIX: Final = "BOOKWHEEL_"
FILE_VARIABLE: Final = "BOOKWHEEL_CONFIG"
NO_SETTINGS: Final = ("BOOKWHEEL__", "BOOKWHEEL_BENCH_", "BOOKWHEEL_TEST_")
"""What a process tells its children alone, and what benchmarks and tests are told."""


class BadSettings(Exception):
    """A setting that cannot be read; the message names it, its source and the remedy."""


class Sourced(Struct, frozen=True):
    """A setting's value and where it came from: "default", "environment" or a file's path.

    secret_file: what a secret was read from.
    """

    name: str
    value: Any
    source: str
    secret_file: Path | None = None

    @property
    def shown(self) -> str:
        """The value as it may stand on a screen; "" for nothing."""
        return _text(shown(self.name, self.value))


def load(
    environ: Mapping[str, str] = os.environ, **overrides: Any
) -> tuple[Settings, tuple[Sourced, ...]]:
    """Read settings; command line over environment over file over default.

    Raises BadSettings for an unknown name, a value of the wrong type or an unreadable file.
    """
    hints = get_type_hints(Settings)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    files: dict[str, Path] = {}
    for source, given in (
        _from_file(environ.get(FILE_VARIABLE, "")),
        ("environment", _from_environment(environ)),
        ("command line", {name: value for name, value in overrides.items() if value is not None}),
    ):
        plain, held = _with_secrets(given, source)
        files |= held
        for name, raw in plain.items():
            if name not in hints:
                raise BadSettings(f"{name!r} ({source}) is no setting: see `bookwheel doctor`")
            values[name] = _convert(name, raw, hints[name], source)
            sources[name] = str(held.get(name, source))
    values.setdefault("data_dir", Path())
    if values["data_dir"] == Path():
        values["data_dir"] = default_data_dir(environ)
    settings = Settings(**values)
    _check(settings, sources)
    return settings, tuple(
        Sourced(name, getattr(settings, name), source, _read_from(files.get(name), source))
        for name in Settings.__struct_fields__
        for source in (sources.get(name, "default"),)
    )


def environment_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to put over `environ` so that a child process gets the same settings.

    A secret that stands in a file stays there.
    """
    chosen: dict[str, str] = {}
    for name in Settings.__struct_fields__:
        text, variable = _text(getattr(settings, name)), PREFIX + name.upper()
        if name in SECRETS:
            chosen |= inherited(variable, text, environ)
        elif text:
            chosen[variable] = text
    return chosen


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_DATA_HOME/bookwheel`, or `/var/lib/bookwheel` for a root whose home is closed.

    PostgreSQL refuses to run as root, so its files must lie where another user can reach them.
    """
    home = Path(environ.get("HOME") or Path.home())
    base = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    if os.geteuid() == 0 and not _open_to_others(home):
        return Path("/var/lib/bookwheel")
    return base / "bookwheel"


def _open_to_others(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def _read_from(file: Path | None, source: str) -> Path | None:
    """The secret's file, unless something went over it."""
    return file if file is not None and str(file) == source else None


def _text(value: Any) -> str:
    """A value as the environment has it; "" for nothing."""
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return "" if text == "." else text


def _with_secrets(given: dict[str, Any], source: str) -> tuple[dict[str, Any], dict[str, Path]]:
    """What is given, with secrets read from the files that are; and the files, by setting."""
    plain, files = dict(given), {}
    for name in SECRETS:
        file = str(plain.pop(f"{name}{FILE_SUFFIX}", ""))
        if not file:
            continue
        variable = f"{PREFIX}{(name + FILE_SUFFIX).upper()}"
        if plain.get(name):
            raise BadSettings(f"{variable} and {PREFIX}{name.upper()} ({source}): keep one of them")
        files[name] = Path(file).expanduser()
        try:
            plain[name] = read_secret(files[name])
        except BadSecret as error:
            raise BadSettings(f"{variable} ({source}): {error}") from None
    return plain, files


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and not name.startswith(NO_SETTINGS) and name != FILE_VARIABLE
    }


def _from_file(path: str) -> tuple[str, dict[str, Any]]:
    if not path:
        return "file", {}
    try:
        return path, tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"{FILE_VARIABLE}={path}: {error}") from error


def _convert(name: str, raw: Any, kind: Any, source: str) -> Any:
    if kind is Path:
        return Path(str(raw)).expanduser()
    if isinstance(raw, str) and getattr(kind, "__origin__", None) is tuple:
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        told = MASKED if name in SECRETS else repr(raw)
        raise BadSettings(f"{PREFIX}{name.upper()}={told} ({source}): {error}") from None


def _check(settings: Settings, sources: Mapping[str, str]) -> None:
    for name, remedy in broken(settings):
        value, source = shown(name, getattr(settings, name)), sources.get(name, "default")
        raise BadSettings(f"{PREFIX}{name.upper()}={value!r} ({source}): must be {remedy}")

"""`bookwheel doctor`: every setting with its source, every part with its state and the remedy."""

import asyncio
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from api.secrets import fault_in_file
from api.settings import Settings, Sourced, load
from core.kernel.errors import BookwheelError
from core.privacy.masking import mask_passwords

LEAST_FREE_BYTES = 2 * 2**30


class Finding(Struct, frozen=True):
    """remedy: "" when all is well."""

    part: str
    state: str
    remedy: str = ""


@click.command(help="Print each setting with its source, and what is wrong with what remedy.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Look at this data folder.")
def command(data_dir: Path | None) -> None:
    settings, sourced = load(data_dir=data_dir)
    console = Console()
    console.print(_settings_table(sourced))
    findings = [finding for look in LOOKS for finding in look(settings)]
    findings += _secret_files(settings, sourced)
    console.print(_findings_table(findings))
    wrong = [finding for finding in findings if finding.remedy]
    console.print(f"{len(wrong)} to mend" if wrong else "all is well")
    raise SystemExit(1 if wrong else 0)


def _settings_table(sourced: tuple[Sourced, ...]) -> Table:
    table = Table("setting", "value", "source", box=None, pad_edge=False)
    for setting in sourced:
        table.add_row(setting.name, setting.shown or "-", setting.source)
    return table


def _findings_table(findings: list[Finding]) -> Table:
    table = Table("", "part", "state", "remedy", box=None, pad_edge=False)
    for finding in findings:
        mark = "[red]✗[/]" if finding.remedy else "[green]✓[/]"
        table.add_row(mark, finding.part, finding.state, finding.remedy)
    return table


def _data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    existing = next(part for part in (folder, *folder.parents) if part.exists())
    free = shutil.disk_usage(existing).free
    state = f"{folder} ({free / 2**30:.1f} GiB free)"
    yield Finding(
        "data folder",
        state,
        "make room: index and model need some" if free < LEAST_FREE_BYTES else "",
    )


def _port(settings: Settings) -> Iterator[Finding]:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            yield Finding(
                "port",
                f"{settings.host}:{settings.port} {error.strerror}".lower(),
                "fine if `bookwheel serve` holds it, else set BOOKWHEEL_PORT",
            )
        else:
            yield Finding("port", f"{settings.host}:{settings.port} is free")


def _database(settings: Settings) -> Iterator[Finding]:
    from api.wiring.databases import pending_migrations, running_database  # noqa: PLC0415 - not for `--help`

    try:
        with running_database(settings) as url:
            pending = asyncio.run(pending_migrations(url))
            yield Finding("database", mask_passwords(url))
            yield Finding(
                "schema",
                f"{len(pending)} migrations pending" if pending else "up to date",
                "bookwheel migrate" if pending else "",
            )
    except BookwheelError as error:
        yield Finding("database", mask_passwords(error.detail), error.remedy or "start it")
    except OSError as error:
        yield Finding("database", mask_passwords(str(error)), "set another BOOKWHEEL_DATA_DIR")


def _signing_key(settings: Settings) -> Iterator[Finding]:
    from api.wiring.accounts import held_signing_key  # noqa: PLC0415 - not for `--help`

    try:
        file = held_signing_key(settings)
    except BookwheelError as error:
        yield Finding("signing key", error.detail, error.remedy)
    else:
        yield Finding("signing key", str(file) if file else "none yet: the first start makes it")


def _field_keys(settings: Settings) -> Iterator[Finding]:
    from api.wiring.fields import held_field_keys  # noqa: PLC0415 - not for `--help`

    try:
        keys = held_field_keys(settings)
    except BookwheelError as error:
        yield Finding("field key", error.detail, error.remedy)
        return
    if keys is None:
        yield Finding("field key", "none yet: the first sealed field makes it")
        return
    current, *others = keys.ids()
    older = f", {len(others)} others open" if others else ""
    yield Finding("field key", f"{current} seals{older}")


def _secret_files(settings: Settings, sourced: tuple[Sourced, ...]) -> Iterator[Finding]:
    """Files that hold secrets, and who may read them."""
    from api.wiring.accounts import signing_key_file  # noqa: PLC0415 - not for `--help`
    from api.wiring.fields import field_key_file  # noqa: PLC0415

    files = [setting.secret_file for setting in sourced if setting.secret_file is not None]
    others = signing_key_file(settings), field_key_file(settings), settings.openid_file
    for file in (*files, *filter(Path.is_file, others)):
        fault, remedy = fault_in_file(file)
        yield Finding("secret", fault or f"{file} is closed to others", remedy)


def _providers(settings: Settings) -> Iterator[Finding]:
    from api.wiring.accounts import openid_providers  # noqa: PLC0415 - not for `--help`

    try:
        titles = [each.title for each in openid_providers(settings).all]
    except BookwheelError as error:
        yield Finding("sign-in providers", error.detail, error.remedy or "mend the file")
    else:
        yield Finding("sign-in providers", ", ".join(titles) or "none")


def _mail(settings: Settings) -> Iterator[Finding]:
    from api.wiring.mail import mail  # noqa: PLC0415 - not for `--help`

    try:
        mail(settings)
    except BookwheelError as error:
        yield Finding("mail", error.detail, error.remedy)
    else:
        yield Finding("mail", "by SMTP" if settings.mail_url else "kept in files, none is sent")


def _stores(settings: Settings) -> Iterator[Finding]:
    from api.wiring.derived import missing_part  # noqa: PLC0415 - not for `--help`

    folder = settings.data_dir / "stores"
    slugs = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not slugs and not settings.search_url:
        yield Finding("index", f"none in {folder}", "bookwheel index follow")
    parts = (("index", "bookwheel index follow"), ("model", "bookwheel train"))
    for slug in slugs:
        for part, remedy in parts[1:] if settings.search_url else parts:
            missing = missing_part(settings, slug, part)
            yield Finding(f"{part} of {slug}", missing or "ready", remedy if missing else "")


def _object_store(settings: Settings) -> Iterator[Finding]:
    from api.wiring.model_stores import model_store  # noqa: PLC0415 - not for `--help`

    try:
        store = model_store(settings, settings.store)
        version = store.current() if store else None
    except BookwheelError as error:
        yield Finding("models' object store", error.detail, error.remedy or "bookwheel train")
        return
    if store:
        state = version or f"no model of {settings.store} yet"
        yield Finding("models' object store", state, "" if version else "bookwheel train")


def _search_cluster(settings: Settings) -> Iterator[Finding]:
    from api.wiring.clusters import cluster_status  # noqa: PLC0415 - not for `--help`

    if not settings.search_url:
        return
    try:
        found = asyncio.run(cluster_status(settings))
    except BookwheelError as error:
        yield Finding("search cluster", error.detail, error.remedy or "see BOOKWHEEL_SEARCH_URL")
        return
    if not found:
        yield Finding("search cluster", "no index yet", "bookwheel index follow")
    for slug, state in found.items():
        told = f"{state.version}, {state.living:,} books"
        remedy = "bookwheel index rebuild" if state.problem else ""
        yield Finding(f"index of {slug}", state.problem or told, remedy)


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _data_folder,
    _port,
    _database,
    _signing_key,
    _providers,
    _mail,
    _field_keys,
    _search_cluster,
    _object_store,
    _stores,
)

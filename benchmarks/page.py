"""`just bench page`: measure anew all that docs/PERFORMANCE.md shows, its tables and its pictures.

    just bench page                    # everything: hours
    just bench page mixed-load start   # what is named so

A table stands between `<!-- NAME -->` and `<!-- end -->` with the command and the day it is of; a
picture is docs/NAME.svg. What fails leaves the page as it was.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct

from benchmarks.pages import placed

TREE = Path(__file__).parents[1]
PAGE = TREE / "docs" / "PERFORMANCE.md"
MILLION = {"BOOKWHEEL_BENCH_BOOKS": "1000000"}
SESSION = ("-q", "-n", "0", "-o", "python_files=bench_*.py", "--benchmark-only")


class Session(Struct, frozen=True):
    """A file of benchmarks, which writes its table to a file."""

    file: str
    environment: dict[str, str] = {}

    def shown(self) -> str:
        told = "".join(f"{name}={value} " for name, value in self.environment.items())
        return f"{told}just bench {self.file}"

    def table(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder, "table.md")
            options = (*SESSION, "--benchmark-quiet", f"--table={table}")
            run("pytest", f"benchmarks/{self.file}.py", *options, environment=self.environment)
            return table.read_text(encoding="utf-8")


class Program(Struct, frozen=True):
    """Prints its table, and draws a picture."""

    module: str
    picture: str

    def shown(self) -> str:
        return f"python -m {self.module}"

    def table(self) -> str:
        return run(self.module, "--picture", str(TREE / "docs" / self.picture))


PARTS: dict[str, Session | Program] = {
    "search": Session("bench_search"),
    "goodbooks": Session("bench_goodbooks"),
    "http": Session("bench_http"),
    "layers": Session("bench_layers"),
    "kernels": Session("bench_kernels"),
    "start": Session("bench_start", MILLION),
    "mixed-load": Program("benchmarks.mixed_load", "mixed-load.svg"),
    "capacity": Program("benchmarks.capacity", "capacity.svg"),
}


@click.command(help=(__doc__ or "").splitlines()[0])
@click.argument("names", nargs=-1, type=click.Choice([*PARTS]))
def main(names: tuple[str, ...]) -> None:
    for name in names or PARTS:
        part = PARTS[name]
        click.echo(f"measuring {name}: {part.shown()}", err=True)
        try:
            table = part.table()
        except subprocess.CalledProcessError as error:
            raise click.ClickException(f"{name} failed; the page is as it was: {error}") from error
        told = f"`{part.shown()}`, {datetime.now(UTC):%-d %B %Y}."
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(placed(page, name, f"{table.strip()}\n\n{told}"), encoding="utf-8")


def run(module: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What it printed. Raises CalledProcessError."""
    command = (sys.executable, "-m", module, *arguments)
    given = {**os.environ, **(environment or {})}
    return subprocess.run(
        command, cwd=TREE, env=given, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()

"""`bookwheel`: finds the command that was named and tells failures in one line."""

import importlib
import sys

import click

from api.settings import BadSettings
from core.kernel.errors import BookwheelError
from core.privacy.masking import mask_passwords

COMMANDS = {
    "demo": "api.cli.demo",
    "serve": "api.cli.serve",
    "index": "api.cli.index",
    "work": "api.cli.work",
    "import": "api.cli.importing",
    "train": "api.cli.train",
    "evaluate": "api.cli.evaluate",
    "loadtest": "api.cli.loadtest",
    "migrate": "api.cli.migrate",
    "user": "api.cli.user",
    "keys": "api.cli.keys",
    "audit": "api.cli.audit",
    "experiment": "api.cli.experiment",
    "privacy": "api.cli.privacy",
    "access": "api.cli.access",
    "doctor": "api.cli.doctor",
}


class Commands(click.Group):
    """Imports a command's module when it is named, so that no command pays for another."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bookwheel", message="bookwheel %(version)s")
def bookwheel() -> None:
    """A bookstore's back end in one process."""


def main() -> None:
    """Exit status 0 done, 1 failed, 2 bad usage."""
    try:
        bookwheel(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("bookwheel: interrupted", err=True)
        sys.exit(130)
    except BadSettings as error:
        click.echo(f"bookwheel: {error}", err=True)
        sys.exit(2)
    except BookwheelError as error:
        click.echo(f"bookwheel: {told(error)}", err=True)
        sys.exit(1)
    except OSError as error:  # a folder that is closed, a disk that is full
        click.echo(f"bookwheel: {mask_passwords(str(error))}", err=True)
        sys.exit(1)


def told(error: BookwheelError) -> str:
    """The error in one line: what is wrong, where, and the remedy."""
    faults = (
        f"{fault.pointer.strip('/')} {fault.detail}" for fault in getattr(error, "faults", ())
    )
    where = ", ".join(faults)
    line = " - ".join(part for part in (error.detail, where, error.remedy) if part)
    return mask_passwords(line)

"""How letters leave, and where their links lead."""

from urllib.parse import urlsplit

import asyncpg

from api.settings import Settings
from core.mail.delivery import Delivery
from core.mail.letter import Mail
from core.stores.store import Store
from ext.mail.files import FileMail
from ext.mail.smtp import SmtpMail
from ext.postgres.one_time_secrets import SecretRepository
from ext.postgres.waiting_letters import WaitingLetterRepository


def mail(settings: Settings) -> Mail:
    """SMTP where the settings name a server. Raises BadMailServer, BadSender.

    The demo never sends anything to anybody.
    """
    if settings.mail_url and not settings.demo:
        return SmtpMail(settings.mail_url, settings.mail_from)
    return outbox(settings)


def outbox(settings: Settings) -> FileMail:
    return FileMail(settings.data_dir / "outbox", settings.mail_from)


def delivery(settings: Settings, pool: asyncpg.Pool) -> Delivery:
    return Delivery(
        WaitingLetterRepository(pool), SecretRepository(pool), mail(settings), Sites(settings)
    )


class Sites:
    """Where readers find each store: never taken from a request, which anybody can write."""

    def __init__(self, settings: Settings) -> None:
        given = settings.public_url.rstrip("/")
        # A browser allows passkeys to localhost and not to 127.0.0.1.
        host = "localhost" if settings.host in {"127.0.0.1", "::1", "0.0.0.0"} else settings.host  # noqa: S104 - compared
        self._shared = given or f"http://{host}:{settings.port}"

    def of(self, store: Store) -> str:
        """The store's own host, else the one that all share; without a slash at the end."""
        if store.host is None:
            return self._shared
        shared = urlsplit(self._shared)
        port = f":{shared.port}" if shared.port else ""
        return f"{shared.scheme}://{store.host}{port}"

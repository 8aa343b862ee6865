"""What opens a Valkey."""

from typing import Any

from core.kernel.errors import BookwheelError


class ValkeyMissing(BookwheelError): ...


class Valkey:
    """A client and the errors that tell that the server is away. Connects when first asked.

    timeout: seconds for the wait for a connection, for opening it, and for an answer.
    Raises ValkeyMissing where the package is not installed.
    """

    def __init__(self, url: str, timeout: float, connections: int) -> None:
        try:
            import valkey.asyncio  # noqa: PLC0415 - only who names a Valkey needs it
            from valkey.asyncio.retry import Retry  # noqa: PLC0415
            from valkey.backoff import NoBackoff  # noqa: PLC0415
            from valkey.exceptions import ValkeyError  # noqa: PLC0415
        except ImportError as error:
            raise ValkeyMissing(
                "BOOKWHEEL_VALKEY_URL is set, and the package valkey is missing",
                remedy="pip install valkey",
            ) from error
        self.faults = (ValkeyError, OSError, TimeoutError)
        pool: Any = valkey.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
        )
        self.client: Any = valkey.asyncio.Valkey.from_pool(pool)

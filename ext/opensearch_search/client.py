"""The cluster's HTTP side: one client a process, bounded, its failures told as `Unavailable`."""

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from core.kernel.errors import Unavailable
from core.search.snapshot import IndexUnavailable

CONNECT_SECONDS = 1.0
MOST_CONNECTIONS = 32
"""Of one process; more requests than these wait a moment, then are told to come again."""
POOL_SECONDS = 0.5

_JSON = {"content-type": "application/json"}
SEARCH = {"search_type": "dfs_query_then_fetch", "allow_partial_search_results": "false"}
"""Scores by what all shards know together, and never an answer of some shards alone."""
MSEARCH = {"search_type": "dfs_query_then_fetch"}
_LINES = {"content-type": "application/x-ndjson"}


class Missing(Unavailable):
    """The document asked for is not there."""


class NoIndex(IndexUnavailable):
    """There is none of this store yet."""


class Outdated(Unavailable):
    """Somebody else wrote the document since it was read."""


class _Cause(Struct, frozen=True):
    type: str = ""
    reason: str | None = None


class _Failure(Struct, frozen=True):
    error: _Cause | str = ""


_failure = msgspec.json.Decoder(_Failure)


class Cluster:
    """url: may hold user and password. ca_file: certificates that the server's is verified with;
    without one, those that the system trusts. prefix: begins the name of every index.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: Path | None = None,
        seconds: float = 5.0,
        prefix: str = "bookwheel",
    ) -> None:
        address = httpx.URL(url)
        user = (address.username, address.password) if address.userinfo else None
        self.prefix = prefix
        # Credentials leave the address: an error that tells the address must not tell them.
        self.url = str(address.copy_with(username=None, password=None)).rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=self.url,
            auth=user,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS),
            limits=httpx.Limits(
                max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS
            ),
            trust_env=False,
        )

    async def ask(self, method: str, path: str, body: object = None, **params: Any) -> Any:
        """The decoded answer. Raises Missing, Outdated, IndexUnavailable."""
        content = None if body is None else msgspec.json.encode(body)
        request = self._client.build_request(
            method, path, content=content, headers=_JSON if content else {}, params=params
        )
        return await self._sent(request)

    async def ask_many(self, lines: Sequence[object]) -> list[Any]:
        """The answers to several searches. lines: of each its target, then its body.

        Raises IndexUnavailable where any of them failed.
        """
        content = b"\n".join([*(msgspec.json.encode(line) for line in lines), b""])
        request = self._client.build_request(
            "POST", "/_msearch", content=content, headers=_LINES, params=MSEARCH
        )
        answers: list[Any] = (await self._sent(request))["responses"]
        for answer in answers:
            if "error" in answer:
                raise _told(answer["status"], msgspec.convert(answer["error"], _Cause))
        return answers

    async def bulk(
        self, index: str, lines: Sequence[bytes], *, refresh: bool, seconds: float = 60.0
    ) -> list[dict[str, Any]]:
        """The outcome of each operation. lines: actions and documents as JSON."""
        request = self._client.build_request(
            "POST",
            f"/{index}/_bulk",
            content=b"\n".join([*lines, b""]),
            headers=_LINES,
            params={"refresh": "true"} if refresh else {},
            timeout=seconds,
        )
        answer = await self._sent(request)
        return [next(iter(item.values())) for item in answer["items"]]

    async def close(self) -> None:
        await self._client.aclose()

    async def _sent(self, request: httpx.Request) -> Any:
        try:
            response = await self._client.send(request)
            if response.is_success:
                return msgspec.json.decode(response.content)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            told = str(error) or type(error).__name__
            raise IndexUnavailable(f"the search cluster does not answer: {told}") from error
        raise _translated(response)


def _translated(response: httpx.Response) -> Unavailable:
    try:
        cause = _failure.decode(response.content).error
    except msgspec.DecodeError:
        cause = ""
    return _told(response.status_code, cause)


def _told(status: int, cause: _Cause | str) -> Unavailable:
    told = cause if isinstance(cause, str) else f"{cause.type}: {cause.reason}"
    if isinstance(cause, _Cause) and cause.type == "index_not_found_exception":
        return NoIndex(
            "the search cluster has no index of this store yet",
            remedy="start `bookwheel index follow` with this BOOKWHEEL_SEARCH_URL",
        )
    if status == httpx.codes.NOT_FOUND:
        return Missing(f"the search cluster has no such thing: {told[:300]}")
    if status == httpx.codes.CONFLICT:
        return Outdated(f"somebody else wrote to the search cluster: {told[:300]}")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return IndexUnavailable(
            f"the search cluster refuses these credentials ({status})",
            remedy="BOOKWHEEL_SEARCH_URL holds user and password",
        )
    return IndexUnavailable(f"the search cluster answers {status}: {told[:300]}")

"""A running demo, and readers who visit it with Debian's Chromium."""

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from api.processes import PARENT_VARIABLE

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_SECONDS = 300
playwright.expect.set_options(timeout=PATIENCE_SECONDS * 1000)
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+) is ready")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def demo_server() -> Iterator[str]:
    """The base URL of a demo with sample data: BOOKWHEEL_TEST_SHOP_URL, or one started here."""
    if given := os.environ.get("BOOKWHEEL_TEST_SHOP_URL"):
        yield given.rstrip("/")
        return
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-demo-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "demo",
        "--port",
        "0",
        "--data-dir",
        str(folder),
    ]
    demo = subprocess.Popen(
        command,
        env={
            **os.environ,
            PARENT_VARIABLE: str(os.getpid()),
            "BOOKWHEEL_SEARCH_BUDGET_MS": "60000",  # a busy machine answers late, and in full
            "BOOKWHEEL_ANSWER_SECONDS": "300",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield _address(demo)
    finally:
        demo.send_signal(signal.SIGINT)
        try:
            demo.wait(30)
        except subprocess.TimeoutExpired:
            demo.kill()
            demo.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _address(demo: "subprocess.Popen[str]") -> str:
    """The address that the demo prints once it is ready; its output is read to the end."""
    assert demo.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_drain, args=(demo.stdout, lines), daemon=True).start()
    said: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        if line is None:
            break
        said.append(line)
        if found := ADDRESS.search(line):
            return found[1]
    raise AssertionError("the demo printed no address:\n" + "".join(said[-40:]))


def _drain(output: IO[str], lines: "queue.Queue[str | None]") -> None:
    with output:
        for line in output:
            lines.put(line)
    lines.put(None)


class Visitor:
    """Opens pages, and remembers what no page may do."""

    def __init__(self, browser: Any, address: str) -> None:
        self._browser, self.address = browser, address
        self.contexts: list[Any] = []
        self.complaints: list[str] = []
        """Errors and warnings of the console, uncaught exceptions."""
        self.outside: list[str] = []
        """Addresses on other hosts that were asked for."""

    async def open(self, path: str = "/", **context: Any) -> Any:
        """A page in a browser profile of its own; `context` as Browser.new_context takes it."""
        profile = await self._browser.new_context(
            **{"base_url": self.address, "viewport": DESKTOP, **context}
        )
        profile.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.contexts.append(profile)
        page = await profile.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        await page.goto(path)
        return page

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        host = urlsplit(request.url)
        if host.scheme != "data" and host.netloc != urlsplit(self.address).netloc:
            self.outside.append(request.url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium: install Debian's package chromium to test the page")
    async with playwright.async_playwright() as play:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []  # root's Chromium has no sandbox
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Any, demo_server: str) -> AsyncIterator[Visitor]:
    """Fails the test if a page asked another host, or complained and the test did not ask why."""
    visitor = Visitor(browser, demo_server)
    yield visitor
    for context in visitor.contexts:
        await context.close()
    assert visitor.outside == []
    assert visitor.complaints == []


@pytest.fixture
def expect() -> Any:
    """Playwright's assertions: they wait until they hold."""
    return playwright.expect


@pytest.fixture
def phone() -> dict[str, Any]:
    return {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture
def sign_in() -> Callable[[Any], Coroutine[Any, Any, str]]:
    """Signs a page's reader in as the first demo reader; gives the name."""

    async def with_ticket(page: Any) -> str:
        await page.get_by_role("button", name="Sign in", exact=True).click()
        ticket = page.get_by_role("list", name="Demo readers").get_by_role("button").first
        name: str = await ticket.locator("strong").inner_text()
        await ticket.click()
        await playwright.expect(page.locator("dialog")).to_have_count(0)
        return name

    return with_ticket

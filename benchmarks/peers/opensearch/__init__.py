"""A real OpenSearch on loopback, from jars that Maven fetches; needs `mvn` and Java 17 or newer."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

HERE = Path(__file__).parent
CACHE_VARIABLE = "BOOKWHEEL_TEST_OPENSEARCH_DIR"
HEAP = "512m"
START_SECONDS = 180.0
FETCH_SECONDS = 600.0


class NoServer(Exception):
    """Why there is none; the message says what to install or what Maven answered."""


@contextmanager
def opensearch() -> Iterator[str]:
    """Start a server with nothing in it and give its URL; it ends with the block, or with us.

    One node on loopback without security, as its settings in `SearchServer.java` say. Raises
    NoServer.
    """
    jars = fetched()
    home = Path(tempfile.mkdtemp(prefix="bookwheel-opensearch-"))
    (home / "config").mkdir()
    (home / "config" / "log4j2.properties").write_text("rootLogger.level = off\n")
    http, transport = _free_ports()
    log = (home / "output").open("wb")
    process = subprocess.Popen(
        [
            "java",
            f"-Xms{HEAP}",
            f"-Xmx{HEAP}",
            "-XX:+UseSerialGC",
            "-Dlog4j2.configurationFile=" + str(home / "config" / "log4j2.properties"),
            *("-cp", f"{jars / 'classes'}:{jars / 'lib'}/*"),
            "SearchServer",
            *(str(home), str(http), str(transport)),
        ],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{http}"
        _await(url, process, home / "output")
        yield url
    finally:
        if process.stdin is not None:
            process.stdin.close()  # the server ends with its input
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def fetched() -> Path:
    """The folder with `lib/*.jar` and `classes`; fetched and compiled once. Raises NoServer."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise NoServer(f"no {tool} on this machine")
    folder = _cache()
    done = folder / "done"
    stamp = (HERE / "pom.xml").read_text() + (HERE / "SearchServer.java").read_text()
    if done.exists() and done.read_text() == stamp:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lib, classes = folder / "lib", folder / "classes"
    _run(
        ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
         f"-DoutputDirectory={lib}"]
    )  # fmt: skip
    source = str(HERE / "SearchServer.java")
    _run(["javac", "-proc:none", "-cp", f"{lib}/*", "-d", str(classes), source])
    done.write_text(stamp)
    return folder


def _cache() -> Path:
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bookwheel" / "opensearch"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoServer(f"{command[0]} took more than {FETCH_SECONDS:g} s") from error
    if done.returncode:
        told = (done.stdout + done.stderr).strip().splitlines()
        raise NoServer(f"{command[0]} failed: {' '.join(told[:2])[:300]}")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _await(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            # Green or yellow: every primary shard answers.
            health = httpx.get(f"{url}/_cluster/health", params={"wait_for_status": "yellow"})
            if health.is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise NoServer(f"OpenSearch did not start: {output.read_text(errors='replace')[-500:]}")

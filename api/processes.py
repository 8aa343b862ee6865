"""Keeping processes running: children started, started again when they die, stopped together."""

import ctypes
import gc
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType

from msgspec import Struct

PARENT_VARIABLE = "BOOKWHEEL__PARENT"
"""Set for children: the pid that they must not outlive."""
TICK_SECONDS = 0.25
GRACE_SECONDS = 20.0
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 5.0
"""A child that lived this long starts again at once; one that did not waits ever longer."""

GIVING_WAY = 10
"""The nice value of what no visitor waits for."""
SESSION_TRIES = 20

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG

YOUNG_OBJECTS = 20_000
"""Objects that pile up before Python looks for cycles among them."""


def rest_collector() -> None:
    """Call when a start begins, which leaves hardly any garbage: looking for it takes an eighth
    of the time. `settle_collector` ends it."""
    gc.disable()


def settle_collector() -> None:
    """Call when all that lasts has been made: the garbage collector looks at it no more.

    A request makes hardly a cycle, and looking for them took a tenth of a search's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    gc.enable()


class Child(Struct, frozen=True):
    """A process to keep running. files: descriptors it inherits; log: file its output goes to."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = {}
    files: tuple[int, ...] = ()
    log: str = ""


class _Running(Struct):
    child: Child
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0


class Supervisor:
    """Runs in the main thread, which the life of every child is bound to."""

    def __init__(
        self,
        children: Iterable[Child],
        *,
        ensure: Callable[[], object] = lambda: None,
        told: Callable[[str], object] = lambda line: sys.stderr.write(f"{line}\n"),
    ) -> None:
        """ensure: called at every tick, to keep alive what is no child here."""
        self._running = [_Running(child) for child in children]
        self._ensure = ensure
        self._told = told
        self._stopping = False

    def start(self) -> None:
        for running in self._running:
            self._start(running)

    def run(self, *, ready: Callable[[], bool] = lambda: True) -> None:
        """Keep the children until SIGTERM or SIGINT, then stop them.

        ready: called at each tick until it says True.
        """
        with self._signals() as woken:
            waiting = True
            while not self._stopping:
                if waiting:
                    waiting = not ready()
                self._tend()
                select.select([woken], [], [], TICK_SECONDS if not waiting else 0.05)
                with suppress(BlockingIOError):
                    woken.recv(1024)
        self.stop()

    def stop(self) -> None:
        """Ask all to end, wait, and kill what has not; the last started ends first."""
        alive = [running.process for running in reversed(self._running) if running.process]
        for process in alive:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _tend(self) -> None:
        self._ensure()
        now = time.monotonic()
        for running in self._running:
            if running.process is not None and running.process.poll() is not None:
                self._mourn(running, now)
            if running.process is None and now >= running.due:
                try:
                    self._start(running)
                except OSError as error:  # no memory, no process or no file is to be had just now
                    running.due = now + LONGEST_PAUSE_SECONDS
                    self._told(f"{running.child.name} cannot be started: {error}")

    def _mourn(self, running: _Running, now: float) -> None:
        code = running.process.returncode if running.process else 0
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        steady = now - running.began > STEADY_SECONDS
        running.pause = 0.0 if steady else min(LONGEST_PAUSE_SECONDS, running.pause * 2 + 0.1)
        running.process, running.due = None, now + running.pause
        self._told(f"{running.child.name} ended ({how}): starting it again")

    def _start(self, running: _Running) -> None:
        child = running.child
        environment = {**os.environ, **child.environment, PARENT_VARIABLE: str(os.getpid())}
        with Path(child.log).open("ab") if child.log else nullcontext() as log:
            running.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                child.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=child.files,
                # Ctrl-C in the terminal is for the parent, which lets its children drain. Linux
                # shares processors by session: each child has a share of its own.
                start_new_session=True,
            )
        running.began = time.monotonic()

    @contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        """Signals set a flag and wake the loop, the death of a child wakes it alone."""
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        }
        descriptor = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            yield woken
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)
            woken.close()
            waker.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._stopping = True


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us: every mapped file of an index is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def give_way() -> None:
    """Let what visitors wait for run first. Call before threads are made, which take it on.

    A session's share of the processors goes down with it only where this process leads the
    session: a terminal's other commands keep theirs.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < GIVING_WAY:
        os.setpriority(os.PRIO_PROCESS, 0, GIVING_WAY)
    if os.getsid(0) == os.getpid():
        _lower_session()


def _lower_session() -> None:
    """Does nothing where Linux does not share by session, or will not be told."""
    share = Path("/proc/self/autogroup")
    for _ in range(SESSION_TRIES):
        try:
            now = share.read_text().rpartition(" ")[2]
            if now and int(now) < GIVING_WAY:
                share.write_text(f"{GIVING_WAY}\n")
        except BlockingIOError:  # of all processes one may each tenth of a second
            time.sleep(0.1)
        except OSError:
            return
        else:
            return


def die_with_parent() -> None:
    """End by SIGTERM when the process that started this one dies, however it dies.

    Does nothing in a process that no Supervisor started.
    """
    parent = os.environ.pop(PARENT_VARIABLE, "")
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != int(parent):
        # It died before the signal was armed.
        sys.exit(0)

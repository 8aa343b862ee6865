"""Signing keys that change under running servers."""

import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.accounts.principal import BadToken, Principal
from core.kernel.ids import new_id
from ext.jwt_tokens import BadSigningKey, JwtTokens
from ext.key_ring import MARGIN_SECONDS, KeyRing, rotate

READER = Principal(new_id(), new_id(), "reader", new_id())
LIFE = 900


class Clock:
    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "access-tokens.pem"


def tokens_of(file: Path, clock: Clock) -> JwtTokens:
    """As another process has them."""
    return JwtTokens(KeyRing(file, clock), seconds=LIFE, now=clock)


def test_every_process_knows_both_keys_after_a_rotation(file: Path, clock: Clock) -> None:
    one, other = tokens_of(file, clock), tokens_of(file, clock)
    before = one.issue(READER).encode()

    rotate(file, good_for_seconds=LIFE, now=clock())
    after = one.issue(READER).encode()

    assert [other.verify(before), other.verify(after)] == [READER, READER]
    assert before.split(b".")[0] != after.split(b".")[0]


def test_no_token_fails_while_keys_change(file: Path, clock: Clock) -> None:
    processes = [tokens_of(file, clock) for _ in range(3)]

    for number in range(30):
        if number % 3 == 0:
            rotate(file, good_for_seconds=LIFE, now=clock())
        token = processes[number % 3].issue(READER).encode()
        assert [each.verify(token) for each in processes] == [READER] * 3


def test_retired_key_verifies_until_its_last_token_has_expired(file: Path, clock: Clock) -> None:
    tokens = tokens_of(file, clock)
    old = tokens.public_keys()[0].kid
    rotate(file, good_for_seconds=LIFE, now=clock())

    clock.now += LIFE + MARGIN_SECONDS - 1
    still = [key.kid for key in tokens.public_keys()]
    clock.now += 1

    assert still[1:] == [old]
    assert [key.kid for key in tokens.public_keys()] == still[:1]


def test_token_of_a_key_that_is_gone_is_refused(file: Path, clock: Clock) -> None:
    long_lived = JwtTokens(KeyRing(file, clock), seconds=10 * LIFE, now=clock)
    token = long_lived.issue(READER).encode()
    rotate(file, good_for_seconds=LIFE, now=clock())

    clock.now += LIFE + MARGIN_SECONDS

    with pytest.raises(BadToken, match="not known"):
        tokens_of(file, clock).verify(token)


def test_rotation_removes_what_verifies_no_longer(file: Path, clock: Clock) -> None:
    KeyRing(file, clock)
    rotate(file, good_for_seconds=LIFE, now=clock())
    clock.now += LIFE + MARGIN_SECONDS

    rotate(file, good_for_seconds=LIFE, now=clock())

    assert len(list(file.parent.iterdir())) == 2


def test_new_key_is_closed_to_others_and_the_old_private_one_is_gone(
    file: Path, clock: Clock
) -> None:
    KeyRing(file, clock)

    rotate(file, good_for_seconds=LIFE, now=clock())

    private = [path for path in file.parent.iterdir() if b"PRIVATE" in path.read_bytes()]
    assert private == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("kid", ["../../../../dev/null", "", "access-tokens", "x" * 1000])
def test_key_id_never_leads_to_a_file(file: Path, clock: Clock, kid: str) -> None:
    """ASVS v5.0.0-5.3.2."""
    assert KeyRing(file, clock).public(kid) is None


def test_damaged_key_leaves_what_is_known_to_running_servers(file: Path, clock: Clock) -> None:
    tokens = tokens_of(file, clock)
    token = tokens.issue(READER).encode()

    file.write_text("not a key")

    assert tokens.verify(token) == READER
    with pytest.raises(BadSigningKey):
        KeyRing(file, clock)


def test_command_rotates_the_key_of_the_data_folder(tmp_path: Path) -> None:
    KeyRing(tmp_path / "keys" / "access-tokens.pem")
    main = [sys.executable, "-c", "from api.cli.main import main; main()"]
    command = [*main, "keys", "rotate", "--data-dir", str(tmp_path)]

    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    ring = KeyRing(tmp_path / "keys" / "access-tokens.pem")
    signing, retired = JwtTokens(ring, seconds=LIFE).public_keys()
    assert f"key {signing.kid} " in told
    assert retired.kid != signing.kid

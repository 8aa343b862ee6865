"""Sealed fields: opened with their key, in their place, and not otherwise.

ASVS v5.0.0 11.3.2, 11.3.3.
"""

import stat
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.ids import new_id
from core.privacy.sealing import FieldUnreadable, Place
from ext.field_encryption import SETTLED_SECONDS, BadFieldKey, FieldKeys, forget, rotate

HERE = Place("reader", "phone_sealed", new_id())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "fields.key"


@given(st.binary(max_size=300))
def test_what_is_sealed_is_opened(tmp_path_factory: pytest.TempPathFactory, plain: bytes) -> None:
    keys = FieldKeys(tmp_path_factory.getbasetemp() / "law" / "fields.key")

    sealed = keys.seal(plain, HERE)

    assert keys.open(sealed, HERE) == plain
    assert len(plain) < 4 or plain not in sealed


def test_same_value_is_sealed_differently_each_time(file: Path) -> None:
    keys = FieldKeys(file)

    assert len({keys.seal(b"+15551234567", HERE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(HERE.table, HERE.column, new_id()),
        Place(HERE.table, "address_sealed", HERE.row),
        Place("staff", HERE.column, HERE.row),
    ],
    ids=["row", "column", "table"],
)
def test_value_moved_elsewhere_is_not_opened(file: Path, elsewhere: Place) -> None:
    """ASVS v5.0.0-11.3.3."""
    keys = FieldKeys(file)
    sealed = keys.seal(b"+15551234567", HERE)

    with pytest.raises(FieldUnreadable, match="damaged, or was moved"):
        keys.open(sealed, elsewhere)


def test_no_changed_or_shortened_value_is_opened(file: Path) -> None:
    """ASVS v5.0.0-11.3.3."""
    keys = FieldKeys(file)
    sealed = keys.seal(b"+15551234567", HERE)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(FieldUnreadable):
            keys.open(bytes(changed), HERE)
        with pytest.raises(FieldUnreadable):
            keys.open(sealed[:place], HERE)


def test_old_values_are_opened_after_a_rotation_and_new_ones_by_everybody(file: Path) -> None:
    one, other = FieldKeys(file), FieldKeys(file)
    old = one.seal(b"old", HERE)

    rotate(file)
    new = one.seal(b"new", HERE)

    assert [other.open(old, HERE), other.open(new, HERE)] == [b"old", b"new"]
    assert not old.startswith(one.current_prefix())
    assert new.startswith(other.current_prefix())


def test_key_prepared_beside_the_present_one_opens(file: Path, tmp_path: Path) -> None:
    theirs = FieldKeys(tmp_path / "other" / "fields.key")
    keys = FieldKeys(file)
    sealed = theirs.seal(b"from another node", HERE)
    with pytest.raises(FieldUnreadable, match="which is not here"):
        keys.open(sealed, HERE)

    key = (tmp_path / "other" / "fields.key").read_bytes()
    file.with_name("fields.next.key").write_bytes(key)

    assert keys.open(sealed, HERE) == b"from another node"


def test_keys_are_closed_to_others(file: Path) -> None:
    FieldKeys(file)

    rotate(file)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {0o600}


def test_only_replaced_keys_that_sealed_nothing_are_forgotten(file: Path) -> None:
    keys = FieldKeys(file)
    needed = keys.seal(b"1", HERE)
    rotate(file)
    unneeded = keys.ids()[0]
    rotate(file)
    file.with_name("fields.next.key").write_bytes(b64encode(bytes(32)))
    prefixes = {needed[: len(keys.current_prefix())]}
    later = file.stat().st_mtime + SETTLED_SECONDS + 1

    assert forget(file, prefixes, now=later - 2) == []
    assert forget(file, prefixes, now=later) == [unneeded]
    assert keys.open(needed, HERE) == b"1"
    assert len(keys.ids()) == 3


@pytest.mark.parametrize("content", [b"", b"not base64!", b64encode(bytes(16))])
def test_file_that_holds_no_key_is_named_with_the_remedy(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(BadFieldKey, match=r"fields\.key") as refused:
        FieldKeys(file)

    assert "openssl rand" in refused.value.remedy


def test_damaged_key_leaves_what_is_known_to_running_servers(file: Path) -> None:
    keys = FieldKeys(file)
    sealed = keys.seal(b"kept", HERE)

    file.write_text("not a key")

    assert keys.open(sealed, HERE) == b"kept"
    with pytest.raises(BadFieldKey):
        FieldKeys(file)

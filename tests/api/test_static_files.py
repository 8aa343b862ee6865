"""Files in memory: tags, conditional requests, compression."""

import zlib
from pathlib import Path

import pytest

from api.asgi.files import File, accepts_gzip, matches, read_folder

TEXT = b"body { color: black }\n" * 50
CSS = b"text/css; charset=utf-8"


def test_file_is_sent_with_type_and_tag() -> None:
    answer = File(TEXT, CSS).answer({})

    headers = dict(answer.headers)
    assert answer.body == TEXT
    assert headers[b"content-type"] == CSS
    assert headers[b"etag"].startswith(b'"')
    assert headers[b"cache-control"] == b"no-cache"


def test_same_file_again_is_not_modified() -> None:
    file = File(TEXT, CSS)
    tag = dict(file.answer({}).headers)[b"etag"]

    answer = file.answer({b"if-none-match": b'"other", W/%b' % tag})

    assert answer.status == 304
    assert answer.body == b""


def test_compressed_form_has_a_tag_of_its_own() -> None:
    file = File(TEXT, CSS)

    plain, packed = file.answer({}), file.answer({b"accept-encoding": b"br, gzip"})

    assert dict(packed.headers)[b"content-encoding"] == b"gzip"
    assert dict(packed.headers)[b"etag"] != dict(plain.headers)[b"etag"]
    assert dict(packed.headers)[b"vary"] == dict(plain.headers)[b"vary"] == b"Accept-Encoding"
    assert zlib.decompress(packed.body, 31) == TEXT


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (b"", False),
        (b"gzip", True),
        (b"br;q=1.0, GZIP;q=0.5", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"*", True),
        (b"identity", False),
        (b"xgzip", False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(header: bytes, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (b"", False),
        (b"*", True),
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b" , "a"', True),
        (b'"ab"', False),
    ],
)
def test_tags_are_compared_weakly(header: bytes, named: bool) -> None:
    assert matches(header, b'"a"') is named


def test_folder_gives_files_of_known_types_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "page.js").write_text("export {};")
    (tmp_path / "notes.md").write_text("not for the web")

    files = read_folder(tmp_path)

    assert list(files) == ["js/page.js"]

"""Addresses that a provider may name, and those it may not."""

from pathlib import Path

import pytest

from ext.openid.guarded_http import GuardedHttp, ProviderUnavailable, is_public, place_of
from ext.openid.providers_file import BadProviders, read_providers


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "http://1.1.1.1/",
        "http://127.0.0.1:8081/",
        "ftp://1.1.1.1/",
        "https://",
        "https://user:password@1.1.1.1/",
        "https://[::1]:443/",
    ],
)
async def test_what_is_not_public_is_not_asked(url: str) -> None:
    http = GuardedHttp([place_of("http://127.0.0.1:8080")])

    with pytest.raises(ProviderUnavailable):
        await http.fetch(url)
    await http.close()


@pytest.mark.parametrize(
    "text",
    [
        "[a]\n",
        '[a]\nissuer = "http://id.example"\nclient_id = "x"\n',
        '[a]\nissuer = "https://id.example"\nclient_id = "x"\nscopes = ["email"]\n',
        '[a]\nissuer = "https://id.example"\nclient_id = "x"\nsecret = "typo"\n',
        "a = 1\n",
        "[",
    ],
)
def test_wrong_file_is_told_without_its_secrets(tmp_path: Path, text: str) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(text)

    with pytest.raises(BadProviders, match=r"providers\.toml") as told:
        read_providers(file)

    assert "typo" not in str(told.value)

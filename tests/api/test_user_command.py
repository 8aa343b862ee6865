"""`bookwheel user`: what it says, and what it leaves behind."""

import subprocess
import sys
from typing import Any

from api.settings import environment_of

ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


def user(shop: Any, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "user", *words],
        env={"PATH": "", **environment_of(shop.settings)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_sessions_of_an_account_are_ended_by_its_address(shop: Any) -> None:
    """ASVS v5.0.0-7.4.5."""
    anne = (await shop.client.post("/api/v1/auth/register", json=ANNE)).json()
    other = {**ANNE, "email": "mary@kellynch.example"}
    mary = (await shop.client.post("/api/v1/auth/register", json=other)).json()

    done = user(shop, "end-sessions", ANNE["email"].upper())
    again = user(shop, "end-sessions", ANNE["email"])

    assert (done.returncode, done.stdout) == (0, "ended 1 session of ANNE@KELLYNCH.EXAMPLE\n")
    assert (again.returncode, again.stdout) == (0, "ended 0 sessions of anne@kellynch.example\n")
    statuses = [
        (
            await shop.client.post(
                "/api/v1/auth/refresh", json={"refresh_token": each["refresh_token"]}
            )
        ).status_code
        for each in (anne, mary)
    ]
    assert statuses == [401, 200]
    log = await shop.client.get(
        "/api/v1/audit?action=session.end_all", headers=shop.signed_in("admin")
    )
    told = [(each["via"], each["subject"]) for each in log.json()["results"]]
    assert told == [("process", anne["account"]["id"])] * 2


async def test_address_that_nobody_has_is_told(shop: Any) -> None:
    done = user(shop, "end-sessions", "nobody@x.example")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "bookwheel: no account has the address nobody@x.example\n"

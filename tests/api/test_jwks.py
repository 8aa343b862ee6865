"""The public keys, and tokens verified with them by somebody else's library."""

from typing import Any

import jwt

from api.wiring.accounts import rotate_signing_key

ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


def verified(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(each for each in jwt.PyJWKSet.from_dict(keys).keys if each.key_id == kid)
    return jwt.decode(token, key, algorithms=["EdDSA"], audience="bookwheel-api")


async def test_token_is_verified_with_the_public_keys_before_and_after_a_rotation(
    shop: Any,
) -> None:
    registered = (await shop.client.post("/api/v1/auth/register", json=ANNE)).json()
    old = registered["access_token"]

    rotate_signing_key(shop.settings)
    new = (await shop.client.post("/api/v1/auth/login", json=ANNE)).json()["access_token"]

    keys = await shop.client.get("/.well-known/jwks.json")
    told = [verified(token, keys.json())["sub"] for token in (old, new)]
    assert told == [registered["account"]["id"]] * 2
    assert all(set(key) == {"kid", "x", "kty", "crv", "use", "alg"} for key in keys.json()["keys"])
    for token in (old, new):
        headers = {"authorization": f"Bearer {token}"}
        assert (await shop.client.get("/api/v1/me", headers=headers)).status_code == 200

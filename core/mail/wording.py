"""What each kind of letter says."""

from typing import Final, Literal

from msgspec import Struct

Kind = Literal[
    "verify-email",
    "reset-password",
    "password-changed",
    "second-factor-changed",
    "passkey-changed",
    "sign-in-linked",
    "sign-in-unlinked",
    "change-email",
    "email-changed",
]

LINK_HOURS: Final[dict[Kind, int]] = {"verify-email": 48, "reset-password": 1, "change-email": 24}
"""The kinds that carry a link, and for how long it is good."""


class Wording(Struct, frozen=True):
    """Both are formats: name, shop, link and hours may stand in them."""

    subject: str
    text: str


WORDINGS: Final[dict[Kind, Wording]] = {
    "verify-email": Wording(
        "Confirm your e-mail address",
        "Hello {name},\n\n"
        "this link confirms that the address is yours:\n\n{link}\n\n"
        "It works once, for {hours} hours. If you did not sign up at {shop}, do nothing.\n",
    ),
    "reset-password": Wording(
        "Choose a new password",
        "Hello {name},\n\n"
        "somebody, you we hope, asked for a new password at {shop}. Choose it here:\n\n{link}\n\n"
        "The link works once, for {hours} hour. If it was not you, do nothing: the old password "
        "stays.\n",
    ),
    "password-changed": Wording(
        "Your password was changed",
        "Hello {name},\n\n"
        "the password of your account at {shop} was changed, and every other session was ended. "
        "If it was not you, choose a new one at once:\n\n{shop_link}\n",
    ),
    "second-factor-changed": Wording(
        "Your second factor was changed",
        "Hello {name},\n\n"
        "the second factor of your account at {shop} was switched on or off, or got new recovery "
        "codes. If it was not you, "
        "choose a new password at once:\n\n{shop_link}\n",
    ),
    "passkey-changed": Wording(
        "Your passkeys were changed",
        "Hello {name},\n\n"
        "a passkey of your account at {shop} was added or removed. If it was not you, sign in, "
        "look at your passkeys, and choose a new password:\n\n{shop_link}\n",
    ),
    "sign-in-linked": Wording(
        "Another way to sign in",
        "Hello {name},\n\n"
        "your account at {shop} can now be signed in to through another provider. If it was not "
        "you, choose a new password at once:\n\n{shop_link}\n",
    ),
    "sign-in-unlinked": Wording(
        "One way less to sign in",
        "Hello {name},\n\n"
        "your account at {shop} can no longer be signed in to through a provider that it was "
        "linked with. If it was not you, choose a new password at once:\n\n{shop_link}\n",
    ),
    "change-email": Wording(
        "Confirm your new e-mail address",
        "Hello {name},\n\n"
        "this link makes this address the one of your account at {shop}:\n\n{link}\n\n"
        "It works once, for {hours} hours. If you have no account there, do nothing.\n",
    ),
    "email-changed": Wording(
        "Your e-mail address was changed",
        "Hello {name},\n\n"
        "your account at {shop} has another e-mail address now; letters no longer come here. If "
        "it was not you, sign in with your password, change it, and tell the shop:\n\n"
        "{shop_link}\n",
    ),
}


def written(kind: Kind, *, name: str, shop: str, shop_link: str, link: str) -> tuple[str, str]:
    """Subject and text. link: with its token, "" for kinds without one."""
    wording = WORDINGS[kind]
    hours = LINK_HOURS.get(kind, 0)
    text = wording.text.format(name=name, shop=shop, shop_link=shop_link, link=link, hours=hours)
    return f"{wording.subject} – {shop}", text

"""`python -m benchmarks.peers.django_shop --fd N` serves; `--fill N` first makes N books.

Full text under GIN stands in for a search cluster; similar books are 0.6 × cosine of readers and
0.4 × cosine of TF-IDF over 500 words, both dense matrices.
"""

import argparse
import logging
import os
import socket

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

DATABASE = "BOOKWHEEL_PEER_DATABASE"
SHOP = "benchmarks.peers.django_shop"


def configure() -> None:
    given = conninfo_to_dict(os.environ[DATABASE])
    settings.configure(
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.postgres", "rest_framework", SHOP],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": given.get("host", ""),
                "PORT": given.get("port", ""),
                "NAME": given["dbname"],
                "USER": given.get("user", ""),
                "PASSWORD": given.get("password", ""),
                "CONN_MAX_AGE": None,
            }
        },
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 10_000},
            }
        },
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # tells the length
        ROOT_URLCONF=f"{SHOP}.views",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
            "PAGE_SIZE": 20,
        },
    )  # fmt: skip
    django.setup()


def serve(descriptor: int) -> None:
    import waitress  # noqa: PLC0415 - `--fill` does not need it
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - not before the settings

    from benchmarks.peers.django_shop.matrices import Matrices  # noqa: PLC0415

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it queues, as it should
    Matrices.make()
    listening = socket.socket(fileno=descriptor)
    waitress.serve(get_wsgi_application(), sockets=[listening], threads=4, _quiet=True)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.peers.django_shop")
    arguments.add_argument("--fd", type=int)
    arguments.add_argument("--fill", type=int)
    given = arguments.parse_args()
    configure()
    if given.fill:
        from benchmarks.peers.django_shop.filling import fill  # noqa: PLC0415

        fill(given.fill)
    if given.fd is not None:
        serve(given.fd)


if __name__ == "__main__":
    main()

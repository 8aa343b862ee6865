"""A worker starts with what it serves from, and with nothing else."""

import subprocess
import sys

CODE = """
import sys
import api.app, api.asgi.protocol, api.wiring.serving, api.worker
print(*{name.partition('.')[0] for name in sys.modules})
"""
LATER = {"httpx", "joserfc", "obstore", "piccolo", "polars", "rich", "segno", "webauthn", "zxcvbn"}


def test_what_a_worker_seldom_needs_is_not_imported_at_its_start() -> None:
    imported = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.split()

    assert {"litestar", "numpy", "tantivy"} <= {*imported}
    assert LATER & {*imported} == set()

"""What every process pays for at its start is what every process needs."""

import subprocess
import sys

LATER = (
    *("httpx", "httpcore", "authlib", "joserfc", "jwt", "webauthn", "pyotp", "segno"),
    *("aiosmtplib", "PIL.Image", "cryptography.hazmat.bindings._rust"),
    *("alembic", "mako", "rich", "pygments", "watchfiles"),
)


def test_libraries_of_one_feature_are_loaded_by_its_first_use():
    said = subprocess.run(
        [sys.executable, "-c", "import app.asgi, app.worker, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert sorted(set(said) & set(LATER)) == []

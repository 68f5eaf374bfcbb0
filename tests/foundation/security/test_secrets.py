from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.config import Settings
from app.errors import ConfigError
from app.foundation.security.secrets import Keys, master_secret
from app.foundation.security.signing import Signer, from_base64, to_base64


def test_SEC51_the_first_run_makes_a_secret_that_only_its_owner_can_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data")

    made = master_secret(settings)

    path = tmp_path / "new" / "data" / "secret-key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made) >= 32
    assert master_secret(settings) == made
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_SEC51_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: master_secret(Settings(data_dir=tmp_path)), range(16)))

    assert len(set(made)) == 1


def test_SEC51_rights_that_have_become_too_wide_are_taken_back(tmp_path: Path) -> None:
    master_secret(Settings(data_dir=tmp_path))
    (tmp_path / "secret-key").chmod(0o644)

    master_secret(Settings(data_dir=tmp_path))

    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "weak",
    [b"", b"short", b"a" * 64, b"changeme-changeme-changeme-changeme", b"abababababababababababababababab",
     b"0123456789abcdef0123456789abcdef", b"bunko-secret-key-bunko-secret-key", b"password" * 8],
)  # fmt: skip
def test_SEC51_a_weak_or_well_known_secret_stops_the_start(tmp_path: Path, weak: bytes) -> None:
    with pytest.raises(ConfigError) as from_environment:
        master_secret(Settings(data_dir=tmp_path, secret_key=weak))
    (tmp_path / "secret-key").write_bytes(weak)
    with pytest.raises(ConfigError) as from_file:
        master_secret(Settings(data_dir=tmp_path))

    assert "BUNKO_SECRET_KEY" in str(from_environment.value)
    assert "secret-key" in str(from_file.value)
    if weak:
        assert weak.decode() not in str(from_file.value) + str(from_environment.value)


def test_SEC51_each_purpose_has_a_key_of_its_own() -> None:
    keys, others = Keys(b"one" * 12), Keys(b"two" * 12)

    assert len({keys.sub("csrf"), keys.sub("cursor"), others.sub("csrf")}) == 3
    assert len(keys.sub("csrf")) == 32
    assert keys.signer("csrf").open(keys.signer("cursor").sign(b"x")) is None


def test_what_is_signed_comes_back_and_what_was_touched_does_not() -> None:
    signer = Signer(b"k" * 32)
    signed = signer.sign(b"payload")

    assert signer.open(signed) == b"payload"
    for position in range(len(signed)):
        other = "A" if signed[position] != "A" else "B"
        assert signer.open(signed[:position] + other + signed[position + 1 :]) is None


@pytest.mark.parametrize("text", ["", ".", "a", "a.b.c", "é.é", "=.=", "\n.\n"])
def test_other_text_is_not_opened(text: str) -> None:
    assert Signer(b"k" * 32).open(text) is None


def test_base64_has_one_spelling() -> None:
    assert from_base64(to_base64(b"\xff\x00")) == b"\xff\x00"
    assert from_base64("_wB") is None or to_base64(from_base64("_wB") or b"") == "_wB"
    assert from_base64("_x==") is None

import asyncio

import pytest

from app.auth.common_passwords import number_known
from app.auth.hashing import IN_FLIGHT, LONGEST_QUEUE, Cost, Hasher
from app.auth.passwords import WeakPassword, check_password
from app.errors import Unavailable


@pytest.mark.parametrize(
    "password",
    [
        "zwölf Boxkämpfer jagen",
        "漢字仮名交じり文を読む夜は長い",
        "  lanterns at both ends  ",
        "🌊🦊📚🌙🏮🚋🐋🌸🎐🗻🏯🎏",
        "kvxqwmzrtplh",
        "ju7 hgw 92k qlm " * 16,
    ],
)
def test_SEC05_any_letters_from_12_to_256_are_taken(password: str) -> None:
    check_password(password, "alice")


@pytest.mark.parametrize("password", ["", "kvxqwmzrtpl", "x9 kf" * 52])
def test_SEC05_shorter_and_longer_ones_are_not(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password)


@pytest.mark.parametrize("kept", ["  spaces count here ", "Case Counts As Well", "a" * 255 + "b"])
async def test_SEC05_nothing_is_trimmed_folded_or_cut(kept: str) -> None:
    hasher = Hasher(Cost(time=1, memory_kib=8))

    stored = await hasher.hash(kept)

    assert await hasher.verify(stored, kept)
    for other in (kept.strip() + "·", kept.lower() + "·", kept[:-1]):
        assert not await hasher.verify(stored, other)
    assert await hasher.verify(stored, kept.strip()) is (kept == kept.strip())


def test_SEC06_more_than_a_hundred_thousand_common_passwords_are_known() -> None:
    assert number_known() >= 100_000


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234",
        "princess!!!!!",
        "qwertyuiopas",
        "123456789012",
        "abcdefghijklmn",
        "aaaaaaaaaaaa",
        "1q2w3e4r5t6y",
        "ＰＡＳＳＷＯＲＤ１２３４",
    ],
)
def test_SEC06_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="tried first"):
        check_password(password)


@pytest.mark.parametrize("password", ["alice-alice-2026", "bunko2026bunko", "example.org/alice"])
def test_SEC06_so_is_what_everybody_knows_about_the_person(password: str) -> None:
    with pytest.raises(WeakPassword, match="too close"):
        check_password(password, "Alice", "alice@example.org")


def test_SEC07_the_default_cost_is_64_mib_and_three_passes_of_argon2id() -> None:
    stored = Hasher(Cost()).nobody

    assert stored.startswith("$argon2id$v=19$m=65536,t=3,")


async def test_SEC07_two_hashes_run_at_once_and_the_queue_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    hasher = Hasher(Cost(time=1, memory_kib=8))
    go, running, most = threading.Event(), [], []

    def slow(_hash: str, _password: str) -> bool:
        running.append(1)
        most.append(len(running))
        go.wait(20)
        running.pop()
        return True

    monkeypatch.setattr(hasher, "_verify", slow)
    room = IN_FLIGHT + LONGEST_QUEUE
    waiting = [asyncio.create_task(hasher.verify("", "")) for _ in range(room)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await hasher.verify("", "")
    go.set()
    assert all(await asyncio.gather(*waiting))
    assert max(most) <= IN_FLIGHT
    assert await hasher.verify("", ""), "there is room again"

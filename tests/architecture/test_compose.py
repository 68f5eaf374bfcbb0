"""docker-compose.dev.yml cannot be started in tests: its shape is what can be checked here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
IMAGES = {
    "postgres": "postgres:18",
    "valkey": "valkey/valkey:9",
    "mailpit": "axllent/mailpit:v1.27",
}
PORTS = {"postgres": [5432], "valkey": [6379], "mailpit": [1025, 8025]}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())
    assert set(found) == {"services", "volumes"}
    used = {
        volume.partition(":")[0]
        for service in found["services"].values()
        for volume in service.get("volumes", [])
    }
    assert used == set(found["volumes"])
    return found["services"]


def test_each_service_has_an_image_of_a_stated_version(services: dict[str, Any]) -> None:
    assert {name: service["image"] for name, service in services.items()} == IMAGES


def test_everything_listens_on_this_machine_alone(services: dict[str, Any]) -> None:
    for name, service in services.items():
        ports = [port.rsplit(":", 1) for port in service["ports"]]
        assert [int(inside) for _outside, inside in ports] == PORTS[name]
        assert [outside for outside, _inside in ports] == [f"127.0.0.1:{n}" for n in PORTS[name]]


def test_the_documented_addresses_are_those_of_the_services(services: dict[str, Any]) -> None:
    told = (ROOT / "docs" / "mail.md").read_text()

    assert "docker compose -f docker-compose.dev.yml" in told
    named = {int(port) for port in re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", told)}
    assert set(PORTS["mailpit"]) <= named

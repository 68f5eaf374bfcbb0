from tests.scanning.conftest import pool, shelf

__all__ = ["pool", "shelf"]

from tests.rollout.conftest import service

__all__ = ["service"]

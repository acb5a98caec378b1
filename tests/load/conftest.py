from tests.load.certificates import certificates

__all__ = ["certificates"]

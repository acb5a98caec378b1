"""The special functions that the judge needs, by the names scipy gives them.

Loading `scipy.special` takes half a second, longer than all else that a verb needs to start; most of it is
for other array libraries, which nobody has here. The first call loads the functions alone.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PACKAGE = "scipy.special"


@cache
def _scipy() -> Any:
    if _PACKAGE in sys.modules:
        return sys.modules[_PACKAGE]
    try:
        return _functions_alone()
    except ImportError:  # another scipy may keep them elsewhere
        return import_module(_PACKAGE)


def _functions_alone() -> ModuleType:
    """Load the module with the functions, without running the package around it."""
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise ImportError(_PACKAGE)
    sys.modules[_PACKAGE] = module_from_spec(spec)
    try:
        return import_module(f"{_PACKAGE}._ufuncs")
    finally:
        # Whoever imports the package later gets all of it.
        del sys.modules[_PACKAGE]


def ndtr(x: float) -> float:
    """Return the share of a standard normal distribution that lies below `x`."""
    return float(_scipy().ndtr(x))


def ndtr_each(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `ndtr` of every element."""
    shares: NDArray[np.float64] = _scipy().ndtr(x)
    return shares


def ndtri(p: float) -> float:
    """Return the quantile `p` of the standard normal distribution."""
    return float(_scipy().ndtri(p))


def stdtr(degrees: float, t: float) -> float:
    """Return the share of Student's t distribution with so many degrees of freedom that lies below `t`."""
    return float(_scipy().stdtr(degrees, t))


def stdtrit(degrees: float, p: float) -> float:
    """Return the quantile `p` of Student's t distribution with so many degrees of freedom."""
    return float(_scipy().stdtrit(degrees, p))


def betainc(a: float, b: float, x: float) -> float:
    """Return the share of the beta distribution (a, b) that lies below `x`."""
    return float(_scipy().betainc(a, b, x))


def betaincinv(a: float, b: float, p: float) -> float:
    """Return the quantile `p` of the beta distribution (a, b)."""
    return float(_scipy().betaincinv(a, b, p))


def bdtr(k: float, n: float, p: float) -> float:
    """Return the chance that `k` or fewer of `n` trials succeed with probability `p`."""
    return float(_scipy().bdtr(k, n, p))


def bdtri(k: float, n: float, y: float) -> float:
    """Return the probability of success at which `k` or fewer of `n` trials succeed with probability `y`."""
    return float(_scipy().bdtri(k, n, y))

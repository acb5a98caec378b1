import numpy as np
from scipy import special as scipy

from harness.judge.stats import special


def test_each_function_is_scipys():
    assert special.ndtr(1.2) == scipy.ndtr(1.2)
    assert special.ndtri(0.9) == scipy.ndtri(0.9)
    assert special.stdtr(7, -2.0) == scipy.stdtr(7, -2.0)
    assert special.stdtrit(7, 0.99) == scipy.stdtrit(7, 0.99)
    assert special.betainc(3, 5, 0.4) == scipy.betainc(3, 5, 0.4)
    assert special.betaincinv(3, 5, 0.4) == scipy.betaincinv(3, 5, 0.4)
    assert special.bdtri(2, 100, 0.2) == scipy.bdtri(2, 100, 0.2)
    assert list(special.ndtr_each(np.array([0.0, 1.2]))) == [0.5, special.ndtr(1.2)]

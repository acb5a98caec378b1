import subprocess
import sys

import numpy as np
import pytest
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


def said_by(code):
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


CALL = "from harness.judge.stats import special; assert special.ndtr(0.0) == 0.5"


def test_the_functions_are_loaded_without_what_other_array_libraries_need():
    loaded = said_by(f"import sys; {CALL}; print(*sys.modules)").split()
    assert "scipy.special._ufuncs" in loaded
    assert not {"scipy.special", "scipy._lib._array_api", "numpy.f2py", "numpy.testing"} & {*loaded}


@pytest.mark.parametrize("first", [f"{CALL}; ", ""])
def test_the_whole_package_is_there_for_others(first):
    whole = "from scipy import special as whole; print(whole.ndtr(0.0), whole.logsumexp([0.0]))"
    assert said_by(f"{first}{whole}; {CALL}") == "0.5 0.0\n"


def test_a_scipy_that_keeps_its_functions_elsewhere_is_loaded_whole():
    refused = (
        "from harness.judge.stats import special\n"
        "def refuse(): raise ImportError\n"
        "special._functions_alone = refuse\n"
        "assert special.ndtr(0.0) == 0.5; import sys; print('scipy.special' in sys.modules)"
    )
    assert said_by(refused) == "True\n"

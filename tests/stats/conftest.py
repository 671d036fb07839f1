import gc

import pytest
from hypothesis import settings

# The same examples on every run, and no time limit that a busy machine breaks.
settings.register_profile("smallprint", deadline=None, derandomize=True)
settings.load_profile("smallprint")


@pytest.fixture(scope="session", autouse=True)
def quick_collection():
    """Each Holm adjustment by statsmodels collects garbage: leave it little to look at."""
    import statsmodels.stats.multitest  # noqa: F401

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()

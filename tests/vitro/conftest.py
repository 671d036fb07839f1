import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Threads inside products this small collapse when the machine is busy."""
    torch.set_num_threads(1)

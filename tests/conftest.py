import keras
import pytest
from small_runs import SMALL, changed

from configs import characters


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    keras.utils.set_random_seed(0)


@pytest.fixture
def small_config():
    return lambda **changes: changed(characters.get_config(), SMALL, changes)

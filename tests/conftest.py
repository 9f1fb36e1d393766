import keras
import pytest
from small_runs import SMALL, changed

from configs import characters
from mann.experiment import train_and_evaluate


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    keras.utils.set_random_seed(0)


@pytest.fixture
def small_config():
    return lambda **changes: changed(characters.get_config(), SMALL, changes)


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """Returns the workdir of a run, for tests that measure it or leave it alone."""
    path = tmp_path_factory.mktemp("trained") / "run"
    train_and_evaluate(changed(characters.get_config(), SMALL, {"train__steps": 1}), path)
    return path

"""Two who open a data set of TensorFlow Datasets at once prepare it once."""

import threading

import numpy as np
import pytest

from episodes import tfds_builder
from episodes.files import take_turns

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")


class Spots(tfds.core.GeneratorBasedBuilder):
    """Eight pictures, told of whoever looks for them and of whoever makes them."""

    VERSION = tfds.core.Version("1.0.0")

    def __init__(self, on_looking=None, on_making=None, **kwargs):
        self.on_looking, self.on_making = on_looking, on_making
        super().__init__(**kwargs)

    def is_prepared(self):
        found = super().is_prepared()
        if self.on_looking:
            self.on_looking()
        return found

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(4, 4, 1)),
            "label": tfds.features.ClassLabel(num_classes=2),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        self.on_making()
        for number in range(8):
            image = np.full((4, 4, 1), number, np.uint8)
            yield number, {"image": image, "label": number % 2}


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    monkeypatch.setenv("MANN_CACHE_DIR", str(tmp_path / "cache"))
    # Nothing is downloaded.
    monkeypatch.setattr(tfds_builder, "_check_network", lambda homepage: None)


def test_the_second_waits_and_reads_what_the_first_prepared(tmp_path, capsys):
    folder, made, opened = str(tmp_path / "data"), [], []
    looking, said = threading.Event(), []

    def open_second():
        second = Spots(looking.set, lambda: made.append("second"), data_dir=folder)
        opened.append(tfds_builder.open_builder(second))

    thread = threading.Thread(target=open_second)

    def make():
        made.append("first")
        thread.start()
        for _ in range(1200):
            said.append(capsys.readouterr().out)
            # One that does not wait for its turn looks at once.
            if "Waiting for another process" in said[-1] or looking.wait(0.05):
                break

    first = tfds_builder.open_builder(Spots(on_making=make, data_dir=folder))
    thread.join(60)
    assert made == ["first"]
    for builder in (first, *opened):
        examples = list(tfds.as_numpy(builder.as_dataset(split="train")))
        assert sorted(example["image"].max() for example in examples) == list(range(8))
    assert len(opened) == 1 and "Waiting for another process" in said[-1]


def test_what_cannot_be_locked_keeps_nobody_waiting(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with take_turns(tmp_path / "file" / "lock"), take_turns(tmp_path / "file" / "lock"):
        pass

"""Times the sampling of episodes: python benchmarks/sampling.py --batch_size=16."""

import statistics
import time

import numpy as np
from absl import app, flags

from episodes.augmentation import Augmentation
from episodes.dataset import FewShotDataset
from episodes.few_shot import FewShotSampler
from episodes.sequence import SequenceSampler

_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Episodes in a batch.", lower_bound=1)
_NUM_BATCHES = 200


def noise_dataset(image_size, num_classes=1100, num_drawings=20):
    """Returns a dataset of noise, of the size of Omniglot's training split."""
    shape = (num_classes, num_drawings, image_size, image_size)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return FewShotDataset(images, [f"class{i:04d}" for i in range(num_classes)])


def milliseconds_per_batch(sampler, batch_size):
    """Returns the median over batches of different episodes."""
    sampler.batch(0, batch_size)
    times = []
    for step in range(_NUM_BATCHES):
        start = time.perf_counter()
        sampler.batch(step * batch_size, batch_size)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    batch_size = _BATCH_SIZE.value
    sequences, few_shot = noise_dataset(20), noise_dataset(28)
    for kind, augmentation in (("plain", None), ("augmented", Augmentation())):
        samplers = {
            "sequences, 5 x 10, 20 x 20 pixels": SequenceSampler(
                sequences, rotations=True, augmentation=augmentation
            ),
            "5-way 1-shot, 15 queries, 28 x 28": FewShotSampler(
                few_shot, ways=5, shots=1, queries=15, augmentation=augmentation
            ),
        }
        for name, sampler in samplers.items():
            milliseconds = milliseconds_per_batch(sampler, batch_size)
            print(
                f"{name}, {kind}: {milliseconds:.2f} ms per batch of {batch_size}, "
                f"{1000 * batch_size / milliseconds:,.0f} episodes per second"
            )


if __name__ == "__main__":
    app.run(main)

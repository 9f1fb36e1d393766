"""Averages answers over several views of the images: each a little turned and shifted."""

import numpy as np
from scipy.stats import qmc

import episodes

# The largest rotation, in degrees, and the largest shift, as a fraction of the side.
_MAX_ROTATION, _MAX_SHIFT = 10.0, 0.05


class AveragedViews:
    """A predictor whose log-probabilities are means over views of the support and the queries.

    The first view is the images as they are; in each other one, all images are turned and shifted
    alike. Each view is answered by itself, so that a query is still classified alone.

    Args:
        predictor: one of `mann.models.predictors`.
        views: number of views.
        fill: see `episodes.Augmentation`. Defaults to `"paper"`.
    """

    def __init__(self, predictor, views, fill="paper"):
        self.predictor = predictor
        self.model = predictor.model
        self.most_ways = predictor.most_ways
        self.views = views
        self._changes = episodes.Augmentation(_MAX_ROTATION, _MAX_SHIFT, fill=fill)

    def score(self, support_images, support_labels, query_images, ways):
        """Returns the mean log-probability of each class for each query; see `Predictor.score`."""
        noises = list_noises(self.views)
        return np.mean(
            [
                self.predictor.score(
                    self._change(support_images, noise),
                    support_labels,
                    self._change(query_images, noise),
                    ways,
                )
                for noise in noises
            ],
            axis=0,
        )

    def _change(self, images, noise):
        if not noise.any():
            return images
        flat = images.reshape(-1, *images.shape[2:])
        noises = np.broadcast_to(noise, (len(flat), len(noise)))
        return self._changes.warp(flat, noises).reshape(images.shape)


def list_noises(views):
    """Returns the rotation and the shifts of each view, `(views, 3)`, from -1 to 1.

    They are spread evenly and are the same at every call; the first are zeros.

    >>> list_noises(3).round(2).tolist()
    [[0.0, 0.0, 0.0], [0.0, -0.33, -0.6], [-0.5, 0.33, -0.2]]
    """
    noises = 2 * qmc.Halton(d=3, scramble=False).random(views) - 1
    noises[0] = 0
    return noises

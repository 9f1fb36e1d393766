"""Measures a trained model by instance, on classes it never saw.

python evaluate.py --workdir=runs/omniglot --episodes=1000
"""

from absl import flags

from mann.experiment import command_line, evaluate

_WORKDIR = flags.DEFINE_string("workdir", None, "The folder that train.py wrote.", required=True)
_EPISODES = flags.DEFINE_integer("episodes", 1000, "Test episodes to average over.", lower_bound=2)
_SEED = flags.DEFINE_integer("seed", 0, "Which test episodes are drawn.", lower_bound=0)


def main():
    evaluate(_WORKDIR.value, episodes=_EPISODES.value, seed=_SEED.value)


if __name__ == "__main__":
    command_line.run(main)

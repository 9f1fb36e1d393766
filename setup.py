"""Puts the configs, which stand at the top of a clone, into the package; the rest is static."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["mann*", "episodes*"]), "mann_config.configs"],
    package_dir={"mann_config.configs": "configs"},
)

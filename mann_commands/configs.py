"""Lists the configs that `mann train --config=<name>` takes.

mann configs
"""

from mann_config.catalog import FOLDER, list_configs


def main():
    configs = list_configs()
    width = max(map(len, configs))
    for name, line in configs.items():
        print(f"{name.ljust(width)}  {line}")
    print(f"\nEach is a file of {FOLDER}, which explains its fields: copy one to change it.")

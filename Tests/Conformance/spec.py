"""The provider's description of its API, with our overrides laid over it."""

import json
import pathlib


def load(path):
    spec = json.loads(pathlib.Path(path).read_text())
    for override in json.loads(pathlib.Path(__file__).with_name("overrides.json").read_text()):
        target = spec
        for part in override["at"].strip("/").split("/"):
            target = target[part.replace("~1", "/")]
        target.extend(item for item in override["append"] if item not in target)
    return spec


def reads_only(spec):
    """The same description with nothing but its GET operations."""
    paths = {}
    for path, item in spec["paths"].items():
        kept = {key: value for key, value in item.items() if key in ("get", "parameters")}
        if "get" in kept:
            paths[path] = kept
    return {**spec, "paths": paths}


if __name__ == "__main__":
    import sys

    source, target = sys.argv[1:]
    pathlib.Path(target).write_text(json.dumps(reads_only(load(source))))

"""The contract of the service, as it lies in `tests/contract`."""

from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[1] / "contract"
CONTRACT = yaml.safe_load((FOLDER / "openapi.yaml").read_text("utf-8"))
COMMON = yaml.safe_load((FOLDER / "common.yaml").read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]: {"method": method.upper(), "path": path, **operation}
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
    if isinstance(operation, dict)
}
"""Each operation, with its method and path, by its operation id."""

"""The bounds of pyproject.toml, and the versions of constraints.txt, go together."""

from __future__ import annotations

import pytest
from dependencies import ROOT, lowest, requirements
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINS = {
    canonicalize_name(pin.name): next(iter(pin.specifier)).version
    for pin in map(Requirement, (ROOT / "constraints.txt").read_text("utf-8").splitlines())
}


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_pinned_version_is_within_the_bounds(requirement: Requirement) -> None:
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_requirement_has_a_lower_bound(requirement: Requirement) -> None:
    pin = Requirement(lowest(requirement))
    assert requirement.specifier.contains(next(iter(pin.specifier)).version)


def test_a_requirement_without_a_lower_bound_is_refused() -> None:
    assert lowest(Requirement("numba>=0.68,<0.69")) == "numba==0.68"
    with pytest.raises(ValueError, match=r"numba<0\.69: found no lower bound"):
        lowest(Requirement("numba<0.69"))

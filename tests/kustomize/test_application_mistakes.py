"""A gate is itself tested: each mistake, made in a sound overlay, is caught and named."""

import pytest

from tests.kustomize.mistakes import Rendering, caught, shown
from tests.kustomize.pod_mistakes import IN_POD
from tests.kustomize.rollout_mistakes import IN_ROLLOUT
from tests.kustomize.wiring_mistakes import IN_WIRING

MISTAKES = {**IN_ROLLOUT, **IN_POD, **IN_WIRING}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_caught(name: str, render: Rendering) -> None:
    assert caught(render("prod"), MISTAKES[name])


def test_mistakes_show_only_once_made(render: Rendering) -> None:
    assert shown(render("prod"), MISTAKES) == []

"""What a variant's process is told."""

from hypothesis import given
from hypothesis import strategies as st

from harness.demo.settings import Settings
from harness.plan.variant import Variant


@given(
    st.sampled_from(Variant),
    st.integers(-(2**63), 2**63 - 1),
    st.lists(st.sampled_from(["latency=+25%", "errors=1%", "stall=2s@5s"]), unique=True),
)
def test_settings_survive_the_command_line(variant: Variant, seed: int, faults: list[str]) -> None:
    settings = Settings(variant, seed, tuple(faults), listening_fd=5)

    assert Settings.from_json(settings.to_json()) == settings

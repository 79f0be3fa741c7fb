"""The scenarios: importing a module registers what it holds."""

from . import (
    after_establishment,
    capture_damage,
    ikev1,
    ikev2_refusals,
    ikev2_stalls,
    ikev2_success,
    libreswan,
    pairs,
    shared_keys,
)

__all__ = [
    "after_establishment",
    "capture_damage",
    "ikev1",
    "ikev2_refusals",
    "ikev2_stalls",
    "ikev2_success",
    "libreswan",
    "pairs",
    "shared_keys",
]

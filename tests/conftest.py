"""What every test shares: hypothesis measures truth, not time (machines are noisy)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

import desktop  # noqa: F401 - before Qt, so that its classes are made in time (see there)

settings.register_profile("yantu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yantu")

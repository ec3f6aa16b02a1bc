"""The cases. Importing this package fills `harness.case.ALL`; one module per subject, in the order in which
they run: those that mostly wait come first, so that the others fill the time."""

from cases import liveness, delays, rebalancing  # noqa: F401  isort: skip
from cases import clients, kv_config, mqadmin, registration, same_answers, store, takeover  # noqa: F401
from cases import asking, consuming, offers, sending  # noqa: F401

"""The cases. Importing this package fills `harness.case.ALL`; one module per subject."""

from cases import clients, kv_config, liveness, mqadmin, registration, same_answers  # noqa: F401

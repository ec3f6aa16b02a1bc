"""What is taken of a run's report."""

from __future__ import annotations

from reporting.rows import Figure

MB = 1e6


def rate(report: dict) -> float:
    """Messages per second."""
    return report["messages_per_second"]


def cpu(report: dict) -> float:
    """Microseconds per message."""
    return report["server"]["cpu_us_per_message"]


def server_share(report: dict) -> float:
    """Of a core."""
    return report["server"]["cpu_seconds"] / report["elapsed_seconds"]


def generator_share(report: dict) -> float:
    return report["generator_cpu_seconds"] / report["elapsed_seconds"]


def latency(name: str, of: str = "latency_us") -> Figure:
    """Microseconds. `name`: p50, p99, p99_9."""
    return lambda report: report[of][name]


def disk_per_stored(report: dict) -> float:
    return report["disk_bytes"] / report["stored_bytes"]


def milliseconds(report: dict) -> float:
    return report["seconds"] * 1000


def cpu_percent(report: dict) -> float:
    """Of a core."""
    return report["cpu_share"] * 100


def without_page_cache(report: dict) -> float:
    """Resident MB: heap and stacks."""
    return report["anonymous"] / MB


def resident(report: dict) -> float:
    return report["resident"] / MB

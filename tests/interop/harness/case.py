"""What a case is, and the words it checks with.

A case is a function that takes a Stage and raises CaseFailed; `@case(needs=...)` puts it into ALL under
the name `<module>.<function>`. `needs` names the tool chains that it cannot do without; `opens_stores` says that
it needs gantry-store-tool, `features` of which libraries it shows what (clients.py), `apache_cannot` why Apache's own
servers would fail it.
"""

import time

ALL = []


class CaseFailed(Exception):
    """What was expected, and what was seen instead."""


class Case:
    def __init__(self, body, needs, opens_stores, features, apache_cannot):
        self.name = "%s.%s" % (body.__module__.rsplit(".", 1)[-1], body.__name__)
        self.body = body
        self.needs = needs
        self.opens_stores = opens_stores
        self.features = features
        self.apache_cannot = apache_cannot


def case(needs=(), opens_stores=False, features=(), apache_cannot=""):
    def register(body):
        ALL.append(Case(body, needs, opens_stores, features, apache_cannot))
        return body

    return register


def check(condition, why):
    if not condition:
        raise CaseFailed(why() if callable(why) else why)


def check_equal(what, seen, expected):
    check(seen == expected, lambda: "%s: expected %r, saw %r" % (what, expected, seen))


# The programs of other people that the cases wait for tell nobody when they are done, so these two ask again and again.


def eventually(what, seconds, probe):
    """Calls `probe` until it returns something true, and returns that; `seconds` is the bound."""
    deadline = time.monotonic() + seconds
    while True:
        seen = probe()
        if seen:
            return seen
        if time.monotonic() >= deadline:
            raise CaseFailed("%s: not within %g s" % (what, seconds))
        time.sleep(0.05)


def throughout(what, seconds, probe):
    """Calls `probe` for `seconds`; it must be true every time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check(probe(), lambda: "%s: not throughout %g s" % (what, seconds))
        time.sleep(0.25)

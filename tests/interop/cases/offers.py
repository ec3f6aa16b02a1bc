"""What a client library does not offer is known, is written down, and is not there: nothing is left out in silence."""

import os

from harness import case as cases
from harness.case import case, check, check_equal
from harness.clients import FEATURES, LIBRARIES
from harness.history import History
from harness.clients import ClientProgram

README = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "README.md")


@case()
def each_feature_of_each_library_has_a_case_or_a_reason(stage):
    shown = {pair for one in cases.ALL for pair in one.features}
    with open(README) as readme:
        text = " ".join(readme.read().split())
    for library in LIBRARIES:
        for feature in FEATURES:
            if library.offers(feature):
                check((library.name, feature) in shown, "no case shows %s of %s" % (feature, library.name))
            else:
                why, _ = library.lacks[feature]
                check(why in text, "README.md does not say that %s lacks %s: %s" % (library.name, feature, why))


def register(library):
    def run(stage):
        namesrv = stage.name_server()
        program = ClientProgram(stage.start_client(library, library.name, namesrv.address), History())
        names = {name.split(".")[1] for name in program.do("offers")["offers"]}
        check(len(names) > 10, "the library has %d names only" % len(names))
        for feature, (why, would_be) in library.lacks.items():
            check_equal("names that offer `%s`, of which README.md says: %s" % (feature, why),
                        sorted(name for name in names if name.lower() in [one.lower() for one in would_be]), [])

    run.__module__ = __name__
    run.__name__ = "%s_offers_no_more_than_is_listed" % library.name
    case(needs=library.needs)(run)


for one in LIBRARIES:
    register(one)

"""What may differ between the outputs of mqadmin with two name servers, and why. Nothing else may.

Each rule is a function from text to text with its reason; RULES is all of them, in order.
"""

import json
import re

from harness.remoting import parse_json


def address(text, namesrv):
    """Each name server has a port of its own."""
    return text.replace(namesrv.address, "NAMESRV")


def broker_load(text):
    """Throughput, waits, age and disk space are the broker's figures of that moment (clusterList)."""
    return re.sub(r"[\d.]+\((\d*),(\d*)ms\)\s+[\d.]+\((\d*),(\d*)ms\)\s+\d+\s+[\d.]+\s+[\d.]+", "LOAD", text)


def remark(text):
    """The words of an error are each server's own; its code must be the same."""
    return re.sub(r"(CODE: \d+) +DESC: [^\n]*(\n(See|For more information)[^\n]*)*", r"\1 DESC: REMARK", text)


def stack_frames(text):
    """Where in mqadmin an exception was thrown says nothing about the server."""
    return "".join(line for line in text.splitlines(True) if not re.match(r"\s+(at |\.\.\. \d+ more)", line))


def column_widths(text):
    """Columns are padded by what stands in them, and the name server's address is part of that."""
    return re.sub(r" +", " ", text)


def order(text):
    """Clusters, brokers and topics are sets. A route is JSON, its two lists are sets by broker name; other
    outputs are tables whose rows are such sets."""
    if text.lstrip().startswith("{"):
        route = parse_json(re.sub(r"\s+", "", text).encode())
        for name in ("brokerDatas", "queueDatas"):
            route[name].sort(key=lambda entry: entry["brokerName"])
        return json.dumps(route, indent=1, sort_keys=True)
    return "\n".join(sorted(line.rstrip() for line in text.splitlines()))


RULES = (broker_load, remark, stack_frames, column_widths, order)


def normalised(text, namesrv):
    text = address(text, namesrv)
    for rule in RULES:
        text = rule(text)
    return text


# Keys of getNamesrvConfig whose values are each process's own: where its files lie, and its port. The keys
# must be there, and every other value of Apache's must be ours.
OWN_VALUE = {"rocketmqHome", "kvConfigPath", "configStorePath", "listenPort"}


def namesrv_config(text):
    """The table that getNamesrvConfig prints."""
    return dict(re.findall(r"^(\S+) *=  ?(.*)$", text, re.MULTILINE))

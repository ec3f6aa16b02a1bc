"""Holds a history (history.py) to what must always be true, and says what was not.

The invariants have the numbers under which faults and their tests are listed:

  I1  what was acknowledged is there afterwards
  I2  what is there was sent, and is what was sent
  I3  a queue's offsets are dense, in the order of the acknowledgements to one producer; one offset, one content, ever
  I4  what was not acknowledged is there whole or not at all
  I5  what was acknowledged reaches every group in time, and in the end is consumed or a dead letter
  I6  nothing comes again that its group consumed, but for what a fault may have made it forget
  I7  look-ups agree with the log
  I8  a group's offsets never go back, and are never forgotten, but by a reset
  I9  nothing that is delayed comes early, or not at all
  order  who consumes in order gets a queue's messages one at a time, in their order, none left out

A check that had nothing to look at says nothing, so a report also counts what was looked at: a test asks for that,
too. What a run was allowed to do is in its Rules; they begin as those of a run in which nothing was done to the system.
"""

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.history import FAILED, OK, UNKNOWN, Operation

SHOWN = 10
RETRIES, DEAD_LETTERS = "%RETRY%", "%DLQ%"


@dataclass(frozen=True)
class Rules:
    """What was allowed, and what of the system one has to know to judge."""

    # What each delay level of the broker means, from level 1 on.
    delay_levels_ms: tuple = ()
    # I5: how long after it was sent, was due, or the last fault was healed, a message may still be on its way.
    reach_ms: int = 30_000
    # I9: how much later than due a message may come. None: that is not looked at.
    late_ms: int | None = None
    # I6: what was consumed this shortly before a fault may come again after it.
    repeats_ms: int = 0
    # I8: offsets that were written this shortly before a fault may be gone after it.
    offsets_lost_ms: int = 0
    # A producer's own retry may have stored a message twice.
    resends: bool = False
    # One-way sends arrive like all others, because nothing was done to the system.
    unknown_arrive: bool = False
    # Old messages were deleted meanwhile.
    deletes: bool = False

    def delay_us(self, level) -> int:
        if not level:
            return 0
        return self.delay_levels_ms[min(level, len(self.delay_levels_ms)) - 1] * 1000


@dataclass
class Report:
    """`checked`: how many facts each invariant was held against. `violations`: (invariant, sentence)."""

    checked: Counter = field(default_factory=Counter)
    violations: list = field(default_factory=list)

    def __str__(self):
        lines = ["%s: %s" % one for one in self.violations[:SHOWN]]
        if len(self.violations) > SHOWN:
            lines.append("... and %d more" % (len(self.violations) - SHOWN))
        return "\n".join(lines) or "holds: " + ", ".join("%s %d" % one for one in sorted(self.checked.items()))


def check(operations: Iterable[Operation], rules: Rules = Rules()) -> Report:
    run = _Run(operations, rules)
    for look in (_acknowledged_is_there, _nothing_is_invented, _one_offset_one_content, _queues_are_dense,
                 _order_of_acknowledgements, _batches_are_whole, _groups_are_reached, _repeats, _lookups_agree,
                 _offsets_stay, _nothing_is_early, _delayed_is_not_lost, _retries_wait, _consumed_in_order):
        look(run)
    return run.report


class _Run:
    """A history, sorted for the questions that are asked of it."""

    def __init__(self, operations, rules):
        self.rules = rules
        self.report = Report()
        self.kinds = defaultdict(list)
        for one in sorted(operations, key=lambda one: (one.start_us, one.end_us)):
            self.kinds[one.kind].append(one)
        self.sends = self.kinds["send"]
        self.sends_of = defaultdict(list)
        for send in self.sends:
            self.sends_of[send.hash].append(send)
        self.scans_of = defaultdict(list)
        for scan in self.kinds["scan"]:
            self.scans_of[scan.whole_queue].append(scan)
        self.dead_letters_of = defaultdict(set)  # group -> hashes
        for scan in self.kinds["scan"]:
            if scan.topic.startswith(DEAD_LETTERS):
                self.dead_letters_of[scan.topic.removeprefix(DEAD_LETTERS)].update(hash for _, hash in scan.found)
        self.receives_of = defaultdict(lambda: defaultdict(list))  # group -> hash -> in the order of their start
        for receive in self.kinds["receive"]:
            self.receives_of[receive.group][receive.hash].append(receive)
        self.joins_of = defaultdict(list)
        for join in self.kinds["join"]:
            self.joins_of[join.group].append(join)
        self.faults = sorted(self.kinds["fault"], key=lambda fault: fault.start_us)
        self.fault_starts = [fault.start_us for fault in self.faults]
        self.longest_fault_us = max((fault.end_us - fault.start_us for fault in self.faults), default=0)
        self.last_healed_us = max((fault.end_us for fault in self.faults), default=0)

    def count(self, invariant, number=1):
        self.report.checked[invariant] += number

    def fails(self, invariant, text, *values):
        self.report.violations.append((invariant, text % values))

    def is_delayed(self, send) -> bool:
        return bool(send.level or send.due_us)

    def due_us(self, send, since_us) -> int:
        return send.due_us or self.after_level_us(send.level, since_us)

    def after_level_us(self, level, since_us) -> int:
        """When the delay of a level ends; a broker counts it from the whole millisecond in which it stored."""
        return since_us // 1000 * 1000 + self.rules.delay_us(level)

    def arrives(self, send) -> bool:
        """Whether somebody must get it."""
        return send.outcome == OK or self.rules.unknown_arrive and send.outcome == UNKNOWN

    def shares(self, group) -> bool:
        """Whether the members of a group share the messages; otherwise each gets all."""
        joins = self.joins_of.get(group)
        return not joins or joins[0].model == "clustering"

    def is_in_order(self, group) -> bool:
        joins = self.joins_of.get(group)
        return bool(joins) and joins[0].order == "queue"

    def lost_from(self, at_us, window_ms):
        """From when on a fault may have made forgotten what was done at that time, shortly before or after; None: never."""
        window_us = window_ms * 1000
        index = bisect.bisect_left(self.fault_starts, at_us - window_us - self.longest_fault_us)
        while index < len(self.faults) and self.fault_starts[index] <= at_us + window_us:
            if self.faults[index].end_us + window_us >= at_us:
                return self.fault_starts[index]
            index += 1
        return None

    def excused(self, since_us, until_us, window_ms) -> bool:
        """Whether a fault between the two, or one shortly after the first, may have made something forgotten."""
        lost_us = self.lost_from(since_us, window_ms)
        return lost_us is not None and until_us >= lost_us

    def contents(self) -> Iterator[tuple]:
        """(operation, place, hash) of every message that anybody saw somewhere."""
        for send in self.sends:
            if send.outcome == OK and send.offset is not None and not self.is_delayed(send):
                yield send, send.place, send.hash
        for receive in self.kinds["receive"]:
            yield receive, receive.place, receive.hash
        yield from self.found()

    def found(self) -> Iterator[tuple]:
        for scan in self.kinds["scan"]:
            for offset, hash in scan.found:
                yield scan, (*scan.whole_queue, offset), hash
        for lookup in self.kinds["lookup"]:
            for broker, queue, offset, hash in lookup.found or ():
                yield lookup, (lookup.topic, broker, queue, offset), hash


def _is_again(topic) -> bool:
    """Whether messages lie there that were sent to another topic."""
    return topic.startswith((RETRIES, DEAD_LETTERS))


def _acknowledged_is_there(run):
    """I1, for each message in a queue that somebody read whole afterwards."""
    acked = defaultdict(list)
    for send in run.sends:
        if send.outcome == OK and not run.is_delayed(send):
            acked[send.whole_queue].append(send)
    for queue, scans in run.scans_of.items():
        for scan in scans:
            there = dict(map(tuple, scan.found))
            for send in acked[queue]:
                if send.end_us > scan.start_us or run.rules.deletes and send.offset < scan.first:
                    continue
                run.count("I1")
                if there.get(send.offset) != send.hash:
                    run.fails("I1", "acknowledged, and not there afterwards (%s there): %s",
                              there.get(send.offset, "nothing"), send)


def _nothing_is_invented(run):
    """I2. Whether a message is what was sent is in its hash."""
    seen = [(one, one.topic, one.hash) for one in run.kinds["receive"]]
    seen += [(one, place[0], hash) for one, place, hash in run.found()]
    for one, topic, hash in seen:
        run.count("I2")
        sends = run.sends_of.get(hash, ())
        if not sends:
            run.fails("I2", "nobody sent %s: %s", hash, one)
        elif not _is_again(topic) and all(send.topic != topic for send in sends):
            run.fails("I2", "in %s, but sent to %s: %s", topic, sends[0].topic, one)
        elif all(send.start_us > one.end_us for send in sends):
            run.fails("I2", "there before it was sent: %s", one)


def _one_offset_one_content(run):
    """I3."""
    first_seen = {}
    acknowledged = {}
    for one, place, hash in run.contents():
        if not place[1]:
            continue  # on a broker that this client did not name
        run.count("I3")
        other, other_hash = first_seen.setdefault(place, (one, hash))
        if other_hash != hash:
            run.fails("I3", "two contents at %s/%s/%s@%s: %s by %s; %s by %s", *place, other_hash, other, hash, one)
        if one.kind == "send" and acknowledged.setdefault(place, one) is not one:
            run.fails("I3", "two acknowledgements name one offset: %s; %s", acknowledged[place], one)


def _queues_are_dense(run):
    """I3."""
    for scans in run.scans_of.values():
        longest = None
        for scan in scans:
            run.count("I3")
            offsets = [offset for offset, _ in scan.found]
            if offsets != list(range(scan.first, scan.end)):
                missing = sorted(set(range(scan.first, scan.end)) - set(offsets))
                run.fails("I3", "not dense from %d to %d, lacks %s, reads %d: %s", scan.first, scan.end, missing[:5],
                          len(offsets), scan)
            if longest and longest.end_us <= scan.start_us and scan.end < longest.end:
                run.fails("I3", "ended at %d once, and at %d later: %s", longest.end, scan.end, scan)
            if not longest or scan.end > longest.end:
                longest = scan


def _order_of_acknowledgements(run):
    """I3: of one producer's sends to a queue, one that began when another was acknowledged lies behind it."""
    lines = defaultdict(list)
    for send in run.sends:
        if send.outcome == OK and send.offset is not None and not run.is_delayed(send):
            lines[send.client, send.whole_queue].append(send)
    for sends in lines.values():
        by_end = sorted(sends, key=lambda one: one.end_us)
        behind, at = None, 0
        for send in sends:
            while at < len(by_end) and by_end[at].end_us < send.start_us:
                if behind is None or by_end[at].offset > behind.offset:
                    behind = by_end[at]
                at += 1
            if behind is not None:
                run.count("I3")
                if behind.offset >= send.offset:
                    run.fails("I3", "acknowledged before the other was sent, and yet behind it: %s; %s", behind, send)


def _batches_are_whole(run):
    """I4."""
    batches = defaultdict(list)
    for send in run.sends:
        if send.batch:
            batches[send.batch].append(send)
    for name, sends in batches.items():
        scans = [scan for queue, all in run.scans_of.items() if queue[0] == sends[0].topic for scan in all
                 if scan.start_us >= max(send.end_us for send in sends)]
        if not scans:
            continue
        run.count("I4")
        there = {hash: (scan.whole_queue, offset) for scan in scans for offset, hash in scan.found}
        places = [there.get(send.hash) for send in sends]
        if None in places and any(places):
            run.fails("I4", "of the %d messages of batch %s only %d are there", len(places), name,
                      len(places) - places.count(None))
        elif any(places) and [offset for _, offset in places] != list(
                range(places[0][1], places[0][1] + len(places))):
            run.fails("I4", "the messages of batch %s do not lie together: %s", name, places)


def matches(tags: str, tag: str | None) -> bool:
    """Whether a subscription to `tags` wants a message with this tag."""
    return tags in ("", "*") or (tag or "") in [one.strip() for one in tags.split("||")]


def _groups_are_reached(run):
    """I5: once for a group that shares its messages, once for each member where each gets all."""
    for group, joins in run.joins_of.items():
        left = {leave.client: leave.start_us for leave in run.kinds["leave"] if leave.group == group}
        shared = run.shares(group)
        for topic in {join.topic for join in joins}:
            members = [join for join in joins if join.topic == topic]
            for send in run.sends:
                if send.topic != topic or not run.arrives(send):
                    continue
                for member in members[:1] if shared else members:
                    alive_until = max(left.get(one.client, float("inf")) for one in (members if shared else [member]))
                    if matches(member.tags, send.tag) and send.end_us <= alive_until:
                        _is_reached(run, member, shared, send)


def _is_reached(run, member, shared, send):
    got = [one for one in run.receives_of[member.group][send.hash] if shared or one.client == member.client]
    who = member.group if shared else "%s of %s" % (member.client, member.group)
    run.count("I5")
    if not got:
        run.fails("I5", "never reached %s: %s", who, send)
        return
    at_the_latest = max(run.due_us(send, send.end_us), run.last_healed_us, member.end_us) + run.rules.reach_ms * 1000
    if got[0].start_us > at_the_latest:
        run.fails("I5", "reached %s %d ms too late: %s", who, (got[0].start_us - at_the_latest) / 1000, send)
    # Where each member gets all, and where queues are chosen, a failure is final.
    if shared and send.hash not in run.dead_letters_of[member.group] and not any(one.outcome == OK for one in got):
        run.fails("I5", "%s failed to consume it %d times, and it is no dead letter: %s", who, len(got), send)


def _repeats(run):
    """I6."""
    for group, of_hash in run.receives_of.items():
        shared = run.shares(group)
        for receives in of_hash.values():
            for client in {""} if shared else {one.client for one in receives}:
                _is_no_repeat(run, [one for one in receives if shared or one.client == client])


def _is_no_repeat(run, receives):
    consumed, last_of_times = None, {}
    for one in receives:
        run.count("I6")
        before = consumed or last_of_times.get(one.times)
        stored_twice = run.rules.resends and before and before.place != one.place
        if before and not stored_twice and not run.excused(before.end_us, one.start_us, run.rules.repeats_ms):
            run.fails("I6", "comes again: %s; before: %s", one, before)
        last_of_times[one.times] = one
        if one.outcome == OK and not consumed:
            consumed = one


def _lookups_agree(run):
    """I7."""
    for lookup in run.kinds["lookup"]:
        run.count("I7")
        found = [hash for *_, hash in lookup.found or ()]
        earlier = [send for send in run.sends
                   if send.topic == lookup.topic and send.outcome == OK and send.end_us <= lookup.start_us]
        if lookup.by == "time":
            _time_agrees(run, lookup, earlier)
            continue
        field = {"id": "id", "unique": "unique", "key": "keys"}[lookup.by]
        wanted = [send for send in earlier if lookup.value in (getattr(send, field) or "").split()]
        if lookup.by == "id":
            wanted = [send for send in wanted if not run.is_delayed(send)]
        lacking = [send for send in wanted if send.hash not in found]
        if lacking and len(found) < (lookup.most or 1):
            run.fails("I7", "a look-up by %s %s finds %d messages, not this one: %s", lookup.by, lookup.value, len(found),
                      lacking[0])
        for hash in found:
            sends = run.sends_of.get(hash, ())
            if sends and not any(lookup.value in (getattr(send, field) or "").split() for send in sends):
                run.fails("I7", "a look-up by %s %s finds what has another: %s", lookup.by, lookup.value, sends[0])
        if len(found) != len(set(found)) and not run.rules.resends:
            run.fails("I7", "a look-up by %s %s finds a message twice: %s", lookup.by, lookup.value, found)


def _time_agrees(run, lookup, earlier):
    """What was acknowledged before that time lies before the answer or is it; what was sent after, behind."""
    at_us = int(lookup.value) * 1000
    for send in earlier:
        if send.whole_queue != lookup.whole_queue or run.is_delayed(send):
            continue
        if send.end_us < at_us and send.offset > lookup.offset:
            run.fails("I7", "time %s is answered with %d, but this was there before: %s", lookup.value, lookup.offset, send)
        if send.start_us > at_us + 1000 and send.offset < lookup.offset:
            run.fails("I7", "time %s is answered with %d, but this came later: %s", lookup.value, lookup.offset, send)


def _offsets_stay(run):
    """I8."""
    tables = defaultdict(list)
    for kind in ("commit", "offset", "reset"):
        for one in run.kinds[kind]:
            if one.outcome == OK:
                tables[one.group, one.whole_queue].append(one)
    for known in tables.values():
        known.sort(key=lambda one: one.start_us)
    for known in tables.values():
        for asked, most in _most_before(run, known):
            run.count("I8")
            if most and (asked.offset is None or asked.offset < most.offset):
                run.fails("I8", "the offset of %s is %s, but was %d: %s; %s", asked.group,
                          "unknown" if asked.offset is None else asked.offset, most.offset, most, asked)


def _most_before(run, known):
    """Each question for an offset, with the operation that had the largest before it."""
    by_end = sorted((one for one in known if one.offset is not None), key=lambda one: one.end_us)
    window_ms = run.rules.offsets_lost_ms
    lost_us = [run.lost_from(one.end_us, window_ms) for one in by_end]
    resets = [one.start_us for one in known if one.kind == "reset"]
    most, at, epoch = None, 0, None
    for asked in known:
        if asked.kind != "offset":
            continue
        # A reset that is not over when somebody asks leaves open which of the two is right.
        since_us = max((start_us for start_us in resets if start_us < asked.end_us), default=0)
        if epoch != since_us:
            most, at, epoch = None, 0, since_us
        while at < len(by_end) and by_end[at].end_us <= asked.start_us:
            if lost_us[at] is None:
                most = _further(most, by_end[at], since_us)
            at += 1
        # What a fault will make forgotten holds until it comes.
        held = most
        for index in range(at - 1, -1, -1):
            if by_end[index].end_us < asked.start_us - window_ms * 1000:
                break
            if lost_us[index] is not None and asked.start_us < lost_us[index]:
                held = _further(held, by_end[index], since_us)
        yield asked, held


def _further(most, one, since_us):
    return one if one.start_us >= since_us and (most is None or one.offset > most.offset) else most


def _nothing_is_early(run):
    """I9. A delay counts from when the message was stored, which was not before it was sent."""
    for send in run.sends:
        if not run.is_delayed(send):
            continue
        for group, of_hash in run.receives_of.items():
            for receive in of_hash.get(send.hash, ()):
                if receive.times:
                    continue
                run.count("I9")
                early_us = run.due_us(send, send.start_us) - receive.start_us
                if early_us > 0:
                    run.fails("I9", "came %g ms early: %s; %s", early_us / 1000, receive, send)
                late_us = receive.start_us - max(run.due_us(send, send.end_us), run.last_healed_us)
                if run.rules.late_ms is not None and late_us > run.rules.late_ms * 1000:
                    run.fails("I9", "came %d ms late: %s; %s", late_us / 1000, receive, send)


def _delayed_is_not_lost(run):
    """I9: where a whole topic was read after a message was due, it lies there, once."""
    scans_of_topic = defaultdict(list)
    for scan in run.kinds["scan"]:
        scans_of_topic[scan.topic].append(scan)
    for send in run.sends:
        if not run.is_delayed(send) or send.outcome != OK:
            continue
        at_the_latest = max(run.due_us(send, send.end_us), run.last_healed_us) + run.rules.reach_ms * 1000
        scans = scans_of_topic[send.topic]
        places = {(scan.whole_queue, offset) for scan in scans for offset, hash in scan.found if hash == send.hash}
        if places or scans and min(scan.start_us for scan in scans) > at_the_latest:
            run.count("I9")
            if not places:
                run.fails("I9", "delayed, and not there when it was due: %s", send)
            elif len(places) > 1 and not run.faults:
                run.fails("I9", "delivered %d times after its delay: %s", len(places), send)


def _retries_wait(run):
    """I9, for what a consumer that consumes in no order wants again: the n-th time it waits for level 3 + n."""
    for group, of_hash in run.receives_of.items():
        if not run.rules.delay_levels_ms or run.is_in_order(group):
            continue
        for receives in of_hash.values():
            failed = {one.times: one for one in receives if one.outcome == FAILED}
            for one in receives:
                before = failed.get((one.times or 0) - 1)
                if before:
                    run.count("I9")
                    level = before.level or 3 + (before.times or 0)
                    early_us = run.after_level_us(level, before.end_us) - one.start_us
                    if early_us > 0:
                        run.fails("I9", "came again %g ms early (level %d): %s; %s", early_us / 1000, level, one, before)


def _consumed_in_order(run):
    """order, for groups that say so."""
    for group, joins in run.joins_of.items():
        if not run.is_in_order(group):
            continue
        queues = defaultdict(list)
        shared = run.shares(group)
        for of_hash in run.receives_of[group].values():
            for one in of_hash:
                queues[one.whole_queue, "" if shared else one.client].append(one)
        for receives in queues.values():
            receives.sort(key=lambda one: one.start_us)
            for before, one in zip(receives, receives[1:]):
                run.count("order")
                _is_next(run, joins[0], before, one)


def _is_next(run, join, before, one):
    if before.end_us > one.start_us:
        run.fails("order", "handed out while another was being consumed: %s; %s", before, one)
    elif before.outcome == FAILED and one.offset != before.offset:
        if before.hash not in run.dead_letters_of[join.group]:
            run.fails("order", "came before one that was to come again: %s; %s", one, before)
    elif before.outcome == OK and one.offset <= before.offset:
        if not run.excused(before.end_us, one.start_us, run.rules.repeats_ms):
            run.fails("order", "came after one that lies behind it: %s; %s", one, before)
    elif before.outcome == OK and join.tags in ("", "*") and one.offset != before.offset + 1:
        run.fails("order", "one between the two was left out: %s; %s", before, one)

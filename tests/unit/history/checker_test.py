"""The history checker: a run in which all went well, and the same run with one thing wrong, for each thing that can be."""

import dataclasses
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "interop"))
from harness import checker, history
from harness.checker import Rules
from harness.history import FAILED, OK, UNKNOWN, Operation

MS = 1000
S = 1_000_000
RULES = Rules(delay_levels_ms=(1000, 2000, 3000, 4000, 5000), late_ms=5000)


def op(kind, start_us, end_us=None, **values) -> Operation:
    return Operation.of({"kind": kind, "client": "c", "start_us": start_us,
                         "end_us": start_us + MS if end_us is None else end_us, **values})


def at(queue, offset, topic="T") -> dict:
    return {"topic": topic, "broker": "a", "queue": queue, "offset": offset}


def scan(start_us, queue, *hashes, topic="T", first=0) -> Operation:
    return op("scan", start_us, topic=topic, broker="a", queue=queue, first=first, end=first + len(hashes),
              found=[[first + number, hash] for number, hash in enumerate(hashes)])


def sends() -> list:
    """Four messages to queue 0 and a batch to queue 1, by one producer; one that nobody acknowledged; a delayed one."""
    made = [op("send", n * 10 * MS, **at(0, n), hash="m%d" % n, tag="A" if n % 2 else "B", keys="k%d all" % n,
               id="id%d" % n, unique="u%d" % n) for n in range(4)]
    made += [op("send", 50 * MS, **at(1, n), hash="b%d" % n, tag="A", batch="one", keys="all") for n in range(3)]
    made.append(op("send", 60 * MS, 70 * MS, topic="T", hash="lost", tag="A", outcome=UNKNOWN))
    made.append(op("send", 80 * MS, topic="T", broker="a", queue=1, offset=99, hash="slow", tag="A", level=2))
    return made


def receives() -> list:
    """By group g, that wants tag A only; it fails m1 once. By group o, in order; it fails b1 once."""
    made = [op("join", 0, group="g", topic="T", tags="A || C", model="clustering", order="none")]
    made += [op("receive", 100 * MS, group="g", hash="m1", **at(0, 1), outcome=FAILED, times=0),
             op("receive", 4 * S, group="g", hash="m1", **at(0, 0, "%RETRY%g"), times=1),
             op("receive", 100 * MS, group="g", hash="m3", **at(0, 3), times=0),
             op("receive", 3 * S, group="g", hash="slow", **at(1, 3), times=0)]
    made += [op("receive", (110 + n) * MS, group="g", hash="b%d" % n, **at(1, n), times=0) for n in range(3)]
    made.append(op("join", 0, client="o1", group="o", topic="T", tags="*", model="clustering", order="queue"))
    made += [op("receive", (120 + n * 2) * MS, client="o1", group="o", hash="m%d" % n, **at(0, n), times=0) for n in range(4)]
    for number, (offset, outcome) in enumerate([(0, OK), (1, FAILED), (1, OK), (2, OK)]):
        made.append(op("receive", (130 + number * 2) * MS, client="o1", group="o", hash="b%d" % offset, **at(1, offset),
                       times=1 if number == 2 else 0, outcome=outcome))
    made.append(op("receive", 3 * S, client="o1", group="o", hash="slow", **at(1, 3), times=0))
    return made


def looks() -> list:
    return [scan(200 * MS, 0, "m0", "m1", "m2", "m3"), scan(9 * S, 0, "m0", "m1", "m2", "m3"),
            scan(9 * S, 1, "b0", "b1", "b2", "slow"),
            op("lookup", 9 * S, topic="T", by="id", value="id2", found=[["a", 0, 2, "m2"]]),
            op("lookup", 9 * S, topic="T", by="unique", value="u3", found=[["", 0, 3, "m3"]]),
            op("lookup", 9 * S, topic="T", by="key", value="k1", most=64, found=[["a", 0, 1, "m1"]]),
            op("lookup", 9 * S, by="time", value="15", **at(0, 2)),
            op("commit", 200 * MS, group="g", **at(0, 3)), op("offset", 210 * MS, group="g", **at(0, 3)),
            op("commit", 220 * MS, group="g", **at(0, 4)), op("offset", 230 * MS, group="g", **at(0, 4)),
            op("reset", 240 * MS, group="g", **at(0, 1)), op("offset", 250 * MS, group="g", **at(0, 1)),
            op("leave", 9 * S, group="g", topic="T")]


def sound() -> list:
    return sends() + receives() + looks()


def which(operations, **values) -> Operation:
    """The one operation with these values; it may be changed."""
    found = [one for one in operations if all(getattr(one, name) == value for name, value in values.items())]
    assert len(found) == 1, found
    return found[0]


class Checker(unittest.TestCase):
    def holds(self, operations, rules=RULES):
        self.assertEqual(checker.check(operations, rules).violations, [])

    def finds(self, operations, *expected, rules=RULES):
        """Exactly these violations, each an invariant and words of its sentence."""
        found = checker.check(operations, rules).violations
        self.assertEqual(len(found), len(expected), found)
        for invariant, words in expected:
            self.assertTrue(any(one[0] == invariant and words in one[1] for one in found), (invariant, words, found))

    def test_a_sound_run_holds_and_each_invariant_looked_at_something(self):
        report = checker.check(sound(), RULES)
        self.assertEqual(report.violations, [])
        self.assertEqual(set(report.checked), {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "order"})
        self.assertEqual(report.checked["I1"], 11)
        self.assertEqual(report.checked["I5"], 6 + 8)
        self.assertTrue(str(report).startswith("holds: I1 11, "))

    def test_finds_an_acknowledged_message_that_is_gone(self):
        run = sound()
        which(run, kind="scan", queue=0, start_us=9 * S).more.update(end=3, found=[[0, "m0"], [1, "m1"], [2, "m2"]])
        self.finds(run, ("I1", "nothing there"), ("I3", "ended at 4 once, and at 3 later"))

    def test_allows_that_old_messages_were_deleted_when_told_so(self):
        run = sound()
        which(run, kind="scan", queue=0, start_us=9 * S).more.update(first=1, found=[[1, "m1"], [2, "m2"], [3, "m3"]])
        self.finds(run, ("I1", "nothing there"))
        self.holds(run, dataclasses.replace(RULES, deletes=True))

    def test_does_not_ask_a_scan_for_what_was_acknowledged_during_it(self):
        self.holds([op("send", 0, 9 * MS, **at(0, 0), hash="m"), scan(5 * MS, 0)])

    def test_finds_a_message_that_nobody_sent(self):
        run = sound()
        which(run, kind="scan", queue=1).more.update(end=5)
        which(run, kind="scan", queue=1).found.append([4, "odd"])
        self.finds(run, ("I2", "nobody sent odd"))

    def test_finds_a_message_that_came_changed(self):
        run = sound()
        which(run, kind="receive", group="g", hash="m3").hash = "m3 with another tag"
        self.finds(run, ("I2", "nobody sent"), ("I3", "two contents"), ("I5", "never reached g"))

    def test_finds_a_message_in_another_topic(self):
        run = sound() + [scan(9 * S, 0, "m0", topic="Other")]
        self.finds(run, ("I2", "in Other, but sent to T"))
        self.holds(sound() + [scan(9 * S, 0, "m0", topic="%DLQ%g")])

    def test_finds_a_message_that_was_there_before_it_was_sent(self):
        self.finds([op("send", 9 * MS, **at(0, 0), hash="m"), scan(0, 0, "m")], ("I2", "before it was sent"))

    def test_finds_an_offset_with_two_contents(self):
        run = sound()
        which(run, kind="send", hash="m3").offset = 2
        self.finds(run, ("I3", "two contents at T/a/0@2"), ("I3", "two acknowledgements name one offset"),
                   ("I3", "and yet behind it"), ("I1", "m2 there"), ("I1", "m2 there"))

    def test_finds_two_acknowledgements_of_one_offset(self):
        again = op("send", 41 * MS, **at(0, 3), hash="m3", client="another")
        self.finds(sound() + [again], ("I3", "two acknowledgements name one offset"))

    def test_finds_a_hole_in_a_queue(self):
        run = sound()
        which(run, kind="scan", queue=1).found.remove([3, "slow"])
        which(run, kind="scan", queue=1).found.append([4, "slow"])
        which(run, kind="scan", queue=1).more["end"] = 5
        for one in run:
            if one.hash == "slow" and one.kind == "receive": one.offset = 4
        self.finds(run, ("I3", "not dense from 0 to 5, lacks [3], reads 4"), ("order", "left out"))

    def test_finds_a_queue_that_is_not_in_the_order_of_acknowledgements(self):
        run = [op("send", 0, **at(0, 1), hash="first"), op("send", 5 * MS, **at(0, 0), hash="second")]
        self.finds(run, ("I3", "acknowledged before the other was sent, and yet behind it"))
        run[1].client = "another producer"
        self.holds(run)
        run[1].client, run[1].start_us = "c", 0
        self.holds(run)  # both were on their way at once

    def test_finds_half_a_batch(self):
        run = sound()
        for one in run:
            if one.batch: one.outcome = UNKNOWN
        self.holds(run)
        run = [one for one in run if not (one.kind == "receive" and one.topic == "T" and one.queue == 1)]
        whole = which(run, kind="scan", queue=1)
        whole.more.update(end=2, found=[[0, "b0"], [1, "slow"]])
        run = [one for one in run if one.hash != "slow" or one.kind == "send"]
        run = [one for one in run if one.kind != "join"]
        self.finds(run, ("I4", "of the 3 messages of batch one only 1 are there"))
        whole.more.update(end=1, found=[[0, "slow"]])
        self.holds(run)

    def test_finds_a_batch_that_lies_apart(self):
        run = [op("send", 0, **at(0, n), hash="b%d" % n, batch="one", outcome=UNKNOWN) for n in range(2)]
        run += [op("send", 0, topic="T", hash="else", outcome=UNKNOWN), scan(S, 0, "b0", "else", "b1")]
        self.finds(run, ("I4", "do not lie together"))

    def test_finds_a_message_that_never_reached_a_group(self):
        run = [one for one in sound() if not (one.group == "g" and one.hash == "b1")]
        self.finds(run, ("I5", "never reached g"))

    def test_does_not_ask_for_what_a_group_does_not_want_or_what_came_after_it_left(self):
        late = op("send", 20 * S, **at(2, 0), hash="late", tag="A")
        self.finds(sound() + [late], ("I5", "never reached o"))
        other = op("send", S, **at(2, 0), hash="other", tag="D")
        self.finds(sound() + [other], ("I5", "never reached o"))

    def test_finds_a_message_that_reached_a_group_too_late_after_the_last_fault(self):
        run = [op("send", 0, **at(0, 0), hash="m"), op("join", 0, group="g", topic="T", tags="*", model="clustering"),
               op("receive", 40 * S, group="g", **at(0, 0), hash="m", times=0)]
        self.finds(run, ("I5", "too late"))
        self.holds(run + [op("fault", S, 15 * S, what="kill -9")])

    def test_finds_one_way_messages_that_did_not_arrive_when_nothing_was_done_to_the_system(self):
        run = sound()
        self.holds(run)
        self.finds(run, ("I5", "never reached g"), ("I5", "never reached o"),
                   rules=dataclasses.replace(RULES, unknown_arrive=True))

    def test_finds_a_member_of_a_broadcast_group_that_did_not_get_all(self):
        run = [op("send", n * 10 * MS, **at(0, n), hash="m%d" % n) for n in range(2)]
        for client in ("one", "two"):
            run.append(op("join", 0, client=client, group="g", topic="T", tags="*", model="broadcasting"))
            run += [op("receive", S + n, client=client, group="g", **at(0, n), hash="m%d" % n, times=0) for n in range(2)]
        self.holds(run)
        run.pop()
        self.finds(run, ("I5", "never reached two of g"))

    def test_finds_a_message_that_failed_and_was_forgotten(self):
        run = [one for one in sound() if one.topic != "%RETRY%g"]
        self.finds(run, ("I5", "g failed to consume it 1 times, and it is no dead letter"))
        self.holds(run + [scan(9 * S, 0, "m1", topic="%DLQ%g")])

    def test_finds_a_message_that_is_consumed_twice(self):
        run = sound() + [op("receive", 5 * S, client="c2", group="g", hash="m3", **at(0, 3), times=0)]
        self.finds(run, ("I6", "comes again"))

    def test_finds_a_message_that_is_handed_to_two_at_once(self):
        run = sound() + [op("receive", 100 * MS + 1, client="c2", group="g", hash="m3", **at(0, 3), times=0)]
        self.finds(run, ("I6", "comes again"))

    def test_finds_a_message_that_comes_again_twice_after_one_failure(self):
        run = sound() + [op("receive", 5 * S, group="g", hash="m1", **at(0, 1, "%RETRY%g"), times=1)]
        self.finds(run, ("I6", "comes again"))

    def test_allows_that_what_was_consumed_shortly_before_a_fault_comes_again_after_it(self):
        again = op("receive", 5 * S, client="c2", group="g", hash="m3", **at(0, 3), times=0)
        run = sound() + [again, op("fault", 200 * MS, S, what="kill -9")]
        self.holds(run, dataclasses.replace(RULES, repeats_ms=200))
        self.finds(run, ("I6", "comes again"), rules=dataclasses.replace(RULES, repeats_ms=20))
        again.start_us = 150 * MS  # before the fault
        self.finds(run, ("I6", "comes again"), rules=dataclasses.replace(RULES, repeats_ms=200))

    def test_allows_that_a_resend_was_stored_twice_when_told_so(self):
        run = [op("send", 0, **at(0, 1), hash="m"), scan(S, 0, "m", "m"),
               op("join", 0, group="g", topic="T", tags="*", model="clustering")]
        run += [op("receive", S, group="g", **at(0, n), hash="m", times=0) for n in range(2)]
        self.finds(run, ("I6", "comes again"))
        self.holds(run, Rules(resends=True))

    def test_finds_look_ups_that_do_not_agree_with_the_log(self):
        for change, words in [({"found": []}, "finds 0 messages, not this one"),
                              ({"found": [["a", 0, 1, "m1"], ["a", 0, 1, "m1"]]}, "finds a message twice"),
                              ({"found": [["a", 0, 1, "m1"], ["a", 0, 3, "m3"]]}, "finds what has another"),
                              ({"value": "all", "most": 7, "found": []}, "by key all finds 0 messages")]:
            run = sound()
            which(run, kind="lookup", by="key").more.update(change)
            self.finds(run, ("I7", words))
        run = sound()
        which(run, kind="lookup", by="unique").more.update(found=[])
        self.finds(run, ("I7", "by unique u3 finds 0"))

    def test_finds_a_look_up_by_time_that_skips_or_stays_behind(self):
        run = sound()
        which(run, kind="lookup", by="time").offset = 0
        self.finds(run, ("I7", "this was there before"))
        which(run, kind="lookup", by="time").offset = 3
        self.finds(run, ("I7", "this came later"))

    def test_finds_an_offset_that_went_back_or_is_forgotten(self):
        for start_us, offset, words in [(230 * MS, 3, "is 3, but was 4"), (230 * MS, None, "is unknown, but was 4"),
                                        (250 * MS, 0, "is 0, but was 1")]:
            run = sound()
            which(run, kind="offset", start_us=start_us).offset = offset
            self.finds(run, ("I8", words))

    def test_allows_that_offsets_of_shortly_before_a_fault_are_lost_when_told_so(self):
        run = [op("commit", 0, group="g", **at(0, 3)), op("commit", 5 * S, group="g", **at(0, 9)),
               op("fault", 6 * S, 7 * S, what="kill -9"), op("offset", 8 * S, group="g", **at(0, 3))]
        self.finds(run, ("I8", "is 3, but was 9"))
        self.holds(run, Rules(offsets_lost_ms=2000))
        run[-1].offset = 2
        self.finds(run, ("I8", "is 2, but was 3"), rules=Rules(offsets_lost_ms=2000))

    def test_excuses_a_lost_offset_from_its_fault_on_and_not_before(self):
        run = [op("commit", 5 * S, group="g", **at(0, 9)), op("offset", 5500 * MS, group="g", **at(0, 3)),
               op("fault", 6 * S, 7 * S, what="kill -9"), op("fault", 60 * S, 61 * S, what="kill -9")]
        self.finds(run, ("I8", "is 3, but was 9"), rules=Rules(offsets_lost_ms=2000))
        run[1].start_us = run[1].end_us = 6500 * MS
        self.holds(run, Rules(offsets_lost_ms=2000))
        run[0].start_us = run[0].end_us = 20 * S
        run[1].start_us = run[1].end_us = 62 * S
        self.finds(run, ("I8", "is 3, but was 9"), rules=Rules(offsets_lost_ms=2000))

    def test_finds_a_delayed_message_that_comes_early_or_late(self):
        run = sound()
        which(run, kind="receive", group="g", hash="slow").start_us = 2 * S
        self.finds(run, ("I9", "came 80 ms early"))
        which(run, kind="receive", group="g", hash="slow").start_us = 8 * S
        self.finds(run, ("I9", "ms late"))

    def test_finds_a_delayed_message_that_is_lost_or_delivered_twice(self):
        run = [op("send", 0, **at(0, 0), hash="slow", level=1), scan(40 * S, 0), scan(40 * S, 1)]
        self.finds(run, ("I9", "delayed, and not there when it was due"))
        run[1:] = [scan(40 * S, 0, "slow"), scan(40 * S, 1, "slow")]
        self.finds(run, ("I9", "delivered 2 times after its delay"))

    def test_counts_a_delay_from_the_whole_millisecond_of_its_send(self):
        run = [op("send", 2 * MS + 900, **at(0, 0), hash="slow", level=1), scan(40 * S, 0, "slow"),
               op("receive", 1 * S + 2 * MS, group="g", hash="slow", **at(0, 0), times=0)]
        self.holds(run)
        run[2].start_us -= 1
        self.finds(run, ("I9", "early"))

    def test_an_exact_time_counts_like_a_level(self):
        run = [op("send", 0, **at(0, 0), hash="slow", due_us=5 * S), scan(40 * S, 0, "slow"),
               op("receive", 4 * S, group="g", hash="slow", **at(0, 0), times=0)]
        self.finds(run, ("I9", "came 1000 ms early"))

    def test_finds_a_retry_that_comes_early(self):
        run = sound()
        which(run, kind="receive", topic="%RETRY%g").start_us = 3 * S
        self.finds(run, ("I9", "came again 101 ms early (level 3)"))

    def test_finds_a_queue_that_is_not_consumed_in_order(self):
        run = sound()
        first, second = (which(run, kind="receive", group="o", hash="m%d" % n) for n in (1, 2))
        first.start_us, first.end_us, second.start_us, second.end_us = (
            second.start_us, second.end_us, first.start_us, first.end_us)
        self.finds(run, ("order", "was left out"), ("order", "came after one that lies behind it"),
                   ("order", "was left out"))

    def test_finds_two_of_a_queue_consumed_at_once(self):
        run = sound()
        which(run, kind="receive", group="o", hash="m1").end_us += 2 * MS
        self.finds(run, ("order", "while another was being consumed"))

    def test_finds_that_a_failed_message_was_passed_over(self):
        run = sound()
        which(run, kind="receive", group="o", hash="b1", times=1).start_us = 135 * MS + 500
        which(run, kind="receive", group="o", hash="b1", times=1).end_us = 135 * MS + 600
        which(run, kind="receive", group="o", hash="b2").start_us = 133 * MS + 500
        which(run, kind="receive", group="o", hash="b2").end_us = 133 * MS + 600
        self.finds(run, ("order", "before one that was to come again"), ("order", "lies behind it"),
                   ("order", "left out"))

    def test_allows_that_a_dead_letter_is_passed_over(self):
        run = [one for one in sound() if not (one.group == "o" and one.hash == "b1" and one.times == 1)]
        self.finds(run, ("order", "before one that was to come again"), ("I5", "it is no dead letter"))
        self.holds(run + [scan(9 * S, 0, "b1", topic="%DLQ%o")])


class Format(unittest.TestCase):
    def test_what_is_written_is_read_again(self):
        written = history.History()
        for one in sound(): written.add(one)
        with tempfile.TemporaryDirectory() as folder:
            written.write(folder + "/history")
            with open(folder + "/history") as lines:
                self.assertEqual(list(history.read(lines)), written.all())

    def test_other_lines_and_unknown_fields_are_let_be(self):
        one, = history.read(['log4j: warning\n', '{"kind": "send", "colour": "red", "queue": 0}\n', "\n"])
        self.assertEqual((one.colour, one.queue, one.tag), ("red", 0, None))

    def test_waiting_ends_when_it_happened_or_the_time_is_up(self):
        seen = history.History()
        seen.add(op("send", 0))
        self.assertTrue(seen.wait(60, lambda operations: len(operations) == 1))
        self.assertFalse(seen.wait(0, lambda operations: len(operations) == 2))


if __name__ == "__main__":
    unittest.main()

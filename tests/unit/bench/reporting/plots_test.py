"""Bars of a plot: as long as what they stand for, and what is written in them is escaped."""

import pathlib
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "bench"))
from reporting import plots
from reporting.plots import Bar
from reporting.spread import Spread


def widths(picture):
    return [float(rect.get("width")) for rect in xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}rect")
            if rect.get("class") == "bar"]


def bar(value, side="gantry"):
    return Bar("a bar", side, Spread(value, value, value))


class Bars(unittest.TestCase):
    def test_are_as_long_as_their_medians(self):
        one, two = widths(plots.bars("Rates", "1/s", [bar(10.0), bar(40.0, "apache")]))
        self.assertAlmostEqual(two / one, 4.0, places=1)

    def test_grow_by_the_same_step_for_each_factor_where_the_scale_is_logarithmic(self):
        lengths = widths(plots.bars("Rates", "1/s", [bar(1.0), bar(10.0), bar(100.0)], logarithmic=True))
        self.assertAlmostEqual(lengths[1] - lengths[0], lengths[2] - lengths[1], places=0)

    def test_of_nothing_have_no_length(self):
        self.assertEqual(widths(plots.bars("Rates", "1/s", [bar(0.0)])), [0.0])

    def test_end_within_the_picture_with_their_spread_and_figure(self):
        wide = Bar("wide", "floor", Spread(5.0, 1.0, 1000.0))
        picture = xml.fromstring(plots.bars("Rates", "1/s", [wide]))
        for text in picture.iter("{http://www.w3.org/2000/svg}text"):
            self.assertLess(float(text.get("x")), float(picture.get("width")))

    def test_say_what_they_are_called_word_for_word(self):
        picture = plots.bars("1 < 2 & 3", "MB/s", [Bar("a & b", "floor", Spread(1.0, 1.0, 1.0))])
        texts = [text.text for text in xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("1 < 2 & 3 (MB/s)", texts)
        self.assertIn("a & b", texts)


if __name__ == "__main__":
    unittest.main()

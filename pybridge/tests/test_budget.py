"""What tracepoints with a budget may cost: records in a second, and a share of the processor's time."""

from __future__ import annotations

import os
import sys
import unittest
from types import SimpleNamespace
from typing import Any, List
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.query import budget
from _tallyho.query.budget import BURST, SECOND, Budget, Purse


class Point:
    """A tracepoint as far as its budget knows it."""

    def __init__(self, actions: int = 1) -> None:
        self.actions = [object()] * actions
        self.active, self.changed, self.message = True, False, ""
        self.budget: Any = None

    @property
    def shows(self) -> bool:
        return bool(self.actions)

    def touch(self) -> None:
        self.changed = True

    def disarm(self, why: str) -> None:
        self.active, self.message = False, why


def point(purse: Purse, records: int = 50, share: float = 0.01, actions: int = 1) -> Any:
    """Return a tracepoint with a budget out of that purse."""
    one: Any = Point(actions)
    one.budget = Budget(one, records, share)
    purse.budgets.append(one.budget)
    return one


def entry(one: Any) -> Any:
    """Return an entry of a tracepoint."""
    return SimpleNamespace(tracepoint=one)


class Records(unittest.TestCase):
    def run_at(self, one: Any, times: List[int]) -> List[int]:
        """Return at which of those times, in order, a record was made."""
        made: List[int] = []
        with mock.patch.object(budget, "monotonic_ns") as clock:
            run = one.budget.gated(lambda at: made.append(at))
            for at in times:
                clock.return_value = one.budget._at if at == 0 else start + at
                run(at)
        return made

    def test_no_more_than_so_many_in_a_second(self) -> None:
        global start
        for rate in (1, 50, 1000):
            for pace in (SECOND // 10_000, SECOND // 500, SECOND // 20, SECOND * 2):
                one = point(Purse(), records=rate)
                start = one.budget._at
                times = [n * pace for n in range(1, 2001)]
                made = self.run_at(one, times)
                for first in range(0, len(made), 97):
                    within = [at for at in made if made[first] <= at < made[first] + SECOND]
                    self.assertLessEqual(len(within), 2 * rate, (rate, pace))
                whole = times[-1] / SECOND
                self.assertLessEqual(len(made), rate * (whole + 1) + 1)
                self.assertGreaterEqual(len(made), min(len(times), int(rate * whole) - 1))
                self.assertEqual(len(made) + one.budget.refused, len(times), "each is made or counted")
                self.assertEqual(bool(one.budget.limited), one.budget.refused > 0)
                self.assertEqual(one.changed, one.budget.refused > 0)

    def test_what_is_no_budget(self) -> None:
        for limits in (None, 1, {}, {"errors": 5}, {"records": 50}, {"records": 0, "share": 0.1}, {"records": True, "share": 0.1},
                       {"records": 5, "share": 0}, {"records": 5, "share": 2}, {"records": 5, "share": "x"}):  # fmt: skip
            self.assertIsNone(Budget.of(Point(), {"limits": limits}), limits)  # type: ignore[arg-type]
        self.assertIsNotNone(Budget.of(Point(), {"limits": {"records": 5, "share": 1}}))  # type: ignore[arg-type]


class Time(unittest.TestCase):
    def spend(self, purse: Purse, one: Any, took: int, every: int, times: int) -> None:
        """Have a tracepoint take so long, so often."""
        for _ in range(times):
            self.now += every
            purse.charge([entry(one)], took, self.now)

    def setUp(self) -> None:
        self.purse = Purse()
        self.now = self.purse.since

    def test_what_stays_within_its_share_goes_on(self) -> None:
        one = point(self.purse)
        self.spend(self.purse, one, 9_000, 1_000_000, 100_000)  # 0.9 % for 100 s
        self.assertTrue(one.active and one.budget.showing)
        self.assertEqual(one.budget.nanos, 900_000_000)

    def test_a_burst_is_no_reason(self) -> None:
        one = point(self.purse)
        self.spend(self.purse, one, 10_000, 10_000, BURST // 10_000 - 1)
        self.assertTrue(one.active and one.budget.showing)

    def test_values_then_counts_then_nothing(self) -> None:
        one = point(self.purse)
        made: List[int] = []
        run = one.budget.gated(lambda: made.append(1))
        self.spend(self.purse, one, 20_000, 100_000, 6_000)  # 20 %
        self.assertTrue(one.active)
        self.assertFalse(one.budget.showing)
        self.assertIn("1 %", one.budget.limited)
        run()
        self.assertEqual((made, one.budget.refused), ([], 1))
        self.spend(self.purse, one, 20_000, 100_000, 6_000)
        self.assertFalse(one.active)
        self.assertIn("1 %", one.message)

    def test_what_only_counts_is_ended_at_once(self) -> None:
        one = point(self.purse, actions=0)
        self.spend(self.purse, one, 20_000, 100_000, 6_000)
        self.assertFalse(one.active)

    def test_the_costliest_does_less(self) -> None:
        cheap, dear = point(self.purse), point(self.purse)
        for _ in range(3_000):
            self.spend(self.purse, cheap, 5_000, 100_000, 1)
            self.spend(self.purse, dear, 35_000, 100_000, 1)
        self.assertEqual((cheap.budget.showing, dear.budget.showing), (True, False))

    def test_the_share_is_of_all_together(self) -> None:
        many = [point(self.purse) for _ in range(10)]
        for _ in range(10_000):
            for one in many:
                self.spend(self.purse, one, 4_000, 100_000, 1)  # 4 % in all, 0.4 % each
        self.assertTrue(any(not one.budget.showing for one in many))

    def test_entries_without_a_budget_are_not_charged(self) -> None:
        one = Point()
        self.purse.charge([entry(one)], 10 * BURST, self.now)
        self.assertEqual(self.purse.spent, 0)


start = 0

if __name__ == "__main__":
    unittest.main()

"""The entry grade in parts: drifting areas, and schools whose history is not their demand."""

import numpy as np

from zhaosheng_analysis.forecast import entry_grade
from zhaosheng_analysis.forecast.progression import Panel


def test_an_area_that_outgrows_its_cohorts_goes_on_drifting_by_as_much_as_it_is_large():
    times = np.arange(5)
    intakes = 1e6 * np.array([1.1**times, 1.1**-times])
    flat, areas = np.ones((2, 5)), (np.array([0, 1]), np.zeros(2, dtype=int))
    believed = entry_grade.drift(intakes, flat, areas, 0.0)
    # Areas drift against the district, which cancels in their difference: +10 % a year against -10 %.
    np.testing.assert_allclose(believed[0] - believed[1], 2 * np.log(1.1), rtol=1e-5)
    halved = entry_grade.drift(intakes, flat, areas, intakes[0].mean())
    np.testing.assert_allclose(halved[0], believed[0] / 2)
    assert not entry_grade.drift(intakes[:, :3], flat[:, :3], areas, 0.0).any()
    assert not entry_grade.drift(intakes, flat, areas[1:], 0.0).any()


def test_a_full_school_is_taken_for_what_its_zone_would_have_sent_and_no_less_than_came():
    cohort = np.array([[100.0, 100.0], [50.0, 60.0]])
    intakes = np.array([[80.0, 95.0], [45.0, 48.0]])
    panel = Panel(
        first_year=2020,
        pupils=intakes[:, :, None],
        levels=(np.zeros(2, dtype=int),),
        cohort=np.stack([cohort, cohort]),
        cohort_first=2020,
        zone=np.array([0, 1]),
        zone_levels=(np.zeros(2, dtype=int),),
        full=np.array([[True, True], [False, False]]),
    )
    # The free school took 45 of 50 and 48 of 60: .9 and .8 of 100 were due to the full one; 95 came in spite of that.
    np.testing.assert_allclose(entry_grade.uncensored(panel, cohort), [[90.0, 95.0], [45.0, 48.0]])

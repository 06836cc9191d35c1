"""Eight years of school rolls of a demo district: entrants follow the births, cohorts move up, classes are kept.

In go the expected entrants by unit and who serves the units; out come `roll_counts` and `classes`, whose sums agree.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.schema import SIX_THREE

YEARS_KEPT = 8
YEARS_TO_FILL = 8
ORDINARY_SIZE = {"primary": 44, "junior": 48}
CROWDED_SIZE = 51
LEGACY_SIZE = 60
# No clean school goes to 56, where 大班额 begins; schools planted as legacy stay below 66.
LARGEST_SIZE = 55
LARGEST_LEGACY_SIZE = 65
CROWDED_SHARE = 0.2
# Cohorts that entered in the last three years before the intake were already formed under the cap.
LEGACY_UNTIL = 3
# Of a hundred children so many go where their home sends them; for the others as many come from elsewhere. An intake of
# 60 varies by 13 per cent because children are counted, and by 15 with those who come and go, whom no register tells.
STAYING_SHARE = 0.85
# Variance of a cohort of one that moves up a grade; on Taiwan's rolls 0.04 to 0.08.
MOVING_VARIANCE = 0.05


@dataclass(frozen=True)
class Rolls:
    """Pupils and classes of one stage: arrays of (school, year, grade), with the names of both axes."""

    stage: str
    school_ids: tuple[str, ...]
    years: tuple[int, ...]
    pupils: np.ndarray
    classes: np.ndarray

    def leavers(self, year: int) -> pd.Series:
        """Return the pupils in the last grade in the school year that began in September of `year`, by school_id."""
        last = self.pupils[:, self.years.index(year), -1]
        return pd.Series(last, index=list(self.school_ids), dtype=int)


def years_of(intake_year: int) -> range:
    """Return the school years that are computed: those kept, and those before in which the cohorts fill up."""
    return range(intake_year - YEARS_KEPT - YEARS_TO_FILL, intake_year)


def schools_of(schools: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Return the schools that teach a stage, or taught it until a known year, sorted by id."""
    teaching = schools["status"].isin(["open", "closing"]) | schools["closed_year"].notna()
    return schools[teaching & schools["stage"].isin([stage, "both"])].sort_values("school_id")


def primary_entrants(
    living: pd.DataFrame, serving: pd.DataFrame, schools: pd.DataFrame, private: dict[str, float], *, seed: str
) -> pd.DataFrame:
    """Return the grade-1 entrants of each school, one column a year.

    Parameters
    ----------
    living : DataFrame
        Children of school age by unit and year (see `population.born`).
    serving : DataFrame
        Who serves each unit (see `population.served`).
    schools : DataFrame
        The schools.
    private : dict of str to float
        Usual intake of the private schools, by school_id; they draw from the whole district.
    seed : str
        Decides what chance decides.

    Returns
    -------
    DataFrame
        Entrants by school and year.
    """
    teaching = schools_of(schools, "primary")
    share = serving.pivot_table(index="unit_id", columns="school_id", values="share", aggfunc="sum").fillna(0.0)
    share = share.reindex(index=living.index, columns=teaching["school_id"]).fillna(0.0)
    wanted = private_entrants(private, living.columns, seed=seed).reindex(share.columns).fillna(0.0)
    taken = 1 - wanted.sum() / (share.T @ living).sum()
    return sent(living, share * 0.985, seed=seed, stream="history-primary") * taken + wanted


def sent(children: pd.DataFrame, shares: pd.DataFrame, *, seed: str, stream: str) -> pd.DataFrame:
    """Return how many children come to each school each year: most are sent, the others come by chance.

    Parameters
    ----------
    children : DataFrame
        Whole children by place and year.
    shares : DataFrame
        Share of each place's children that each school takes: rows places, columns schools, at most 1 a row.
    seed : str
        Decides what chance decides.
    stream : str
        Which chance.

    Returns
    -------
    DataFrame
        Children by school and year.
    """
    rng = lottery.generator(seed, stream)
    coming = rng.poisson((1 - STAYING_SHARE) * (shares.T @ children)).astype(float)
    for place, row in shares.iterrows():
        taking = STAYING_SHARE * row.to_numpy()
        counts = rng.multinomial(children.loc[place].to_numpy(), np.append(taking, 1 - taking.sum()))
        coming += counts[:, :-1].T
    return pd.DataFrame(coming, index=shares.columns, columns=children.columns)


def private_entrants(private: dict[str, float], years: pd.Index, *, seed: str) -> pd.DataFrame:
    """Return the entrants of the private schools: near their usual intake, a little up and down."""
    rng = lottery.generator(seed, "history-private")
    ids = sorted(private)
    usual = np.array([private[school] for school in ids], dtype=float)
    return pd.DataFrame(usual[:, None] * rng.uniform(0.92, 1.0, (len(ids), len(years))), index=ids, columns=years)


def junior_shares(
    expected: pd.Series,
    primary: pd.DataFrame,
    junior: pd.DataFrame,
    schools: pd.DataFrame,
    feeders: pd.DataFrame,
    district_wide: dict[str, float],
) -> pd.DataFrame:
    """Return which share of each primary's leavers goes on to each junior: rows primaries, columns juniors.

    Feeder pairs come first, then the junior zones of the units the primary serves. Schools that recruit in the whole
    district (boarding, private) take `district_wide` shares of every primary.
    """
    primaries, juniors = (schools_of(schools, stage)["school_id"] for stage in SIX_THREE.grades)
    weights = primary.merge(junior, on="unit_id", suffixes=("", "_junior"), validate="many_to_many")
    weights["n"] = weights["share"] * weights["share_junior"] * weights["unit_id"].map(expected)
    table = weights.pivot_table(index="school_id", columns="school_id_junior", values="n", aggfunc="sum")
    pairs = feeders.assign(n=1.0).pivot_table(index="primary_id", columns="junior_id", values="n", aggfunc="sum")
    table = table.drop(index=pairs.index, errors="ignore")
    table = pd.concat([table, pairs]).reindex(index=primaries, columns=juniors).fillna(0.0)
    table = table.div(table.sum(axis=1).replace(0.0, 1.0), axis=0)
    wide = pd.Series(district_wide, dtype=float).reindex(juniors).fillna(0.0)
    return table.mul(1 - wide.sum()).add(wide, axis=1)


def handed_over(entrants: pd.DataFrame, schools: pd.DataFrame, *, stage: str) -> pd.DataFrame:
    """Let a school that closes take a third of its successor's entrants until it stops.

    A closing school takes entrants up to now; a closed one stopped a whole stage before it closed.
    """
    entrants = entrants.copy()
    rows = schools_of(schools, stage)
    for row in rows[rows["status"].ne("open") & rows["successor_id"].notna()].itertuples():
        stops = 9999 if row.status == "closing" else int(row.closed_year) - len(SIX_THREE.grades[stage])
        years = [year for year in entrants.columns if year < stops]
        entrants.loc[row.school_id] = 0.0
        entrants.loc[row.school_id, years] = entrants.loc[row.successor_id, years] / 3
        entrants.loc[row.successor_id, years] *= 2 / 3
    return entrants


def march(
    entrants: pd.DataFrame,
    schools: pd.DataFrame,
    *,
    stage: str,
    legacy: set[str],
    intake_year: int,
    seed: str,
) -> Rolls:
    """Move the cohorts of one stage up the grades, with a little coming and going, in the classes they began in.

    Parameters
    ----------
    entrants : DataFrame
        Entrants by school and year; years before a school opened are ignored.
    schools : DataFrame
        The schools.
    stage : {"primary", "junior"}
        Stage of school.
    legacy : set of str
        Schools whose older cohorts sit in classes of 56 and more.
    intake_year : int
        September of the intake.
    seed : str
        Decides what chance decides.

    Returns
    -------
    Rolls
        The rolls of every year.
    """
    teaching = schools_of(schools, stage).set_index("school_id")
    entrants = handed_over(entrants.reindex(teaching.index).fillna(0.0).sort_index(), schools, stage=stage)
    years = list(entrants.columns)
    opened = teaching["opened_year"].astype("Float64").fillna(0).to_numpy(dtype=float)
    entry = np.where(opened[:, None] <= np.array(years)[None, :], entrants, 0.0).round().astype(int)
    old = np.isin(teaching.index, sorted(legacy))
    early = old[:, None] & (np.array(years) < intake_year - LEGACY_UNTIL)[None, :] & (entry > 0)
    crammed = np.maximum(np.round(entry / LEGACY_SIZE), 1).astype(int)
    spread = lottery.generator(seed, f"history-legacy-{stage}").uniform(0.97, 1.04, entry.shape)
    entry = np.where(early, (crammed * LEGACY_SIZE * spread).round(), entry).astype(int)
    classes = np.where(early, crammed, _classes_at_entry(entry, teaching, stage=stage, seed=seed))
    rng = lottery.generator(seed, f"history-march-{stage}")
    drift = rng.normal(0, 0.003, len(teaching)) - 0.001
    largest = np.where(old, LARGEST_LEGACY_SIZE, LARGEST_SIZE)
    pupils = np.zeros((*entry.shape, len(SIX_THREE.grades[stage])), dtype=int)
    formed = np.zeros_like(pupils)
    for t in range(len(years)):
        pupils[:, t, 0], formed[:, t, 0] = np.minimum(entry[:, t], largest * classes[:, t]), classes[:, t]
        if t:
            before = pupils[:, t - 1, :-1]
            moved = before * (1 + drift[:, None]) + rng.normal(0, 1, before.shape) * np.sqrt(MOVING_VARIANCE * before)
            formed[:, t, 1:] = formed[:, t - 1, :-1]
            pupils[:, t, 1:] = np.clip(moved.round(), 0, largest[:, None] * formed[:, t, 1:]).astype(int)
    return Rolls(stage, tuple(teaching.index), tuple(years), pupils, formed)


def _classes_at_entry(entry: np.ndarray, teaching: pd.DataFrame, *, stage: str, seed: str) -> np.ndarray:
    """Return the classes each cohort was divided into when it entered; it keeps them to the end of the stage."""
    crowded = population.uniforms(teaching.index, seed=seed, stream=f"crowded-{stage}") < CROWDED_SHARE
    size = np.where(crowded, CROWDED_SIZE, ORDINARY_SIZE[stage])
    return np.ceil(entry / size[:, None]).astype(int)


def roll_counts(rolls: list[Rolls], *, intake_year: int) -> pd.DataFrame:
    """Return the table `roll_counts` of the eight school years before the intake: one row a school, year and grade."""
    parts = []
    for roll in rolls:
        for year in range(intake_year - YEARS_KEPT, intake_year):
            t = roll.years.index(year)
            for step, grade in enumerate(SIX_THREE.grades[roll.stage]):
                counts = {"pupils_n": roll.pupils[:, t, step], "classes_n": roll.classes[:, t, step]}
                parts.append(
                    pd.DataFrame({"school_id": roll.school_ids, "school_year": year, "grade": grade, **counts})
                )
    table = pd.concat(parts, ignore_index=True)
    table = table[table["classes_n"] > 0]
    return table.sort_values(["school_id", "school_year", "grade"], ignore_index=True)


def classes(counts: pd.DataFrame, *, years: list[int], seed: str) -> pd.DataFrame:
    """Return the table `classes`: each grade divided into its classes, sizes at most three apart, sums kept."""
    rows = counts[counts["school_year"].isin(years)]
    divided = rows.loc[rows.index.repeat(rows["classes_n"])].reset_index(drop=True)
    group = ["school_id", "school_year", "grade"]
    divided["class_no"] = divided.groupby(group).cumcount() + 1
    whole, rest = divided["pupils_n"] // divided["classes_n"], divided["pupils_n"] % divided["classes_n"]
    size = whole + (divided["class_no"] <= rest)
    names = divided["school_id"] + "-" + divided["school_year"].astype(str) + "-" + divided["grade"].astype(str)
    moves = population.uniforms(names, seed=seed, stream="class-moves") < 0.4
    # One pupil sits in the last class instead of the first: sizes differ a little, the grade's sum does not.
    near_a_limit = whole.isin([LARGEST_SIZE - 1, LARGEST_SIZE, LARGEST_LEGACY_SIZE - 1, LARGEST_LEGACY_SIZE])
    several = moves & (divided["classes_n"] > 1) & ~near_a_limit
    size = size - (several & (divided["class_no"] == 1)) + (several & (divided["class_no"] == divided["classes_n"]))
    divided["pupils_n"] = size.astype(int)
    divided["label"] = ""
    return divided[[*group, "class_no", "pupils_n", "label"]]

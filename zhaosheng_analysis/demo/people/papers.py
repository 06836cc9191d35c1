"""The papers of the families of a demo district: homes, household registers and residence permits, one row a paper.

In go the children with their family's profile and dates (see `families`) and the dwellings; out come the tables
`homes`, `hukou` and `permits` in the contract of a district folder.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people.families import INCOMPLETE_SHARE, Place

EVIDENCE_MIX = (("title", 0.82), ("web_contract", 0.1), ("presale", 0.05), ("resettlement", 0.03))
HOME_COLUMNS = [
    *["child_id", "home_n", "owner", "evidence", "second_hand", "dated_on", "accepted", "occupied", "papers"],
    *["price_ratio", "unit_id", "x", "y", "address_id"],
]
HUKOU_COLUMNS = [
    *["child_id", "person", "head", "district_code", "since_on", "unit_id", "x", "y", "address_id"],
]
PERMIT_COLUMNS = [
    *["child_id", "holder", "district_code", "issued_on", "work_papers", "points_n", "unit_id", "x", "y"],
]


def homes(place: Place, children: pd.DataFrame, dwellings: pd.DataFrame) -> pd.DataFrame:
    """Return the homes of each child: its own, a second one, the grandparents', or the rented flat it lives in."""
    facts = _evidence(place, children)
    owned = facts[facts["home"].ne("")].assign(role=lambda table: table["home"])
    lived_in = facts[facts["extra"].str.contains("rent")].assign(
        role="here", owner="other", evidence="rent", second_hand=False, accepted=True, occupied=True, price_ratio=np.nan
    )
    elders = facts[facts["extra"].str.contains("grand_home")].assign(
        role="here", owner="grandparent", evidence="title", second_hand=False, accepted=True, occupied=True
    )
    second = facts[facts["extra"].str.contains("two_homes")].assign(
        role="second", evidence="title", second_hand=False, accepted=True, occupied=False, price_ratio=np.nan
    )
    table = pd.concat([owned, lived_in, elders, second], ignore_index=True)
    table = table.drop(columns="unit_id").merge(dwellings, on=["family_id", "role"], how="left", validate="many_to_one")
    table["dated_on"] = table["home_on"]
    table = table.sort_values(["child_id", "role", "evidence"], ignore_index=True)
    table["home_n"] = table.groupby("child_id").cumcount() + 1
    return table[HOME_COLUMNS]


def _evidence(place: Place, children: pd.DataFrame) -> pd.DataFrame:
    """Return the children with the quality of their family's papers: one draw a family, so that twins agree."""
    families = children.drop_duplicates("family_id")[["family_id", "evidence", "extra", "home", "second_hand"]]
    rng = lottery.generator(place.seed, "papers")
    n = len(families)
    names, shares = zip(*EVIDENCE_MIX, strict=True)
    mixed = rng.choice(names, n, p=shares)
    untransferred, resale = families["evidence"].eq("untransferred"), families["second_hand"]
    evidence = families["evidence"].mask(families["evidence"].eq("mixed"), pd.Series(mixed, index=families.index))
    evidence = evidence.mask(resale & ~untransferred, "title").replace("unaccepted", "presale")
    odd_price = rng.random(n) < 0.15
    price = np.where(untransferred & odd_price, rng.choice([0.55, 1.5], n), rng.normal(1.0, 0.08, n).clip(0.78, 1.25))
    facts = pd.DataFrame(
        {
            "family_id": families["family_id"],
            "evidence": evidence.mask(families["home"].eq(""), ""),
            "accepted": families["evidence"].ne("unaccepted"),
            "occupied": ~families["extra"].str.contains("empty_home"),
            "papers": rng.random(n) >= INCOMPLETE_SHARE,
            "price_ratio": np.where(resale, price.round(2), np.nan),
        }
    )
    return children.drop(columns="evidence").merge(facts, on="family_id", how="left", validate="many_to_one")


def hukou(place: Place, children: pd.DataFrame, dwellings: pd.DataFrame) -> pd.DataFrame:
    """Return the household registers of each child, its father and its mother.

    One parent in twelve is registered elsewhere than the other; registers outside the district have no address.
    """
    rng = lottery.generator(place.seed, "hukou")
    families = children.drop_duplicates("family_id")[["family_id"]]
    apart = dict(zip(families["family_id"], rng.random(len(families)) < 1 / 12, strict=True))
    outside = dict(zip(families["family_id"], rng.choice(place.recipe["outside_codes"], len(families)), strict=True))
    guardian = children["guardian"].where(children["guardian"].ne("same"), children["child_hukou"])
    mother_away = children["family_id"].map(apart) & guardian.ne("outside") & ~children["extra"].str.contains("united")
    parts = [
        children.assign(person="child", role=children["child_hukou"], since_on=children["child_on"]),
        children.assign(person="father", role=guardian, since_on=children["guardian_on"]),
        children.assign(person="mother", role=guardian.mask(mother_away, "outside"), since_on=children["guardian_on"]),
    ]
    table = pd.concat(parts, ignore_index=True)
    table["head"] = table["head"].where(table["person"].eq("child") | table["head"].eq("grandparent"), "parent")
    table = table.rename(columns={"code": "district_code"}).drop(columns="unit_id")
    table = table.merge(dwellings, on=["family_id", "role"], how="left", validate="many_to_one")
    code = table["unit_id"].map(place.units.set_index("unit_id")["code"])
    table["district_code"] = code.where(code.notna(), table["family_id"].map(outside))
    return table.sort_values(["child_id", "person"], ignore_index=True)[HUKOU_COLUMNS]


def permits(place: Place, children: pd.DataFrame, dwellings: pd.DataFrame) -> pd.DataFrame:
    """Return the residence permits: of the guardian, the child or both, at the dwelling the family lives in."""
    rng = lottery.generator(place.seed, "permits")
    families = children.drop_duplicates("family_id")
    n = len(families)
    facts = pd.DataFrame(
        {
            "family_id": families["family_id"],
            "issued_on": place.date("data_as_of") - pd.to_timedelta(rng.integers(40, 1500, n), unit="D"),
            "work_papers": rng.random(n) >= 0.06,
            "points_n": rng.normal(70, 18, n).clip(5, 150).round(),
        }
    )
    if not place.recipe.get("points", False):
        facts["points_n"] = np.nan
    table = children.merge(facts, on="family_id", how="left", validate="many_to_one")
    both = table["permit"].eq("both")
    held = [table[both | table["permit"].eq(holder)].assign(holder=holder) for holder in ("child", "guardian")]
    held = pd.concat(held, ignore_index=True).rename(columns={"code": "district_code"}).drop(columns="unit_id")
    held["work_papers"] &= ~held["extra"].str.contains("no_work")
    here = dwellings[dwellings["role"].eq("here")].drop(columns="role")
    held = held.merge(here, on="family_id", how="left", validate="many_to_one")
    return held.sort_values(["child_id", "holder"], ignore_index=True)[PERMIT_COLUMNS]

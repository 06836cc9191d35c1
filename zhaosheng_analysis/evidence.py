"""From addresses to evidence: one row a child in the columns of the vocabulary, places relative to its school."""

import numpy as np
import pandas as pd

from zhaosheng_analysis import addresses
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.residence import Leads

_RANK = {"zone": 0, "town": 1, "district": 2, "outside": 3}
KINDS = ("home", "grandparents", "temporary", "hukou", "guardian_hukou", "permit")


def relative(found: pd.DataFrame, chosen: pd.DataFrame | None, links: Leads, district: District) -> pd.DataFrame:
    """Say where each address lies as seen from the child's school; before a school is chosen no place is ``zone``.

    An address is in the zone when its zone leads to the school, so a choice zone belongs to each of its schools. In a
    prefecture another county than the school's is outside.
    """
    if chosen is None:
        return found.assign(at=found["place"])
    school = found["child_id"].map(chosen["school_id"])
    here = pd.MultiIndex.from_arrays([found["zone_id"], school]).isin(links.zones_of())
    at = found["place"].mask(here, "zone")
    if len(addresses.counties(district)):
        county = _county_of_schools(links, district)
        away = found["county"].ne(school.map(county)) & school.notna()
        at = at.mask(away & ~here, "outside")
    return found.assign(at=at)


def _county_of_schools(links: Leads, district: District) -> pd.Series:
    """Return the county of each school, through the areas it lies in."""
    parent = district.areas.set_index("area_id")["parent_id"].to_dict()
    known = set(addresses.counties(district)["area_id"])

    def climb(area: object) -> str:
        while area in parent and area not in known:
            area = parent[area]
        return str(area) if area in known else ""

    return links.schools["area_id"].map(climb)


def pick(found: pd.DataFrame, *, every_guardian: bool) -> dict[str, pd.DataFrame]:
    """Pick each child's best address of each kind: nearest place first, then the earliest paper.

    Own homes that count come first, and of these the one the child is registered at. With `every_guardian` the worse
    guardian counts instead of the better (A-G9).
    """
    hukou = found[found["kind"] == "hukou"].drop_duplicates("child_id").set_index("child_id")
    at_hukou = found["key"].notna() & found["key"].eq(found["child_id"].map(hukou["key"]))
    ranked = found.assign(rank=found["at"].map(_RANK), at_hukou=at_hukou, spare=~found["counts"].eq(True))
    ranked = ranked.sort_values(
        ["child_id", "spare", "rank", "at_hukou", "on"], ascending=[True, True, True, False, True]
    )
    kinds = {kind: ranked[ranked["kind"] == kind] for kind in KINDS}
    if every_guardian:
        worst = kinds["guardian_hukou"].sort_values(["child_id", "rank", "on"], ascending=[True, False, False])
        kinds["guardian_hukou"] = worst
    return {kind: rows.drop_duplicates("child_id").set_index("child_id") for kind, rows in kinds.items()}


def table(
    children: pd.DataFrame,
    found: pd.DataFrame,
    picked: dict[str, pd.DataFrame],
    registration: pd.DataFrame,
    *,
    every_guardian: bool,
) -> pd.DataFrame:
    """Assemble the evidence table.

    Parameters
    ----------
    children : indexed by child_id.
    found : every address with its place `at`. picked : the best of each kind.
    registration : by child: registered, sector, channel, submitted_at, sectors_n, schools_n and flags of the school.

    Returns
    -------
    One row a child on the index of `children`, columns of `vocabulary.EVIDENCE`.
    """
    parts = [_of_home(picked), _of_hukou(picked, found, every_guardian=every_guardian), _of_others(picked, found)]
    evidence = pd.concat([part.reindex(children.index) for part in parts], axis=1)
    evidence = evidence.join(registration).join(_of_child(children))
    return _filled(evidence)


def _of_home(picked: dict[str, pd.DataFrame]) -> pd.DataFrame:
    home = picked["home"]
    names = {
        "at": "home_at", "owner": "home_owner", "evidence": "home_evidence", "second_hand": "home_second_hand",
        "on": "home_dated_on", "contract_on": "home_contract_on", "moved_on": "home_moved_on",
        "accepted": "home_accepted", "occupied": "home_occupied", "papers": "home_papers",
        "price_ratio": "price_ratio",
    }  # fmt: skip
    return home[list(names)].rename(columns=names)


def _of_hukou(picked: dict[str, pd.DataFrame], found: pd.DataFrame, *, every_guardian: bool) -> pd.DataFrame:
    own, guardian = picked["hukou"], picked["guardian_hukou"]
    key = found["child_id"].map(own["key"])
    same = found["key"].notna() & found["key"].eq(key)
    guardians = same[found["kind"] == "guardian_hukou"].groupby(found["child_id"])
    homes = same[(found["kind"] == "home") & found["counts"].eq(True)].groupby(found["child_id"])
    elders = found["head"].eq("grandparent") & found["kind"].eq("guardian_hukou")
    columns = {
        "hukou_at": own["at"],
        "hukou_since_on": own["on"],
        "hukou_head": own["head"],
        "guardian_hukou_at": guardian["at"],
        "guardian_hukou_since_on": guardian["on"],
        "same_register": guardians.all() if every_guardian else guardians.any(),
        "same_dwelling": homes.any(),
        "grand_hukou": elders.groupby(found["child_id"]).any(),
    }
    return pd.DataFrame(columns)


def _of_others(picked: dict[str, pd.DataFrame], found: pd.DataFrame) -> pd.DataFrame:
    permits = found[found["kind"] == "permit"].groupby("child_id")
    held = permits["holder"].agg(["min", "max"])
    holders = held["min"].where(held["min"].eq(held["max"]), "both")
    in_town = found["at"].isin(["zone", "town"]) if found["place"].eq("town").any() else found["at"].ne("outside")
    own = found["counts"].eq(True) & in_town
    columns = {
        "rent_at": picked["temporary"]["at"],
        "grand_home_at": picked["grandparents"]["at"],
        "permit_at": picked["permit"]["at"],
        "permit_holders": holders,
        "permit_papers": permits["work_papers"].any(),
        "points_n": permits["points_n"].max(),
        "homes_n": own.groupby(found["child_id"]).sum(),
    }
    return pd.DataFrame(columns)


def _of_child(children: pd.DataFrame) -> pd.DataFrame:
    names = [
        "stage", "birth_on", "prev_school_kind", "national_no", "category", "category_basis", "staff_years_n",
        "agreement", "returner", "demolition", "demolition_papers",
    ]  # fmt: skip
    return children[names]


def _filled(evidence: pd.DataFrame) -> pd.DataFrame:
    """Write what an absent paper means: no home, no permit, no flag. Dates stay missing."""
    absent = {
        "home_at": "none", "rent_at": "none", "grand_home_at": "none", "permit_at": "none", "permit_holders": "none",
        "hukou_at": "outside", "guardian_hukou_at": "outside", "home_owner": "", "home_evidence": "",
        "hukou_head": "", "prev_school_kind": "", "category": "", "category_basis": "", "channel": "",
        "homes_n": 0, "points_n": 0, "price_ratio": np.nan, "staff_years_n": 0,
    }  # fmt: skip
    flags = (
        "home_second_hand", "home_accepted", "home_occupied", "home_papers", "same_dwelling", "same_register",
        "grand_hukou", "permit_papers", "demolition", "demolition_papers", "national_no", "agreement", "returner",
        "registered", "urban", "commissioned", "applied_own", "partner", "prev_township_same",
    )  # fmt: skip
    filled = {name: evidence[name].fillna(value) for name, value in absent.items() if name in evidence}
    filled |= {name: evidence[name].astype("boolean").fillna(value=False).astype(bool) for name in flags}
    filled["home_contract_on"] = evidence["home_contract_on"].astype("datetime64[us]")
    filled["home_moved_on"] = evidence["home_moved_on"].astype("datetime64[us]")
    return evidence.assign(**filled)


def settle_contract(evidence: pd.DataFrame, policy: Policy) -> list[str]:
    """Name the columns a chosen parameter needs and the homes table does not have (A-PC3)."""
    needed = {"webcontract": "contract_on", "move_in": "moved_on"}.get(policy.parameter("house_date", "registration"))
    column = {"contract_on": "home_contract_on", "moved_on": "home_moved_on"}.get(needed or "")
    return [needed] if needed and evidence[column].isna().all() else []

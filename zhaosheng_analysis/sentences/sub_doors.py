"""Doors and houses that are counted within one number: 「青云路4号附1号至附8号」, 「望湖花园33幢1-16号」."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import names, numbers
from zhaosheng_analysis.sentences.grammar import Node, Part, Place
from zhaosheng_analysis.sentences.numbers import Numbers
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.views import View

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.gathering import Gathering
    from zhaosheng_analysis.sentences.views import Text

SUB_DOOR = re.compile(r"(?:[之附](?:[一二三四五六七八九十]{1,3}|\d{1,3})号?|[甲乙丙丁]号?)(?P<name>.*)$")
NUMERAL = "(?:\\d{1,3}|[一二三四五六七八九十]{1,3})"
# 「4号附1号至附8号」, 「4号之一至之八」: doors of one number, counted within it
RUN_OF_SUB_DOORS = re.compile(
    rf"(?P<house>\d{{1,4}}号(?P<mark>[附之]))(?P<first>{NUMERAL})号?(?:至|到|-+|~)(?P=mark)?(?P<last>{NUMERAL})号?$"
)
# 「12-1号」, 「12-1号至12-8号」, 「25号-2柳溪公寓」: the same with a dash; 「12-14号」 counts houses
DASHED_DOOR = re.compile(
    r"(?P<house>(?P<number>\d{1,4})号?-+)(?P<first>\d{1,3})号?"
    r"(?:(?:至|到|-+|~)(?P<again>\d{1,4})号?-+(?P<last>\d{1,3})号?)?(?P<name>[^\d号\-~至到、,].*)?$"
)
# 「青云路附1号至附8号」, and in a bracket behind 「12号」: 「（附1号至附8号）」
ATTACHED = re.compile(rf"附(?P<first>{NUMERAL})号?(?:(?:至|到|-+|~)附?(?P<last>{NUMERAL})号?)?$")
# 「望湖花园33幢」, 「柳溪村1组」: one house or group whose own doors are counted
HOUSE_WITH_DOORS = re.compile(
    r"(?P<name>.*?(?<!\d))(?P<number>\d{1,4})(?P<unit>幢|栋|号楼|座|单元|号院|村民小组|居民小组|村民组|居民组|组|队|社)$"
)
DOORS_OF_HOUSE = ("号", "室", "户", "单元")
LAST_DOOR = re.compile(r".+?\d号(?=[之附])")


class SubDoors:
    """The part of a clause's reader that reads the doors of one house."""

    text: "Text"

    def _sub_door(self, view: View, listed: Numbers, rest: View, gathering: "Gathering") -> Place | Refusal:
        """Read a door with a number of its own, 「青云路18号之一」: a house that is found by all of its address."""
        match = SUB_DOOR.match(rest.s)
        if not match or listed.listed or names.objection(match["name"] or "之家"):
            return Refusal("门牌的附号，须对照门牌")
        named = rest.part(match, "name")
        if named.s:
            return Place(self.text.name(view), (self.text.name(named),))
        own = self.text.name(view)
        base = gathering.base
        return Place(own if listed.start or base is None else base.name + own)

    def _with_own_doors(self, head: View, gathering: "Gathering", unit: str) -> Place | Refusal | None:
        """Return 望湖花园33幢 for 「望湖花园33幢1-16号」, whose own doors these are."""
        match = HOUSE_WITH_DOORS.match(head.s) if unit in DOORS_OF_HOUSE else None
        if not match:
            return None
        owner = self._owner(head.part(match, "name"), gathering, match["unit"])
        if isinstance(owner, Refusal):
            return owner
        return replace(owner, name=owner.name + self.text.name(head[match.start("number") :]))

    def _attached(self, view: View, gathering: "Gathering") -> Part | Refusal | None:
        """Read 「青云路附1号至附8号」, and 「附1号至附8号」 behind 「青云路12号」."""
        match = ATTACHED.search(view.s)
        if not match or numbers.ARABIC.search(view.s[: match.start()]):
            return None
        last = gathering.last()
        if match.start():
            house = self._owner(view[: match.start()], gathering)
        elif isinstance(last, Part) and last.unit == "号" and last.only and last.only[-1][0] == last.only[-1][1]:
            house = replace(last.place, name=f"{last.place.name}{last.only[-1][0]}号")
        else:
            return None
        if isinstance(house, Refusal) or not (match.start() == 0 or names.is_line(house.name)):
            return None
        first, final = numbers.value(match["first"]), numbers.value(match["last"] or match["first"])
        gathering.base = house
        return Part(replace(house, name=house.name + "附"), "号", ((first, final),))

    def _sub_doors(self, view: View, gathering: "Gathering") -> Node | Refusal | None:
        """Read doors that are counted within one number: 「青云路4号附1号至附8号」, 「青云路12-1号」."""
        match = RUN_OF_SUB_DOORS.search(view.s) or DASHED_DOOR.search(view.s)
        if not match or numbers.ARABIC.search(view.s[: match.start()]):
            return None
        said = match.groupdict()
        first, last = numbers.value(match["first"]), numbers.value(match["last"] or match["first"])
        if "number" in said and (
            match["again"] not in (None, match["number"]) or (not match["last"] and first >= int(match["number"]))
        ):
            return None
        if last < first:
            return Refusal("门牌的附号，须对照门牌")
        road = self._owner(view[: match.start()], gathering)
        if isinstance(road, Refusal) or not names.is_line(road.name):
            return None
        gathering.base = road
        if said.get("name"):
            named = view.part(match, "name")
            return Refusal(names.objection(named.s)) if names.objection(named.s) else Place(self.text.name(named))
        house = replace(road, name=road.name + self.text.name(view.part(match, "house")))
        return Part(house, "号", ((first, last),))

    def _next_sub_door(self, view: View, gathering: "Gathering") -> Place | Refusal:
        """Read 「之八」 behind 「青云路4号之三」."""
        last = gathering.last()
        stem = LAST_DOOR.match(last.name) if isinstance(last, Place) else None
        return Place(stem[0] + self.text.name(view)) if stem else Refusal("没有说是哪个门牌的附号")

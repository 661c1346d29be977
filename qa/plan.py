"""Where to look for the answer to a question as understood, and what to tell the person about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.document import Case, Place
from corpus.places import short_name
from index.filters import Filters
from index.generation import Generation
from index.live import Mask
from index.tokenizer import normalised
from qa.codes import Silence
from qa.titled import is_apart, titled_place
from qa.understanding import Interpretation, PlaceAsked


@dataclass(frozen=True, slots=True)
class Plan:
    """Which passages may be found, and which filter the question itself led to.

    `note` says in Chinese what was narrowed or why not; `cases` are the cases narrowed to; `silence` is set when the
    question asks for a place or a case that is not there, `absent` names in Chinese the places that are not there
    beside others that are. `filtered` tells whether more could be found without the caller's filters.
    """

    allowed: Mask | None
    cases: tuple[Case, ...]
    note: str
    silence: Silence | None = None
    absent: str = ""
    filtered: bool = False


def planned(
    interpretation: Interpretation, filters: Filters, generation: Generation, allowed: Mask | None = None
) -> Plan:
    """Return where to look: the caller's filters and allowed passages, and within them the cases the question names.

    A question that names a place of the corpus sees the cases of that place, and what stands in no case but names the
    place; never another place's case, nor a document titled with another place. Raises FilterUnknown for a filter value
    that the corpus does not have.
    """
    chosen = generation.facets.selection(filters)
    if allowed is not None:
        chosen = allowed if chosen is None else chosen & allowed
    plan = _planned(interpretation, chosen, generation)
    return plan if plan.cases else replace(plan, filtered=chosen is not None)


def _planned(interpretation: Interpretation, chosen: Mask | None, generation: Generation) -> Plan:
    cases = _named_cases(interpretation, generation)
    absent = [asked for asked in interpretation.places if _is_absent(asked, generation)]
    if not cases and _excepts(interpretation):
        note = f"汇编里没有{_names(absent)}的案例，在全部案例中查找。" if absent else ""
        return Plan(chosen, (), note)
    if not cases:
        return _unnarrowed(interpretation, absent, chosen, generation)
    if interpretation.others:
        return _besides(cases, chosen, generation)
    own = _rows_of(cases, interpretation.places, generation)
    both = own if chosen is None else own & chosen
    titles = _titles(cases)
    if not both.any():
        return Plan(chosen, (), f"所选的筛选条件里没有{titles}的内容，只按筛选条件查找。")
    missing = f"汇编里没有{_names(absent)}的案例。" if absent else ""
    missing += _misnamed(interpretation)
    cut = bool((own & ~both).any())
    return Plan(both, cases, f"只在{titles}中查找。{missing}", absent=missing, filtered=cut)


def _excepts(interpretation: Interpretation) -> bool:
    """Tell whether a question leaves out the places it names (除了开封还有哪些地方)."""
    names = "|".join(re.escape(asked.mention) for asked in interpretation.places)
    excepted = rf"除了?(?:{names})|(?:{names}).{{0,2}}(?:以外|之外|外[,，])"
    return bool(names) and bool(re.search(excepted, interpretation.text))


def _besides(cases: tuple[Case, ...], chosen: Mask | None, generation: Generation) -> Plan:
    own = np.array([case in cases for case in generation.cases], np.bool_)[generation.case_row]
    return Plan(~own if chosen is None else chosen & ~own, (), f"在{_titles(cases)}以外的案例中查找。")


def _in_sight(interpretation: Interpretation, chosen: Mask | None, generation: Generation) -> Mask | None:
    """Return of the chosen passages those that may answer a question on places without a case of their own.

    Those that say the place, where some of a case do (去杭州招商). Where no case lies in it those that say it and the
    documents titled with a place around it, if all are of some place, or what is asked is which places. Else all but
    documents titled with another place.
    """
    places = interpretation.places
    names = {name for asked in places if not asked.cases for name in (asked.mention, short_name(asked.place))}
    if not names:
        return chosen
    said = np.array([any(name in generation.text(each) for name in names) for each in generation.passages], np.bool_)
    if chosen is not None:
        said &= chosen
    if (said & generation.is_numbered).any():
        return said & generation.is_numbered
    there, elsewhere = _titled(places, generation)
    if not generation.is_numbered.any():
        left = ~elsewhere | said
    elif said.any() and not any(_holds_cases(asked.place, generation) for asked in places):
        placed = bool((there | elsewhere)[said].all())
        left = said | there if placed or interpretation.across else ~elsewhere
    else:
        left = ~elsewhere
    if left.all():
        return chosen
    return left if chosen is None else chosen & left


def _titled(places: tuple[PlaceAsked, ...], generation: Generation) -> tuple[Mask, Mask]:
    """Mark the passages of documents titled with a place: in or around one of those named, and apart from all."""
    titled = {document.id: place for document in generation.documents if (place := titled_place(document)).name}
    apart = {key for key, place in titled.items() if all(is_apart(place, asked.place) for asked in places)}
    ids = [passage.document_id for passage in generation.passages]
    elsewhere = np.array([each in apart for each in ids], np.bool_)
    return np.array([each in titled for each in ids], np.bool_) & ~elsewhere, elsewhere


def _holds_cases(place: Place, generation: Generation) -> bool:
    """Tell whether a place is a province in which a case lies."""
    return not place.city and any(case.place.province == place.province for case in generation.cases)


def _misnamed(interpretation: Interpretation) -> str:
    """Return which names are of no place, and of what place they may be meant; empty where there are none."""
    return "".join(
        f"汇编里没有“{each.name}”" + (f"，是不是想问{each.nearest}？" if each.nearest else "。")
        for each in interpretation.misnamed
    )


def _unnarrowed(
    interpretation: Interpretation, absent: list[PlaceAsked], chosen: Mask | None, generation: Generation
) -> Plan:
    if interpretation.case_numbers:
        numbers = "、".join(f"第{number}篇" for number in interpretation.case_numbers)
        return Plan(chosen, (), f"汇编里没有{numbers}。", Silence.CASE_UNKNOWN)
    if absent:
        return Plan(chosen, (), f"汇编里没有{_names(absent)}的案例。", Silence.PLACE_UNKNOWN)
    if interpretation.misnamed and generation.is_numbered.any():
        return Plan(chosen, (), _misnamed(interpretation), Silence.PLACE_UNKNOWN)
    left = _in_sight(interpretation, chosen, generation)
    if left is not None and not left.any() and (chosen is None or chosen.any()):
        return Plan(chosen, (), f"汇编里没有{_names(interpretation.places)}的内容。", Silence.PLACE_UNKNOWN)
    return Plan(left, (), "")


def _named_cases(interpretation: Interpretation, generation: Generation) -> tuple[Case, ...]:
    """Return the cases that the question names by place and by number; by both where some case answers to both."""
    by_number = generation.cases_numbered(interpretation.case_numbers)
    cities_of_counties = {asked.place.city for asked in interpretation.places if asked.place.county}
    by_place = frozenset[tuple[str, int]]().union(
        # 周口的扶沟县 names one place, not a county and all of its city; so does 周口的太康县, which is not there.
        *(
            asked.cases
            for asked in interpretation.places
            if asked.place.county or asked.place.city not in cities_of_counties
        )
    )
    keys = (by_number & by_place) or (by_number | by_place)
    return tuple(generation.document[document_id].cases[at] for document_id, at in sorted(keys))


def _rows_of(cases: tuple[Case, ...], places: tuple[PlaceAsked, ...], generation: Generation) -> Mask:
    """Mark the passages of the cases, and those that stand in no numbered case but say a name of the place."""
    mask = np.array([case in cases for case in generation.cases], np.bool_)[generation.case_row]
    _, elsewhere = _titled(places, generation)
    beside = ~generation.is_numbered & ~elsewhere
    for asked in places:
        for name in {asked.mention, asked.place.county, asked.place.city} - {""}:
            saying = generation.lexical.rows_with(normalised(name))
            mask[saying[beside[saying]]] = True
    return mask


def _is_absent(asked: PlaceAsked, generation: Generation) -> bool:
    """Tell whether a place is nowhere in a compilation of cases: no case of it, and no word of it in any text."""
    if asked.cases or not generation.is_numbered.any():
        return False
    if _holds_cases(asked.place, generation):
        return False
    names = {asked.mention, short_name(asked.place)}
    return not any(name in document.text for name in names for document in generation.documents)


def _titles(cases: tuple[Case, ...]) -> str:
    return "、".join(map(_title, cases))


def _title(case: Case) -> str:
    if case.number is None:
        return f"《{case.title}》"
    return f"{case.label}（{case.place.name}）" if case.place.name else case.label


def _names(places: Sequence[PlaceAsked]) -> str:
    return "、".join(asked.place.name for asked in places)

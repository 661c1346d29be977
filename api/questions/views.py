"""From what `qa` and `corpus` say to what the API gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from api.questions import schemas
from api.security.links import citable
from corpus.aspects import sentence_aspect
from corpus.document import Case, Document, Passage
from index.figures import PlacedFigure
from index.generation import Generation
from index.search import Hit
from qa.answer import Said
from qa.asking import Reader, Reply
from qa.citation import CitationForms, citation, citation_forms
from qa.evidence import Evidence
from qa.figures import FigureFound, fitting, in_sentences
from qa.plan import Plan
from qa.reasons import reasons
from qa.understanding import Interpretation, PlaceAsked
from qa.verification import Verified


def interpretation_out(
    interpretation: Interpretation, plan: Plan, rewritten: bool, ignored: Iterable[str] = ()
) -> schemas.InterpretationOut:
    """Return how a question was understood; `rewritten` tells whether it was made whole from the turns before.

    `place` is the first place of the corpus, else the first named; `ignored` are the parts that do not count.
    """
    places = [_place_out(asked) for asked in interpretation.places]
    return schemas.InterpretationOut(
        question=interpretation.text,
        rewritten=rewritten,
        place=next((place for place in places if place.in_corpus), places[0] if places else None),
        places=places,
        case_numbers=list(interpretation.case_numbers),
        years=list(interpretation.years),
        aspect=interpretation.aspect,
        across=interpretation.across,
        asks_figure=interpretation.figure,
        narrowed_to=[case.number for case in plan.cases if case.number is not None],
        note=plan.note,
        ignored=list(dict.fromkeys(ignored)),
    )


def answer_out(reply: Reply) -> schemas.AnswerOut:
    """Return the answer of a reply."""
    answer = reply.answer
    return schemas.AnswerOut(
        text=answer.text,
        abstained=answer.silence is not None,
        reason=answer.silence,
        cited_ranks=list(answer.ranks),
        sentences=[sentence_out(said) for said in answer.said],
        figures=[answer_figure_out(found) for found in answer.figures],
        case_count=answer.cases,
        remark=answer.remark,
        nearest_ranks=list(answer.nearest),
        confidence=round(reply.confidence, 4),
    )


def composed_out(
    reply: Reply, sentences: Sequence[Verified], composer: schemas.ComposerOut, generation: Generation
) -> schemas.AnswerOut:
    """Return the answer that a language model wrote, or, where no sentence of it stands, the one from the passages."""
    extracted = answer_out(reply).model_copy(update={"composer": composer})
    if not sentences:
        return extracted
    evidence = {each.hit.rank: each for each in reply.evidence}
    said = [
        Said(evidence[each.rank], each.start, each.end, "")
        for each in dict.fromkeys(support for sentence in sentences for support in sentence.supports)
    ]
    spans = [(each.evidence, each.start, each.end) for each in said]
    return extracted.model_copy(
        update={
            "text": "".join(sentence.text for sentence in sentences),
            "remark": "",
            "cited_ranks": list(dict.fromkeys(rank for sentence in sentences for rank in sentence.ranks)),
            "sentences": [sentence_out(each) for each in said],
            "figures": [
                answer_figure_out(each)
                for each in in_sentences(spans, fitting(reply.interpretation, reply.evidence, generation))
            ],
        }
    )


def answer_figure_out(found: FigureFound) -> schemas.AnswerFigureOut:
    """Return a figure of an answer."""
    evidence = found.evidence
    return schemas.AnswerFigureOut(
        **figure_fields(found.placed, evidence.document, evidence.passage), rank=evidence.hit.rank
    )


def sentence_out(said: Said) -> schemas.SentenceOut:
    """Return a sentence of an answer, or of a cell of a table."""
    passage = said.evidence.passage
    return schemas.SentenceOut(
        rank=said.rank,
        text=said.quote,
        naming=said.naming,
        passage_id=passage.id,
        document_id=said.evidence.document.id,
        start=said.start,
        end=said.end,
        passage_start=said.start - passage.start,
        passage_end=said.end - passage.start,
        aspect=sentence_aspect(said.quote),
        citation=said.evidence.citation,
    )


def figure_fields(placed: PlacedFigure, document: Document, passage: Passage) -> dict[str, Any]:
    """Return a figure and where it stands, in a passage, as the fields of FigureOut."""
    figure, case = placed.figure, document.cases[placed.case]
    fields = asdict(figure)
    return {
        "indicator": fields.pop("measure"),
        **fields,
        "text": document.text[figure.start : figure.end],
        "time": placed.time,
        "place": case.place.name,
        "case_number": case.number,
        "document_id": document.id,
        "passage_id": passage.id,
        "passage_start": figure.start - passage.start,
        "passage_end": figure.end - passage.start,
    }


def passage_out(evidence: Evidence, plan: Plan, documents: Mapping[str, Document], base_url: str) -> schemas.PassageOut:
    """Return a passage that was found by a plan, with its highlights; `documents` are those of the index by id."""
    return schemas.PassageOut(
        **placed(evidence.document, evidence.passage, base_url).model_dump(),
        rank=evidence.hit.rank,
        score=round(evidence.hit.score, 6),
        why=reasons(evidence.hit.scores, evidence.case in plan.cases),
        highlights=[_highlight_out(start, end, evidence.passage) for start, end in evidence.highlights],
        also_in=[
            schemas.AlsoIn(
                id=each.id,
                citation=citation(documents[each.document_id], each),
                url=permanent_link(each, base_url),
            )
            for each in evidence.also_in
        ],
    )


def _highlight_out(start: int, end: int, passage: Passage) -> schemas.HighlightOut:
    return schemas.HighlightOut(
        start=start, end=end, passage_start=start - passage.start, passage_end=end - passage.start
    )


def permanent_link(passage: Passage, base_url: str) -> str:
    """Return the address under which a passage stays to be found."""
    return link_of(passage.id, base_url)


def link_of(passage_id: str, base_url: str) -> str:
    """Return the address of a passage by its id; empty where it is not known what it begins with."""
    return f"{base_url.rstrip('/')}/passages/{passage_id}" if base_url else ""


def case_ref(case: Case) -> schemas.CaseRef:
    """Return the case in which something stands."""
    return schemas.CaseRef(
        case_number=case.number, title=case.title, city=case.place.city or None, county=case.place.county or None
    )


def _forms(document: Document, passage: Passage, url: str) -> CitationForms:
    """Return a passage's citation; the reference is filed, so no link in it leads to the machine it is read on."""
    today = datetime.now(UTC).date()
    filed = citation_forms(document, passage, citable(url), today).gbt7714
    return replace(citation_forms(document, passage, url, today), gbt7714=filed)


def placed(document: Document, passage: Passage, base_url: str) -> schemas.PlacedOut:
    """Return a passage with where it stands."""
    case = document.cases[passage.case]
    section = case.sections[passage.section]
    url = permanent_link(passage, base_url)
    origin = document.origin(passage.start)
    forms = _forms(document, passage, url)
    return schemas.PlacedOut(
        id=passage.id,
        document_id=document.id,
        case=case_ref(case),
        headings=list(section.headings),
        part=section.part,
        paragraph=passage.paragraph,
        start=passage.start,
        end=passage.end,
        text=document.text[passage.start : passage.end],
        aspect=passage.aspect,
        citation=forms.plain,
        citation_forms=schemas.CitationFormsOut(**asdict(forms)),
        page=origin.page if origin else None,
        original_paragraph=origin.paragraph if origin else None,
        url=url,
        previous=passage.previous,
        next=passage.next,
    )


def trace_out(reply: Reply, reader: Reader) -> schemas.Trace:
    """Return how the ranking of a reply came about."""
    return schemas.Trace(
        tokens=reader.generation.tokenizer.question_tokens(reply.interpretation.terms),
        weights=asdict(reader.weights),
        hits=[_trace_hit(each.hit, each.case in reply.plan.cases) for each in reply.evidence],
    )


def _place_out(asked: PlaceAsked) -> schemas.PlaceOut:
    return schemas.PlaceOut(
        mention=asked.mention,
        province=asked.place.province,
        city=asked.place.city,
        county=asked.place.county,
        in_corpus=bool(asked.cases),
    )


def _trace_hit(hit: Hit, is_asked_place: bool) -> schemas.TraceHit:
    return schemas.TraceHit(
        rank=hit.rank,
        passage_id=hit.passage.id,
        legs=list(hit.legs),
        **{name: round(value, 6) for name, value in asdict(hit.scores).items()},
        place=float(is_asked_place),
    )

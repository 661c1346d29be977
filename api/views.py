"""From what `qa` and `corpus` say to what the API gives."""

from dataclasses import asdict

from api import schemas
from corpus.document import Case, Document, Passage
from index.search import Hit
from qa.asking import Reader, Reply
from qa.citation import citation
from qa.evidence import Evidence
from qa.plan import Plan
from qa.understanding import Interpretation, PlaceAsked


def interpretation_out(interpretation: Interpretation, plan: Plan) -> schemas.InterpretationOut:
    """Return how a question was understood. `place` is the first place of the corpus, else the first named."""
    places = [_place_out(asked) for asked in interpretation.places]
    return schemas.InterpretationOut(
        question=interpretation.text,
        place=next((place for place in places if place.in_corpus), places[0] if places else None),
        places=places,
        case_numbers=list(interpretation.case_numbers),
        aspect=interpretation.aspect,
        asks_figure=interpretation.figure,
        narrowed_to=[case.number for case in plan.cases if case.number is not None],
        note=plan.note,
    )


def answer_out(reply: Reply) -> schemas.AnswerOut:
    """Return the answer of a reply."""
    answer = reply.answer
    return schemas.AnswerOut(
        text=answer.text, abstained=answer.silence is not None, reason=answer.silence, citations=list(answer.ranks)
    )


def passage_out(evidence: Evidence, base_url: str) -> schemas.PassageOut:
    """Return a passage that was found, with its highlights."""
    return schemas.PassageOut(
        **placed(evidence.document, evidence.passage, base_url).model_dump(),
        rank=evidence.hit.rank,
        score=round(evidence.hit.score, 6),
        highlights=[schemas.SpanOut(start=start, end=end) for start, end in evidence.highlights],
    )


def placed(document: Document, passage: Passage, base_url: str) -> schemas.PlacedOut:
    """Return a passage with where it stands."""
    case = document.cases[passage.case]
    section = case.sections[passage.section]
    return schemas.PlacedOut(
        passage_id=passage.id,
        document_id=document.id,
        case=schemas.CaseRef(
            number=case.number, title=case.title, city=case.place.city or None, county=case.place.county or None
        ),
        section=list(section.headings),
        part=section.part,
        paragraph=passage.paragraph,
        start=passage.start,
        end=passage.end,
        text=document.text[passage.start : passage.end],
        aspect=passage.aspect,
        citation=citation(document, passage),
        url=f"{base_url.rstrip('/')}/passages/{passage.id}",
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


def case_summary(case: Case, document: Document) -> schemas.CaseSummary:
    """Return a case as it stands in a list."""
    return schemas.CaseSummary(**_case_fields(case, document))


def case_out(case: Case, document: Document) -> schemas.CaseOut:
    """Return a case with its sections and paragraphs."""
    return schemas.CaseOut(
        **_case_fields(case, document),
        sections=[
            schemas.SectionOut(
                part=section.part,
                headings=list(section.headings),
                paragraphs=[
                    schemas.ParagraphOut(
                        number=paragraph.number,
                        start=paragraph.start,
                        end=paragraph.end,
                        text=document.text[paragraph.start : paragraph.end],
                    )
                    for paragraph in section.paragraphs
                ],
            )
            for section in case.sections
        ],
    )


def _case_fields(case: Case, document: Document) -> dict[str, str | int | None]:
    return {
        "number": case.number,
        "label": case.label,
        "title": case.title,
        "province": case.place.province or None,
        "city": case.place.city or None,
        "county": case.place.county or None,
        "document_id": document.id,
        "start": case.start,
        "end": case.end,
    }


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

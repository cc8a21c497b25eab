"""A board of our own whose documents are JSON: what a Parsed holds, written down."""

import json

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import (
    Board,
    Component,
    Exclusion,
    Finding,
    Offer,
    OptionGroup,
    Paper,
    Parsed,
    Subject,
    Topic,
    confidence,
)


def parse(content, *, name, subject, qualification):
    """Read one document of the toy board."""
    told = json.loads(content)
    if told.get("board") != "toy":
        raise ContractBroken(f"{name} is no document of the toy board", hint="Give another.")
    made = [Subject(exam_board="AQA", qualification_type=qualification, **s) for s in told.get("subjects", [])]
    findings = tuple(Finding(**f) for f in told.get("findings", []))
    return Parsed(
        subject=made[0] if made else None,
        also=tuple(made[1:]),
        topics=tuple(Topic(sort_order=n, **t) for n, t in enumerate(told.get("topics", []), start=1)),
        papers=tuple(Paper(**p) for p in told.get("papers", [])),
        components=tuple(Component(**c) for c in told.get("components", [])),
        option_groups=tuple(OptionGroup(**g) for g in told.get("groups", [])),
        exclusions=tuple(Exclusion(**x) for x in told.get("exclusions", [])),
        offers=tuple(Offer(**o) for o in told.get("offers", [])),
        findings=findings,
        layout="toy",
        confidence=confidence(findings),
        counts=told.get("counts", {}),
        tried={"toy": 1.0},
        whole=told.get("whole", True),
    )


def board(proof="real"):
    """The toy board, in AQA's place."""
    kinds = ("subject list", "specification", "papers")
    return Board(
        "AQA", "Toy", parse, proof={("GCSE", kind): proof for kind in kinds}, succeeded={"T2": "T1"}
    )  # fmt: skip


def document(folder, name, **told):
    """A file of the toy board."""
    path = folder / name
    path.write_text(json.dumps({"board": "toy", **told}), encoding="utf-8")
    return path

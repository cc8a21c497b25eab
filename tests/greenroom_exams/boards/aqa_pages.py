"""Pages of AQA's site about Lantern Studies, a subject that no board has, after the facts known of the real ones."""

import json

SITE = "https://www.aqa.org.uk"
SUBJECT = f"{SITE}/subjects/lantern-studies/a-level/lantern-studies-7999"
CONTENT = f"{SUBJECT}/specification/subject-content"
SECTIONS = (("3.1 Flame", "flame"), ("3.2 Glass", "glass"), ("3.3 Carrying (A-level only)", "carrying"))
FLAME = """
<h3>3.1.1 Wicks</h3>
<table><tr><th>Content</th><th>Additional information</th></tr>
<tr><td><p>Explain why a wick is trimmed.</p><ul><li>cotton</li><li>reed</li></ul></td><td>Show one.</td></tr>
<tr><td>Compare two wicks.</td><td></td></tr></table>
<h3>3.1.2 Oils</h3>
<h4>3.1.2.1 Whale oil</h4>
<h4>3.1.2.2 Colza oil (HT only)</h4>
<h4>Smells</h4>
"""


def html(body, *, title="A-level Lantern Studies 7999 | Specification | AQA", address=CONTENT):
    """A page with its own address, as the site puts it into every page's head."""
    link = f'<link rel="canonical" href="{address}">' if address else ""
    head = f"<head><title>{title}</title>{link}</head>"
    return f"<!DOCTYPE html><html>{head}<body>{body}</body></html>".encode()


def menu(sections=SECTIONS):
    """The menu of sections, which stands on each page, with a pager that repeats one of them."""
    links = "".join(f'<li><a href="{CONTENT}/{slug}">{text}</a></li>' for text, slug in sections)
    text, slug = sections[-1]
    pager = f'<a href="{CONTENT.removeprefix(SITE)}/{slug}">Next: {text}</a>'
    return f"<nav><ul>{links}</ul></nav>{pager}"


def index(sections=SECTIONS, **options):
    """The page of all sections: its own list, and the menu again."""
    links = "".join(f'<h2><a href="{CONTENT}/{slug}">{text}</a></h2>' for text, slug in sections)
    return html(f"{menu(sections)}<main><h1>3 Subject content</h1>{links}</main>", **options)


def content(heading, body, slug, *, sections=SECTIONS, **options):
    """The page of one section."""
    banner = "<h1>A-level Lantern Studies</h1>"
    text = f"<main>{banner}<h2>{heading}</h2>{body}</main>"
    return html(f"{menu(sections)}{text}", address=f"{CONTENT}/{slug}", **options)


def resource(title, file_name, *, content_id=None, kind="pdf", asset="aa11", year="2033", month="june"):
    """One entry of the list in a page's data."""
    stem = file_name.rpartition(".")[0]
    folder = f"sample-papers-and-mark-schemes.{year}.{month}."
    file = {"asset": {"assetId": asset, "extension": kind, "originalFilename": file_name}}
    file["asset"]["url"] = f"https://files.example.org/{asset}.{kind}"
    return {"_id": content_id or f"{folder}{stem}_{kind.upper()}", "title": title, "file": file}


RESOURCES = (
    resource("Question paper: Paper 1 - June 2033", "AQA-79991-QP-JUN33-CR.PDF", asset="aa11"),
    resource("Question paper (Modified A4 18pt): Paper 1 - June 2033", "AQA-79991-QP-MQP18A4-JUN33.PDF", asset="aa12"),
    resource("Mark scheme: Paper 1 - June 2033", "AQA-79991-W-MS-JUN33.PDF", asset="aa13"),
    resource("Insert: Paper 1 - June 2033", "AQA-79991-INS-JUN33.PDF", asset="aa14"),
    resource(
        "Examiners report: Paper 2 - November 2032",
        "AQA-79992-WRE-NOV32.PDF",
        asset="aa15",
        year="2032",
        month="november",
    ),
    resource(
        "2033 Centre declaration sheet", "AQA-CDS-33.pdf", content_id="admin.crf_pdf.AQA-CDS-33_PDF", asset="aa16"
    ),
    {"_id": "11c3", "title": "A box of questions", "file": None},
)


def resources_page(resources=RESOURCES, *, shown=2, promised=None, code=7999):
    """The page of resources with its data in pieces, as the site sends them, and the first cards."""
    data = {"name": "A-level Lantern Studies", "specificationNumber": code, "resources": list(resources)}
    row = "5:" + json.dumps(["$", "$L1d", None, {"qualification": data}], separators=(",", ":"))
    stream = '1:HL["/a.woff2","font"]\n' + row + "\n6:null\n"
    cuts = [stream[at : at + 300] for at in range(0, len(stream), 300)]
    scripts = "".join(f"<script>self.__next_f.push({json.dumps([1, cut])})</script>" for cut in cuts)
    cards = "".join(card(each) for each in resources[:shown])
    body = f"<p>Showing {promised or len(resources)} results</p><ul>{cards}</ul>{scripts}"
    title = "A-level Lantern Studies 7999 | Assessment Resources | AQA"
    return html(body, title=title, address=f"{SUBJECT}/assessment-resources")


def card(each):
    """One card of the page of resources."""
    url = each["file"]["asset"]["url"]
    title = f"Lantern Studies - {each['title']}"
    return f'<li><div id="{each["_id"]}"><a aria-label="{title}" href="{url}">Download</a></div></li>'


def search(rows, *, hits=None):
    """One reply of the search."""
    results = [{"contentId": each, "displayName": title, "tier": tier} for each, title, tier in rows]
    return json.dumps({"results": results, "hits": len(rows) if hits is None else hits}).encode()


def subject_index():
    """The list of subjects: links of all qualifications, some of them twice."""
    links = (
        ("/subjects/lantern-studies/a-level/lantern-studies-7999", "A-level Lantern Studies (7999)"),
        ("/subjects/lantern-studies/gcse/lantern-studies-8999", "GCSE Lantern Studies (8999)"),
        ("/subjects/lantern-studies/a-level/lantern-studies-7999", "Lantern Studies"),
        ("/subjects/rope-work/as-and-a-level/rope-work-7995-7996", "Rope Work"),
        ("/subjects/lantern-studies/a-level/lantern-studies-7999/specification", "Specification"),
    )
    body = "".join(f'<a href="{address}">{text}</a>' for address, text in links)
    return html(body, title="Find a subject | AQA", address=f"{SITE}/subjects")


def family_index(*, address=f"{SITE}/subjects"):
    """The list of subjects without their qualifications, and a menu of the most chosen ones, on each of its pages."""
    links = (
        ("/subjects/lantern-studies/a-level/lantern-studies-7999", "A-level Lantern Studies"),
        ("/subjects/lantern-studies/as-level/lantern-studies-7998", "AS Lantern Studies"),
        ("/subjects/rope-work/a-level/rope-work-7996", "A-level Rope Work"),
        ("/subjects/lantern-studies", "Lantern Studies"),
        ("/subjects/rope-work", "Rope Work"),
        ("/subjects/lantern-studies/", "Lantern Studies"),
    )
    body = "".join(f'<a href="{link}">{text}</a>' for link, text in links)
    return html(body, title="Subjects | AQA", address=address)


def subject_page(*, with_resources=True, pdf=None, text="Specification"):
    """The page of one subject, which leads to its specification and its papers, and to another subject."""
    path = "/subjects/lantern-studies/a-level/lantern-studies-7999"
    other = "/subjects/rope-work/gcse/rope-work-8998"
    links = [f"{path}/specification", f"{path}/specification/subject-content#top", other, f"{other}/specification"]
    links += [f"{path}/assessment-resources"] if with_resources else []
    body = "".join(f'<a href="{link}">More</a>' for link in links)
    body += f'<a href="{pdf}">{text}</a>' if pdf else ""
    return html(body, title="A-level Lantern Studies 7999 | AQA", address=SUBJECT)

"""UK exam boards: subjects, topic trees, past papers."""

from greenroom import Pack
from greenroom_exams.datasets.components import components
from greenroom_exams.datasets.option_exclusions import option_exclusions
from greenroom_exams.datasets.option_groups import option_groups
from greenroom_exams.datasets.papers import papers
from greenroom_exams.datasets.subjects import subjects
from greenroom_exams.datasets.topics import topics
from greenroom_exams.landing import compare, follow, manners, parse, proofs, start, teaches, told

pack = Pack(
    name="exams",
    schema="public",
    package="greenroom_exams",
    datasets=(subjects, topics, components, option_groups, option_exclusions, papers),
    landing="inbox",
    lists_offers=True,
    gives_links=True,
    parse=parse,
    start=start,
    follow=follow,
    manners=manners,
    compare=compare,
    told=told,
    teaches=teaches,
    proofs=proofs,
    exports={"case": "case_export"},
    note="Subjects, topic trees and past papers of the UK's exam boards.",
)

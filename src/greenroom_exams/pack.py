"""UK exam boards: subjects, topic trees, past papers."""

from greenroom import Pack
from greenroom_exams.datasets.papers import papers
from greenroom_exams.datasets.subjects import subjects
from greenroom_exams.datasets.topics import topics
from greenroom_exams.landing import parse

pack = Pack(
    name="exams",
    schema="public",
    package="greenroom_exams",
    datasets=(subjects, topics, papers),
    landing="inbox",
    parse=parse,
    note="Subjects, topic trees and past papers of the UK's exam boards.",
)

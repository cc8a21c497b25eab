"""Lines as a page gives them, with good defaults."""

from greenroom_exams.layouts.pdf_lines import Line, Word


def line(text, *, left=60.0, base=700.0, page=1, size=10.0, bold=False, word_width=30.0):
    """A line whose words are all equally wide and stand a space apart."""
    step = word_width + 0.25 * size
    words = tuple(
        Word(word, left + index * step, left + index * step + word_width) for index, word in enumerate(text.split())
    )
    right = words[-1].right if words else left
    box = (left, base, right, base + size)
    return Line(text, page, left, right, base, size, bold, box, words)

"""What nobody foresaw: an error enters, the name of a file with its details leaves. No password is in it."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from urllib.parse import unquote


def kept(error: BaseException) -> str:
    """Where the traceback was written: never to a screen, and never lost."""
    with tempfile.NamedTemporaryFile("w", prefix="greenroom-error-", suffix=".txt", delete=False) as file:
        file.write(unsaid("".join(traceback.format_exception(error))))
    return file.name


def unsaid(text: str) -> str:
    """The text without the password of DATABASE_URL, whoever quoted it."""
    found = re.search(r"://[^:/@]*:([^@]+)@|password\s*=\s*'?([^'\s]+)", os.environ.get("DATABASE_URL", ""))
    password = found and (found[1] or found[2])
    for said in {password, unquote(password)} if password else ():
        text = text.replace(f":{said}@", ":***@")
        # one of a few letters would be found inside of ordinary words
        text = text.replace(said, "***") if len(said) > 5 else text
    return text

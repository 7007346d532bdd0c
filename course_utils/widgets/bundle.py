"""One ES module from an explorable's and those that it imports.

Notebooks hand a widget's code to the page as one text, in which `./shared.js` can't
be found. So the parts are joined, each in a function of its own: names can't clash.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
# import { a, b as c } from "./file.js";   over one line or several
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function\*?|const|let|class)\b)", re.MULTILINE
)
NAME = re.compile(r"(?:async )?(?:function\*?|const|let|class) (\w+)")
OTHER = re.compile(r"^(?:import\b.*|export (?!default\b).*)$", re.MULTILINE)


@cache
def bundle(name: str, folder: Path = FOLDER) -> str:
    """Return the module `name`.js with everything it imports in one text.

    Raises:
        FileNotFoundError: there is no such module.
        ValueError: an import or export is not written as README.md says.
    """
    parts: dict[str, str] = {}
    own = _without_imports(name, folder, parts)
    _refuse_others(name, EXPORT.sub("", own))
    return "".join(parts.values()) + own


def _without_imports(name: str, folder: Path, parts: dict[str, str]) -> str:
    """The text of a module, its imports taken from `parts`, which are added to."""
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    for _, other in IMPORT.findall(text):
        if other not in parts:
            inner = _without_imports(other, folder, parts)
            parts[other] = _as_function(other, inner)
    return IMPORT.sub(_destructured, text)


def _destructured(match: re.Match) -> str:
    names = re.sub(r"(\w+) as (\w+)", r"\1: \2", " ".join(match[1].split()))
    return f"const {{ {names} }} = part_{match[2]};\n"


def _as_function(name: str, text: str) -> str:
    exported = [NAME.match(text, found.end())[1] for found in EXPORT.finditer(text)]
    body = EXPORT.sub("", text)
    _refuse_others(name, body)
    result = f"return {{ {', '.join(exported)} }};"
    return f"const part_{name} = (() => {{\n{body}{result}\n}})();\n\n"


def _refuse_others(name: str, text: str) -> None:
    if found := OTHER.search(text):
        raise ValueError(
            f"{name}.js: {found[0]!r} can't be joined. Import as "
            'import { a, b } from "./file.js"; and export as `export function …`, '
            "`export const …` or `export class …`, at the beginning of a line."
        )

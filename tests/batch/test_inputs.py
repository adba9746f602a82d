"""Which files a batch finds behind names, folders and patterns, and where their outputs go."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

import ocrkit
from ocrkit.batch.inputs import Input, NamedInput, check_case, find_inputs, read_list
from ocrkit.errors import ConfigError, SourceError
from ocrkit.testing.fakes import ScriptedBackend


def _png():
    file = io.BytesIO()
    Image.new("L", (8, 8), 255).save(file, "PNG")
    return file.getvalue()


PICTURE = _png()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, the current one."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def make(*names, data=PICTURE):
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def names(*arguments, **options):
    return [each.name for each in find_inputs(arguments, **options).inputs]


def paths(*arguments, **options):
    return [str(each.path) for each in find_inputs(arguments, **options).inputs]


# ── folders ──


def test_a_folder_is_searched_with_its_subfolders(here):
    make("in/b.png", "in/a.png", "in/deep/er/c.png", "in/deep/a.png")
    (here / "in/empty").mkdir()
    found = find_inputs(["in"])
    assert [each.name for each in found.inputs] == ["a.png", "b.png", "deep/a.png", "deep/er/c.png"]
    assert [each.path for each in found.inputs] == [Path("in") / each.name for each in found.inputs]
    assert {each.size for each in found.inputs} == {len(PICTURE)}
    assert found.ignored == 0


def test_hidden_files_and_folders_are_left_out(here):
    make("in/a.png", "in/.b.png", "in/.hidden/c.png", "in/deep/.d.png")
    assert names("in") == ["a.png"]
    assert names("in", "in/.b.png") == [".b.png", "a.png"], "named, it is taken"
    assert names("in/.hidden") == ["c.png"]


def test_the_type_of_a_file_is_found_by_its_content(here):
    make("in/picture.dat", "in/without", "in/lying.txt")
    make("in/text.txt", "in/lying.png", "in/letter.docx", data=b"only text")
    found = find_inputs(["in"])
    assert [each.name for each in found.inputs] == ["lying.png", "lying.txt", "picture.dat", "without"]
    assert found.ignored == 2, "a wrong file with the suffix of a document is not ignored: it will fail"


def test_an_empty_file_with_the_suffix_of_a_document_is_included(here):
    make("in/scan.PDF", "in/scan.png", "in/notes.txt", "in/without", data=b"")
    found = find_inputs(["in"])
    assert [(each.name, each.size) for each in found.inputs] == [("scan.PDF", 0), ("scan.png", 0)]
    assert found.ignored == 2


def test_several_folders_keep_their_names(here):
    make("one/a.png", "two/a.png", "two/b/c.png")
    assert names("one", "two") == ["one/a.png", "two/a.png", "two/b/c.png"]
    assert names("one/", "./two/") == ["one/a.png", "two/a.png", "two/b/c.png"]


def test_the_current_folder_has_a_name_beside_others(here):
    make("a.png", "../there/b.png")
    assert names(".") == ["a.png"]
    assert names(".", "../there") == ["here/a.png", "there/b.png"]


def test_inputs_may_be_path_objects(here):
    make("in/a.png")
    assert names(Path("in")) == names(here / "in/a.png") == ["a.png"]


# ── patterns ──


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.png", ["a.png"]),
        ("in/?.png", ["a.png"]),
        ("in/[!a]*", ["b.tif"]),
        ("in/**/*.png", ["a.png", "deep/b.png", "deep/er/c.png"]),
        ("in/**", ["a.png", "b.tif", "deep/b.png", "deep/er/c.png"]),
        ("in/*/*.png", ["deep/b.png"]),
        ("in/*/er/*.png", ["deep/er/c.png"]),
        ("in/**/er/*", ["deep/er/c.png"]),
        ("in/**/**/c.png", ["deep/er/c.png"]),
        ("in/d*p/b.png", ["deep/b.png"]),
        ("in/*/nowhere/../b.png", None),
        ("**/c.png", ["in/deep/er/c.png"]),
        ("i*/a.png", ["in/a.png"]),
        ("in/.*.png", [".hidden.png"]),
        ("in/.*/*.png", [".folder/d.png"]),
        ("./in/*.png", ["a.png"]),
    ],
)
def test_patterns(here, pattern, found):
    """The names begin where the wildcards do, and hidden files want to be named."""
    make("in/a.png", "in/b.tif", "in/deep/b.png", "in/deep/er/c.png", "in/.hidden.png", "in/.folder/d.png")
    make("in/notes.txt", data=b"only text")
    for given in (pattern, str(here / pattern)):
        if found is None:
            with pytest.raises(ConfigError, match="nothing to read"):
                find_inputs([given])
        else:
            assert names(given) == found
            assert {each.path.read_bytes() for each in find_inputs([given]).inputs} == {PICTURE}


def test_a_pattern_includes_only_supported_types(here):
    make("in/a.png")
    make("in/b.png", "in/c.txt", data=b"only text")
    (here / "in/folder.png").mkdir()
    found = find_inputs(["in/*"])
    assert [each.name for each in found.inputs] == ["a.png", "b.png"]
    assert found.ignored == 1


def test_a_file_whose_name_has_wildcards_is_that_file(here):
    make("scan [1].png", "scan 1.png", "what?.png", "whatx.png")
    assert names("scan [1].png") == ["scan [1].png"]
    assert names("what?.png") == ["what?.png"]


# ── include, exclude ──


@pytest.mark.parametrize(
    ("include", "exclude", "found"),
    [
        (["*.png"], [], ["a.png", "deep/a.png", "deep/b.png"]),
        (["*.png", "*.tif"], ["b.*"], ["a.png", "a.tif", "deep/a.png"]),
        (["deep/*"], [], ["deep/a.png", "deep/b.png"]),
        ([], ["deep/*"], ["a.png", "a.tif"]),
        (["a.*"], ["a.*"], None),
        (["deep"], [], None),
        (["*.tif"], ["deep/*"], ["a.tif"]),
    ],
)
def test_include_and_exclude_select_files_in_folders(here, include, exclude, found):
    make("in/a.png", "in/a.tif", "in/deep/a.png", "in/deep/b.png")
    for given in ("in", "in/**"):
        if found is None:
            with pytest.raises(ConfigError, match="nothing to read"):
                find_inputs([given], include=include, exclude=exclude)
        else:
            assert names(given, include=include, exclude=exclude) == found


def test_excluded_files_do_not_count_as_ignored(here):
    make("in/a.png")
    make("in/b.txt", "in/c.doc", data=b"only text")
    assert find_inputs(["in"], exclude=["*.txt"]).ignored == 1


def test_a_named_file_is_included_whatever_its_type(here):
    make("notes.txt", data=b"only text")
    assert names("notes.txt", "missing.png", include=["*.pdf"], exclude=["*"]) == ["missing.png", "notes.txt"]


# ── each file once ──


def test_a_file_found_several_times_is_one_input(here):
    make("in/a.png", "in/b.png")
    for given in (
        ["in/a.png", "in/a.png", "in/b.png"],
        ["in", "in/a.png"],
        ["in/a.png", "in"],
        ["in", str(here / "in/a.png")],
        ["./in/../in/a.png", "in/b.png", str(here / "in/b.png")],
        ["in/*.png", "in/a.png"],
        ["in/**", "in"],
        ["in", str(here / "in"), "in/../in"],
    ):
        assert names(*given) == ["a.png", "b.png"], given


def test_a_folder_and_one_inside_it_name_each_file_once(here):
    make("in/a.png", "in/deep/b.png")
    assert paths("in", "in/deep") == ["in/a.png", "in/deep/b.png"]
    assert sorted(paths("in/deep", "in")) == ["in/a.png", "in/deep/b.png"]


def test_two_files_with_the_same_output_are_refused(here):
    make("one/a.png", "two/a.png", "x/same/a.png", "y/same/a.png")
    for given in (["one/a.png", "two/a.png"], ["x/same", "y/same"], ["one/*.png", "two/*.png"]):
        with pytest.raises(ConfigError, match=r"a\.png and .*a\.png would both be written to '.*a\.png'"):
            find_inputs(given)
    assert names(".") == ["one/a.png", "two/a.png", "x/same/a.png", "y/same/a.png"]


def test_inputs_are_sorted_by_name(here):
    make("b.png", "a.png", "in/c.png", "in/0.png")
    expected = ["0.png", "a.png", "b.png", "c.png"]
    assert names("b.png", "in", "a.png") == names("a.png", "b.png", "in") == expected


# ── links ──


def test_a_link_to_a_file_is_a_file_of_its_own(here):
    make("in/a.png")
    (here / "in/link.png").symlink_to("a.png")
    assert names("in") == ["a.png", "link.png"]
    assert names("in/*.png") == ["a.png", "link.png"]
    assert names("in/link.png") == ["link.png"]


def test_folders_behind_links_are_left_out_unless_named(here):
    make("in/a.png", "elsewhere/b.png")
    (here / "in/link").symlink_to(here / "elsewhere")
    assert names("in") == ["a.png"]
    assert names("in/**/*.png") == ["a.png"]
    assert names("in/link") == ["b.png"]
    assert names("in/link/*.png") == ["b.png"]
    assert names("in/*/*.png") == ["link/b.png"]


def test_links_to_a_parent_folder_do_not_loop(here):
    make("in/deep/a.png")
    for number in range(4):
        (here / f"in/deep/loop-{number}").symlink_to("..")
    assert names("in") == ["deep/a.png"]
    assert names("in/**/*.png") == ["deep/a.png"]


def test_broken_links_do_not_stop_the_search(here):
    make("in/a.png")
    (here / "in/broken.png").symlink_to("nothing.png")
    (here / "in/lock").symlink_to("host:123")
    assert names("in") == names("in/*.png") == ["a.png", "broken.png"]
    (here / "in/circle.png").symlink_to("circle.png")
    found = find_inputs(["in"])
    assert [(each.name, each.size > 0) for each in found.inputs] == [
        ("a.png", True), ("broken.png", False), ("circle.png", False),
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_pipes_and_sockets_are_left_out(here):
    make("in/a.png")
    os.mkfifo(here / "in/pipe.png")
    assert names("in") == names("in/*") == ["a.png"]


def test_names_from_a_list_keep_their_folders(here):
    make("in/2023/a.png", "in/2024/a.png")
    listed = read_list(io.BytesIO(b"in/2023/a.png\n./in/../in/2024/a.png\n"))
    assert names(*listed) == ["in/2023/a.png", "in/in/2024/a.png"]
    assert names(NamedInput(str(here / "in/2023/a.png"))) == [f"{here.as_posix()[1:]}/in/2023/a.png"]
    assert names(NamedInput(str(here / "in/2023/a.png"), output_name="old/a.png")) == ["old/a.png"]


def test_a_list_with_nuls_needs_the_option():
    with pytest.raises(ConfigError, match="--null"):
        read_list(io.BytesIO(b"a.png\0b.png\0"))


# ── the folder of the results ──


def test_the_folder_of_the_results_is_not_searched(here):
    make("in/a.png", "in/out/b.png", "in/out/deep/c.png", "in/outer/d.png")
    for out in (Path("in/out"), here / "in/out", here / "in/../in/out"):
        for given in ("in", "in/**", "in/**/*.png"):
            assert names(given, leave_out=out) == ["a.png", "outer/d.png"]
        assert names("in/out*/*.png", leave_out=out) == ["outer/d.png"]


def test_the_folder_of_the_results_behind_a_link_is_not_searched(here):
    make("in/a.png", "in/out/b.png")
    (here / "results").symlink_to(here / "in/out")
    assert names("in", leave_out=Path("results")) == ["a.png"]


def test_files_named_inside_the_result_folder_are_read(here):
    """Results may go to a folder above the inputs."""
    make("scans/a.png", "scans/deep/b.png")
    for given in ("scans", "scans/**", "scans/**/*.png"):
        assert names(given, leave_out=here) == ["a.png", "deep/b.png"]
    assert names("scans/a.png", leave_out=here) == ["a.png"]


# ── names that are hard to bear ──


@pytest.mark.parametrize(
    "name",
    [b"with space.png", b" .png", b"new\nline.png", b"caf\xc3\xa9.png", b"caf\xe9.png", b"\xff\xfe.png", b"-o.png",
     b"tab\t.png", b"back\\slash.png", b"a.png.txt.png", "日本.png".encode()],
    ids=repr,
)  # fmt: skip
def test_any_valid_file_name_is_allowed(here, name):
    make(os.fsdecode(b"in/" + name))
    text = os.fsdecode(name)
    assert names("in") == names("in/*") == names(f"in/{text}") == [text]
    (found,) = find_inputs(["in"]).inputs
    assert found.path.read_bytes() == PICTURE
    assert names(*read_list(io.BytesIO(b"in/" + name + b"\0"), null_separated=True)) == [f"in/{text}"]


def test_long_names_are_shortened_and_stay_unique(here):
    long = "ü" * 120
    make(f"in/{long}1.png", f"in/{long}2.png", f"in/{long[:30]}.png", f"in/{long}/a.png")
    found = names("in")
    assert len({*found}) == 4
    assert f"{long[:30]}.png" in found
    for name in found:
        assert all(len(os.fsencode(part)) <= 230 for part in name.split("/"))
    assert sorted(name.endswith(".png") for name in found) == [True] * 4
    assert names("in") == found, "they are the same the next time"


def test_outputs_stay_below_their_folder(here):
    make("a.png", "../b.png")
    assert names("../b.png", "./a.png") == ["a.png", "b.png"]
    assert names("../*.png") == ["b.png"]


# ── what is not there ──


def test_a_missing_file_is_included_and_fails_when_it_is_read(here):
    make("a.png")
    longer, impossible = f"{'x' * 300}.png", "nul\0byte.png"
    found = find_inputs(["a.png", "missing.png", "no/folder/b.png", "a.png/below.png", longer, impossible])
    assert len(found.inputs) == 6
    bad = [each for each in found.inputs if each.name != "a.png"]
    assert {each.size for each in bad} == {0}
    with ocrkit.Ocr(ScriptedBackend(["x"]), settings=ocrkit.Settings()) as ocr:
        for each in bad:
            with pytest.raises(SourceError):
                ocr.recognize(each.path)


def test_an_empty_name_is_not_the_current_folder(here):
    make("a.png", "b.png")
    assert names("", "a.png") == ["a.png", "input"]


@pytest.mark.parametrize("given", [[], ["in"], ["in/*.pdf"], ["in", "nowhere/**"]])
def test_nothing_to_read_is_an_error_with_the_arguments(here, given):
    (here / "in").mkdir()
    with pytest.raises(ConfigError, match="there is nothing to read in") as caught:
        find_inputs(given)
    assert all(name in str(caught.value) for name in given)


def test_the_error_for_nothing_to_read_counts_unsupported_files(here):
    make("in/a.txt", "in/b.doc", data=b"only text")
    with pytest.raises(ConfigError, match="nothing to read in in \\(2 files of unsupported types\\)"):
        find_inputs(["in"])


@pytest.mark.parametrize("given", ["in", Path("in")])
def test_a_single_path_instead_of_a_list_is_an_error(given):
    with pytest.raises(ConfigError, match="inputs must be a list of paths"):
        find_inputs(given)


# ── lists ──


@pytest.mark.parametrize(
    ("data", "null_separated", "listed"),
    [
        (b"a.png\nb c.png\n", False, ["a.png", "b c.png"]),
        (b"a.png\r\nb.png", False, ["a.png", "b.png"]),
        (b"\n  \na.png\n\n", False, ["a.png"]),
        (b" a.png \n", False, [" a.png "]),
        (b"caf\xe9.png\n", False, ["caf\udce9.png"]),
        ("é\u2028\x85.png\n".encode(), False, ["é\u2028\x85.png"]),
        (b"a\nb.png\0c.png\0", True, ["a\nb.png", "c.png"]),
        (b"a.png\0b.png", True, ["a.png", "b.png"]),
        (b"\xff.png\0", True, ["\udcff.png"]),
        (b"", False, []),
        (b"", True, []),
    ],
)
def test_lists(data, null_separated, listed):
    assert read_list(io.BytesIO(data), null_separated=null_separated) == [NamedInput(name) for name in listed]


def test_a_path_object_is_not_a_pattern(here):
    """A file of a list that is not there any more is missed, and not looked for elsewhere."""
    make("in/a1.png", "in/b.png")
    assert names(Path("in/a[1].png"), "in/b.png") == ["a[1].png", "b.png"]
    assert names("in/a[1].png", "in/b.png") == ["a1.png", "b.png"]


def test_names_that_differ_by_case_are_refused_for_a_disk_that_ignores_case(here):
    inputs = [Input(Path(name), name, 1) for name in ("a.png", "B.png", "b.png")]
    with pytest.raises(ConfigError, match=r"B\.png and b\.png would be written to one file"):
        check_case(inputs)
    check_case(inputs[:2])

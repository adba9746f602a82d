from __future__ import annotations

import contextlib
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import Field, SecretStr

from ocrkit import cpu, formats, plugins, registry
from ocrkit.backends.base import BackendFactory, BackendOptions, OcrBackend, Requirement
from ocrkit.errors import CapabilityError, ConfigError, MissingDependencyError, missing_extra
from ocrkit.page import Page
from ocrkit.preprocess.base import StepOptions
from ocrkit.request import Capabilities, Request
from ocrkit.result import PageResult, Trace

HERE = __name__
LETTER = Path(__file__).parents[2] / "examples" / "letter.png"
SECRET = "s3cr3t-value"


class Options(BackendOptions):
    device: str = "cpu"
    size: int = Field(3, le=9)
    threads: int | None = None
    api_key: SecretStr | None = None


class Plain:
    """A backend without options."""

    name = "plain"
    capabilities = Capabilities(languages=frozenset({"en"}))

    def recognize(self, page: Page, request: Request) -> PageResult:
        return PageResult(width=page.width, height=page.height, trace=Trace(backend=self.name))

    def close(self) -> None: ...


class Configured(Plain):
    name = "configured"
    Options = Options

    def __init__(self, options: Options) -> None:
        self.options = options


class Demanding(Plain):
    class Options(BackendOptions):
        api_key: SecretStr

    name = "demanding"

    def __init__(self, options: Options) -> None: ...


class Greedy(Plain):
    def __init__(self, one: int, two: int) -> None: ...


class Deaf:
    name = "deaf"

    def recognize(self) -> None: ...


class Vague(Plain):
    capabilities = "everything"  # type: ignore[assignment]


class Rotten:
    """A step that lacks `__call__`."""


class Dim(StepOptions):
    by: int = Field(2, ge=1)

    def __call__(self, page: Page) -> Page:
        return page.derive(page.pixels // self.by)


def brighten(page: Page, *, by: int = 1) -> Page:
    return page.derive(np.minimum(page.pixels.astype(int) + by, 255).astype(np.uint8))


NOT_A_CLASS = 3


def page() -> Page:
    return Page(np.full((4, 4), 100, np.uint8))


def wrong(spec: object, options: dict[str, object] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        registry.create_backend(spec, options)  # type: ignore[arg-type]
    return str(caught.value)


def distribution(folder: Path, name: str, entry_points: str, module: str | None = None) -> None:
    """Draw an installed distribution, as pip leaves it behind."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    if module is not None:
        (folder / f"{name}.py").write_text(module)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


# ── names ──


def test_built_in_names_are_file_names_and_listing_imports_nothing() -> None:
    code = (
        "import sys; from ocrkit import formats, registry; names = registry.backend_names(); "
        "registry.step_names(); formats.format_names(); "
        "heavy = ('ocrkit.backends.', 'cv2', 'rapidocr', 'openvino'); "
        "print(names); print([name for name in sys.modules if name.startswith(heavy)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, heavy = run.stdout.splitlines()
    assert "'ppocr'" in names
    assert "'tesseract'" in names
    assert "base" not in names
    assert heavy == "['ocrkit.backends.base']"


def test_modules_that_are_not_steps_are_not_listed() -> None:
    names = registry.step_names()
    assert {"grayscale", "denoise", "binarize"} <= set(names)
    assert not {"base", "profiles", "auto", "measure"} & set(names)


@pytest.mark.parametrize(
    "group", [registry.BACKENDS, registry.PREPROCESS, registry.POSTPROCESS, formats.FORMATS], ids=lambda group: group.package
)  # fmt: skip
def test_every_built_in_name_can_be_loaded(group: plugins.PluginGroup) -> None:
    for plugin in plugins.plugins(group):
        with contextlib.suppress(MissingDependencyError):
            assert callable(plugin.load())


def test_a_package_that_is_installed_while_the_program_runs_is_found(site: Path) -> None:
    assert "late" not in registry.backend_names()
    distribution(site, "plug_late", f"[ocrkit.backends]\nlate = {HERE}:Plain\n")
    assert isinstance(registry.create_backend("late"), Plain)
    assert "late" in registry.backend_names()


# ── the three ways in ──


def test_an_instance_is_returned_unchanged() -> None:
    backend = Plain()
    assert registry.create_backend(backend) is backend


def test_a_class() -> None:
    backend = registry.create_backend(Configured, {"device": "npu"})  # type: ignore[type-abstract]
    assert isinstance(backend, Configured)
    assert backend.options.device == "npu"
    assert registry.options_for(Configured, {"configured": {"b": 2}}) == {"b": 2}
    assert isinstance(registry.create_backend(Plain), Plain)


def test_a_dotted_path() -> None:
    assert isinstance(registry.create_backend(f"{HERE}:Plain"), Plain)


def test_a_backend_of_an_installed_package_is_found(site: Path) -> None:
    distribution(site, "plug_a", f"[ocrkit.backends]\nplugged = {HERE}:Configured\n")
    assert "plugged" in registry.backend_names()
    backend = registry.create_backend("plugged", {"device": "npu"})
    assert isinstance(backend, Configured)
    assert backend.options.device == "npu"


def test_threads_are_passed_to_a_backend_with_this_option() -> None:
    def threads(options: dict[str, object], given: int | None) -> int | None:
        backend = registry.create_backend(f"{HERE}:Configured", options, threads=given)
        assert isinstance(backend, Configured)
        return backend.options.threads

    assert threads({}, 3) == 3
    assert threads({"threads": 5}, 3) == 5
    assert threads({}, None) == cpu.available()


# ── what is wrong ──


def test_an_unknown_name_shows_the_nearest_name_and_all_choices() -> None:
    message = wrong("tesserakt")
    assert "unknown backend 'tesserakt'. Did you mean 'tesseract'? The choices are: " in message
    assert "ppocr" in message
    assert "'pkg.mod:Class'" in wrong("pkg.mod.Class")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("nowhere.at_all:Thing", "there is no module 'nowhere'"),
        (f"{HERE}:Plane", "unknown name 'Plane'. Did you mean 'Plain'?"),
        (f"{HERE}:NOT_A_CLASS", "is not a class but a int"),
        (f"{HERE}:Deaf", "Deaf lacks close"),
        (f"{HERE}:Greedy", "cannot be created with no argument: missing a required argument: 'one'"),
        (f"{HERE}:Vague", "'capabilities' must be a Capabilities value"),
        (":Thing", "a dotted path has the form 'package.module:Name'"),
        ("module:", "a dotted path has the form 'package.module:Name'"),
    ],
)
def test_an_invalid_dotted_path_says_why(spec: str, reason: str) -> None:
    assert reason in wrong(spec)


def test_a_module_that_cannot_be_imported_says_why(site: Path) -> None:
    (site / "broken_a.py").write_text("import not_there_at_all\n")
    (site / "broken_b.py").write_text("1 / 0\n")
    assert "importing 'broken_a' failed: No module named 'not_there_at_all'" in wrong("broken_a:X")
    assert "importing 'broken_b' failed: ZeroDivisionError" in wrong("broken_b:X")


def test_a_missing_dependency_error_is_not_wrapped(site: Path) -> None:
    (site / "lacking.py").write_text(
        "from ocrkit.errors import missing_extra\nraise missing_extra('torch', 'gpu', 'the lacking backend')\n"
    )
    with pytest.raises(MissingDependencyError) as caught:
        registry.create_backend("lacking:X")
    assert caught.value.install == missing_extra("torch", "gpu", "").install


def test_objects_that_are_not_backends_are_refused() -> None:
    assert "it lacks capabilities, recognize, close" in wrong(Deaf.__new__(type("D", (), {"name": "d"})))
    assert "'Deaf' is not an OcrBackend: Deaf lacks close" in wrong(Deaf)


def test_options_are_checked_and_never_shown() -> None:
    spec = f"{HERE}:Configured"
    message = wrong(spec, {"devcie": SECRET})
    assert message == (
        "[backends.configured]: unknown key 'devcie'. Did you mean 'device'? "
        "The choices are: api_key, device, size, threads"
    )
    message = wrong(spec, {"size": 12, "api_key": [SECRET]})
    assert "[backends.configured]: size must be less than or equal to 9" in message
    assert SECRET not in message
    assert "[backends.plain]: the backend" in wrong(f"{HERE}:Plain", {"a": 1})


def test_a_missing_credential_says_where_to_put_it() -> None:
    message = wrong(f"{HERE}:Demanding")
    assert message == (
        "[backends.demanding]: api_key is missing (set it there or as OCRKIT_BACKENDS__DEMANDING__API_KEY)"
    )


def test_a_name_defined_twice_names_both_origins(site: Path) -> None:
    distribution(site, "plug_b", f"[ocrkit.backends]\ntwice = {HERE}:Plain\nppocr = {HERE}:Plain\n")
    distribution(site, "plug_c", f"[ocrkit.backends]\ntwice = {HERE}:Configured\n")
    assert "2 plug-ins define the backend 'twice': plug_b 1.0 and plug_c 1.0" in wrong("twice")
    assert "2 plug-ins define the backend 'ppocr': built-in and plug_b 1.0" in wrong("ppocr")
    statuses = {status.name: status for status in registry.backend_statuses()}
    assert statuses["twice"].origin == "plug_b 1.0, plug_c 1.0"
    assert statuses["twice"].error is not None


def test_a_broken_plug_in_is_named_and_does_not_affect_others(site: Path) -> None:
    distribution(site, "plug_d", "[ocrkit.backends]\nbad = plug_d:Nothing\n", "x = 1\n")
    assert "the backend 'bad' of plug_d 1.0 cannot be loaded" in wrong("bad")
    statuses = {status.name: status for status in registry.backend_statuses()}
    assert not statuses["bad"].installed
    assert statuses["bad"].error is not None
    assert statuses["tesseract"].error is None


# ── options by table ──


def test_the_table_that_belongs_to_a_backend() -> None:
    tables = {"ppocr": {"a": 1}, "configured": {"b": 2}}
    assert registry.options_for("ppocr", tables) == {"a": 1}
    assert registry.options_for("tesseract", tables) == {}
    assert registry.options_for(f"{HERE}:Configured", tables) == {"b": 2}
    assert registry.options_for(f"{HERE}:Configured", {f"{HERE}:Configured": {"c": 3}}) == {"c": 3}
    assert registry.options_for(Plain(), tables) == {}


def test_a_table_with_a_misspelled_backend_name_is_an_error() -> None:
    registry.check_tables(["ppocr", "tesseract"], "ppocr")
    registry.check_tables(["configured"], f"{HERE}:Configured")
    with pytest.raises(
        ConfigError, match=r"\[backends.ppocrr\]: unknown backend 'ppocrr'. Did you mean 'ppocr'"
    ):
        registry.check_tables(["ppocrr"], "ppocr")


# ── requests ──


def test_an_unsupported_request_names_backends_that_support_it(site: Path) -> None:
    distribution(site, "plug_e", "[ocrkit.backends]\nklingonist = plug_e:K\n", KLINGONIST)
    registry.check_request(Plain(), Request(languages=("en",)))
    with pytest.raises(CapabilityError) as caught:
        registry.check_request(Plain(), Request(languages=("en", "tlh")))
    message = str(caught.value)
    assert "does not support language 'tlh': choose another backend (klingonist" in message
    assert message.endswith("It supports languages en")
    with pytest.raises(CapabilityError, match="no other backend supports it"):
        registry.check_request(Plain(), Request(languages=("tlh",), mode="handwritten", scene="id_card"))


KLINGONIST = f"""
from {HERE} import Plain
from ocrkit.request import Capabilities
class K(Plain):
    name = "klingonist"
    capabilities = Capabilities(languages=frozenset({{"en", "tlh"}}))
"""


# ── statuses ──


def test_a_status_says_what_is_missing_and_how_to_get_it() -> None:
    status = registry.backend_status(f"{HERE}:Needy")
    assert [item.name for item in status.missing] == ["not_there_at_all", "json.nope", "no-such-program"]
    assert status.missing[0].install == "pip install not-there"
    assert not status.installed
    assert registry.backend_status(f"{HERE}:Content").installed


class Needy(Plain):
    requires = (
        Requirement(kind="module", name="not_there_at_all", install="pip install not-there"),
        Requirement(kind="module", name="json.nope", install="pip install nope"),
        Requirement(kind="module", name="json.decoder", install="-"),
        Requirement(kind="program", name="no-such-program", install="apt install no-such-program"),
        Requirement(kind="program", name="sh", install="-"),
    )


class Content(Plain):
    requires = (Requirement(kind="program", name="no-such-program", install="apt install x", optional=True),)


# ── steps and chains ──


def test_steps_from_names_parameters_and_functions() -> None:
    chain = registry.create_chain(["grayscale", {"denoise": {"method": "median", "size": 3}}, brighten])
    assert [(item.name, item.parameters) for item in chain] == [
        ("grayscale", {}),
        ("denoise", {"method": "median", "size": 3, "strength": 10.0}),
        ("brighten", {}),
    ]
    assert chain[2].step is brighten
    assert [item.name for item in registry.create_chain("grayscale, denoise")] == ["grayscale", "denoise"]
    assert registry.create_chain(()) == []
    assert registry.create_chain(Dim(by=4))[0][:2] == ("dim", {"by": 4})


def test_steps_of_installed_packages_are_functions_or_classes(site: Path) -> None:
    distribution(site, "plug_f", f"[ocrkit.preprocess]\ndim = {HERE}:Dim\nbrighten = {HERE}:brighten\n")
    dim, brighter, plain = registry.create_chain([{"dim": {"by": 5}}, {"brighten": {"by": 7}}, "brighten"])
    assert dim.step(page()).pixels.max() == 20
    assert brighter.step(page()).pixels.max() == 107
    assert plain.step(page()).pixels.max() == 101
    assert "dim" in registry.step_names()


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (["denoize"], "unknown preprocessing step 'denoize'. Did you mean 'denoise'?"),
        ([{"denoise": {"sice": 3}}], "unknown key 'sice'. Did you mean 'size'?"),
        ([{"denoise": {"method": "magic"}}], "method must be 'gaussian', 'median', "),
        ([{"denoise": 3}], "must be a table"),
        ([{"denoise": {}, "grayscale": {}}], "a table with one name"),
        ([3], "a preprocessing step must be a name"),
        ([Dim], "a preprocessing step must be a name"),
        ([{f"{HERE}:brighten": {"byy": 3}}], "unknown parameter 'byy'. Did you mean 'by'?"),
        ([f"{HERE}:Rotten"], "has no __call__"),
        ([f"{HERE}:NOT_A_CLASS"], "is not callable"),
    ],
)
def test_invalid_chains_are_errors(spec: list[object], reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        registry.create_chain(spec)  # type: ignore[arg-type]
    assert reason in str(caught.value)


def test_built_in_backends_satisfy_the_protocol() -> None:
    assert isinstance(Plain(), OcrBackend)


_KEY = "t0p-secret"  # not in the test itself, where a traceback would show its line


class Moody:
    """A backend whose constructor fails with a secret in its message."""

    name = "moody"
    capabilities = Capabilities()

    class Options(BackendOptions):
        key: SecretStr

    def __init__(self, options: Options) -> None:
        raise ValueError(f"bad key {options.key.get_secret_value()}")

    def recognize(self, page: Page, request: Request) -> PageResult:
        raise NotImplementedError

    def close(self) -> None: ...


def test_a_constructor_that_fails_is_one_clear_error_without_its_secrets() -> None:
    with pytest.raises(ConfigError, match="'Moody' cannot be created: ValueError") as caught:
        registry.create_backend(Moody, {"key": _KEY})
    assert _KEY not in "".join(traceback.format_exception(caught.value))


def test_a_table_for_an_unknown_backend_is_allowed_unless_misspelled() -> None:
    registry.check_tables(["house_engine", "myocr"], "ppocr")
    for slip in ("teseract", "TESSERACT"):
        with pytest.raises(ConfigError, match="Did you mean 'tesseract'"):
            registry.check_tables([slip], "ppocr")


def test_profiles_are_among_the_choices_for_a_misspelled_step() -> None:
    with pytest.raises(ConfigError, match="auto"):
        registry.create_chain("atuo")


# ── backends that read with other backends ──


class Twice(Plain):
    """Reads with another backend."""

    name = "twice"

    class Options(BackendOptions):
        reader: str

    def __init__(self, options: Options, create: BackendFactory) -> None:
        self.reader = create(options.reader)


def test_a_backend_creates_others_with_their_options_of_the_settings() -> None:
    create = registry.backend_factory({"configured": {"device": "npu"}}, allow_remote=None)
    backend = registry.create_backend(f"{HERE}:Twice", {"reader": f"{HERE}:Configured"}, create=create)
    assert isinstance(backend, Twice)
    assert isinstance(backend.reader, registry.Reader)
    assert backend.reader.name == "configured"
    assert isinstance(backend.reader.backend, Configured)
    assert backend.reader.backend.options.device == "npu"


def test_a_backend_that_would_read_with_itself_is_an_error() -> None:
    create = registry.backend_factory({"twice": {"reader": f"{HERE}:Twice"}}, allow_remote=None)
    with pytest.raises(ConfigError, match="'twice' refers to itself: twice → twice"):
        registry.create_backend(f"{HERE}:Twice", {"reader": f"{HERE}:Twice"}, create=create)


def test_the_rule_for_remote_backends_holds_inside_another() -> None:
    create = registry.backend_factory({}, allow_remote=False)
    with pytest.raises(ConfigError, match="allow_remote = false forbids it"):
        registry.create_backend(f"{HERE}:Twice", {"reader": "tencent"}, create=create)


@pytest.mark.long
def test_a_reader_gives_lines_in_order_and_probabilities() -> None:
    create = registry.backend_factory({}, allow_remote=None)
    with Image.open(LETTER) as image:
        page = Page(np.asarray(image.convert("L")))
    reader = create("ppocr")
    result = reader.recognize(page, Request())
    reader.close()
    tops = [line.box.top for line in result.lines[:5] if line.box]
    assert tops == sorted(tops)
    assert all(word.probability is not None for word in result.words)
    assert reader.capabilities.sharing == "shared"

"""The environment of a process with the Aspose engine, prepared from folders that the tests make."""

import sys

import pytest

from ocrkit.aspose_engine.process import explain_crash, packaged_openssl, process_variables
from ocrkit.errors import MissingDependencyError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are libraries looked for")


@pytest.fixture
def packages(tmp_path):
    """A folder with an installed wheel that brings OpenSSL."""
    libs = tmp_path / "site-packages" / "vision.libs"
    libs.mkdir(parents=True)
    (libs / "libssl-1a2b.so.1.1.1k").write_text("ssl")
    (libs / "libcrypto-3c4d.so.1.1.1k").write_text("crypto")
    return libs.parent


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "process"
    made.mkdir()
    return made


def test_openssl_of_a_wheel_gets_the_names_that_the_engine_asks_for(packages, folder):
    variables = process_variables(folder, path=["", str(packages)], system=(), environ={})
    links, libs = variables["LD_LIBRARY_PATH"].split(":")
    assert links == str(folder / "libraries")
    assert libs == str(packages / "vision.libs")
    assert (folder / "libraries" / "libssl.so.1.1").read_text() == "ssl"
    assert (folder / "libraries" / "libcrypto.so.1.1").read_text() == "crypto"
    assert variables["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] == "1"
    assert variables["XDG_DATA_HOME"] == str(folder)


def test_the_process_has_no_network_unless_it_is_allowed(folder, tmp_path):
    assert process_variables(folder, path=(), system=(), environ={})["HTTPS_PROXY"] == "http://127.0.0.1:9"
    allowed = process_variables(tmp_path, allow_network=True, path=(), system=(), environ={})
    assert "HTTPS_PROXY" not in allowed


def test_openssl_of_the_system_is_preferred(packages, folder, tmp_path):
    (tmp_path / "libssl.so.1.1").touch()
    variables = process_variables(folder, path=[str(packages)], system=[tmp_path], environ={})
    assert variables["LD_LIBRARY_PATH"] == str(folder / "libraries")
    assert not list((folder / "libraries").iterdir())


def test_the_library_path_of_the_user_stays_and_is_searched(packages, folder, tmp_path):
    (tmp_path / "libssl.so.1.1").touch()
    environ = {"LD_LIBRARY_PATH": str(tmp_path)}
    variables = process_variables(folder, path=[str(packages)], system=(), environ=environ)
    assert variables["LD_LIBRARY_PATH"] == f"{folder / 'libraries'}:{tmp_path}"


def test_libdl_gets_the_name_that_the_language_models_ask_for(folder, tmp_path):
    (tmp_path / "libdl.so.2").write_text("dl")
    process_variables(folder, path=(), system=[tmp_path], environ={})
    assert (folder / "libraries" / "libdl.so").read_text() == "dl"


def test_half_of_openssl_is_not_enough(packages):
    (packages / "vision.libs" / "libcrypto-3c4d.so.1.1.1k").unlink()
    assert packaged_openssl([str(packages), "/nowhere"]) is None


def test_the_opencv_that_ocrkit_needs_brings_openssl():
    """If this fails, the engine needs OpenSSL 1.1 from elsewhere: change the advice of `explain_crash`."""
    found = packaged_openssl(sys.path)
    assert found is not None
    assert "opencv" in str(found.folder)


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        (
            "made\nNo usable version of libssl was found",
            "OpenSSL 1.1, which .*pip install .*opencv-python-headless",
        ),
        (
            "Process terminated. Couldn't find a valid ICU package\n  at System.Environment",
            "apt install libicu",
        ),
    ],
)
def test_known_crashes_name_what_to_install(printed, advice):
    error = explain_crash(printed, "aspose_local")
    assert isinstance(error, MissingDependencyError)
    assert error.install in error.message
    with pytest.raises(MissingDependencyError, match=advice):
        raise error


def test_other_crashes_are_not_explained():
    assert explain_crash("ended by SIGSEGV", "aspose_local") is None

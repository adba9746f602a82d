"""The license of the Aspose engine: given by options or the environment, and refused with a reason."""

from types import SimpleNamespace

import pytest

from ocrkit.aspose_engine import LicenseOptions
from ocrkit.aspose_engine.license import activate
from ocrkit.errors import AuthenticationError, ConfigError
from ocrkit.registry import create_backend

LICENSE = "<?xml version='1.0'?><License><Data/></License>"


class Licensing:
    """The license classes of the engine, which cannot accept a license without one: it answers as it is told."""

    def __init__(self, *, accepts=True, refusal=None):
        self.accepts, self.refusal, self.received = accepts, refusal, []

    def engine(self):
        return SimpleNamespace(License=lambda: self, Metered=lambda: self)

    @property
    def is_licensed(self):
        return self.accepts and bool(self.received)

    def set_license(self, stream):
        self._receive(stream.read().decode())

    def set_metered_key(self, public, private):
        self._receive((public, private))

    def _receive(self, value):
        if self.refusal:
            raise RuntimeError(f"Proxy error(InvalidOperationException): {self.refusal}")
        self.received.append(value)


def test_without_a_license_the_engine_is_not_licensed():
    assert activate(Licensing().engine(), LicenseOptions()) is False


@pytest.mark.parametrize("kind", ["content", "path in license", "license_path"])
def test_a_license_is_a_file_or_its_content(kind, tmp_path):
    file = tmp_path / "Aspose.OCR.lic"
    file.write_text(LICENSE)
    options = {
        "content": LicenseOptions(license=LICENSE),
        "path in license": LicenseOptions(license=str(file)),
        "license_path": LicenseOptions(license_path=file),
    }[kind]
    licensing = Licensing()
    assert activate(licensing.engine(), options) is True
    assert licensing.received == [LICENSE]


def test_metered_keys_are_passed_on():
    licensing = Licensing()
    assert activate(licensing.engine(), LicenseOptions(public_key="open", private_key="hidden")) is True
    assert licensing.received == [("open", "hidden")]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ("Failed to set license. Details: The license has expired.", "expired; renew it"),
        ("Failed to set license. Details: The subscription allows free upgrades until 2020.", "renew it"),
        ("Failed to set license. Details: Invalid license signature.Please make sure.", "unchanged"),
        ("Authentication failed.", "check public_key and private_key"),
    ],
)
def test_a_refused_license_says_why_and_what_to_do(refusal, said):
    options = LicenseOptions(license=LICENSE)
    with pytest.raises(AuthenticationError, match=said) as caught:
        activate(Licensing(refusal=refusal).engine(), options)
    assert LICENSE not in str(caught.value)


def test_a_license_of_another_product_is_refused():
    with pytest.raises(AuthenticationError, match="does not accept the license for this product"):
        activate(Licensing(accepts=False).engine(), LicenseOptions(license=LICENSE))


def test_a_missing_file_names_the_options_and_not_its_path(tmp_path):
    with pytest.raises(AuthenticationError, match=r"cannot be read: No such file.*license_path") as caught:
        activate(Licensing().engine(), LicenseOptions(license="/secret/Aspose.lic"))
    assert "/secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_license_is_refused(value):
    with pytest.raises(AuthenticationError, match="option license is empty"):
        activate(Licensing().engine(), LicenseOptions(license=value))


def test_half_a_metered_license_is_refused():
    with pytest.raises(ConfigError, match="both public_key and private_key"):
        create_backend("aspose_local", {"public_key": "open"})


def test_the_environment_gives_a_license(monkeypatch):
    monkeypatch.setenv("ASPOSE_OCR_LICENSE", LICENSE)
    assert create_backend("aspose_local").options.license.get_secret_value() == LICENSE
    monkeypatch.delenv("ASPOSE_OCR_LICENSE")
    monkeypatch.setenv("ASPOSE_OCR_LICENSE_PATH", "/licenses/Aspose.lic")
    assert str(create_backend("aspose_local").options.license_path) == "/licenses/Aspose.lic"


def test_options_win_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ASPOSE_OCR_LICENSE", LICENSE)
    options = create_backend("aspose_local", {"license_path": str(tmp_path)}).options
    assert (options.license, options.license_path) == (None, tmp_path)


def test_a_license_is_never_shown():
    assert LICENSE not in repr(LicenseOptions(license=LICENSE))

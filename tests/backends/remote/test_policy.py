"""Whether pages may be sent, where credentials come from, and what `ocrkit doctor` reports."""

from __future__ import annotations

import json
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from tiny import KEY, SECRET, TOKEN
from tiny_backend import TinyBackend
from typer.testing import CliRunner

import ocrkit
from ocrkit import errors, registry
from ocrkit.cli import app
from ocrkit.config.approvals import approve
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.testing import Answer, until

TINY = "tiny_backend:TinyBackend"


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("TINY_KEY", "TINY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    Image.new("L", (200, 50), 255).save("page.png")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def configured(server, **more):
    return {
        "backends": {"tiny": {"endpoint": server.url, "key": KEY, "secret": SECRET, "proxy": "none"}},
        **more,
    }


def test_a_named_remote_backend_reads(server):
    assert ocrkit.recognize("page.png", backend=TINY, settings=configured(server)).text == "hello"


@pytest.mark.parametrize("named", [TINY, TinyBackend], ids=["dotted path", "class"])
def test_nothing_is_sent_if_remote_backends_are_forbidden(server, named):
    """Not even the credentials are read: they are invalid here, and there is no error about them."""
    with pytest.raises(errors.ConfigError, match=r"'tiny' sends pages to a remote service.*ppocr") as caught:
        ocrkit.Ocr(named, allow_remote=False, settings={"backends": {"tiny": {"key": 1}}})
    assert "null" not in str(caught.value)
    assert server.requests == ()


def test_an_instance_is_refused_too(server, options):
    with pytest.raises(errors.ConfigError, match="allow_remote"):
        ocrkit.recognize("page.png", backend=TinyBackend(options()), allow_remote=False)
    assert server.requests == ()


def test_an_instance_whose_class_does_not_say_that_it_is_remote_is_refused(server, options):
    class Sly(TinyBackend):
        capabilities = TinyBackend.capabilities.model_copy(update={"remote": False})

        def __init__(self, options):
            super().__init__(options)
            self.capabilities = TinyBackend.capabilities

    with pytest.raises(errors.ConfigError, match="allow_remote"):
        ocrkit.Ocr(Sly, settings=configured(server, allow_remote=False))


def test_local_backends_are_allowed():
    assert ocrkit.recognize("page.png", backend="null", allow_remote=False).text == ""


@pytest.mark.parametrize(
    ("allow_remote", "named", "refused"),
    [
        (None, True, False),
        (None, False, True),
        (True, False, False),
        (True, True, False),
        (False, True, True),
    ],
)
def test_a_remote_backend_has_to_be_named_or_allowed(allow_remote, named, refused):
    if refused:
        with pytest.raises(errors.ConfigError):
            registry.check_remote(TinyBackend, allow_remote=allow_remote, named=named)
    else:
        registry.check_remote(TinyBackend, allow_remote=allow_remote, named=named)


def test_a_profile_can_forbid_remote_backends(server, desk):
    (desk / "ocrkit.toml").write_text(f"""
backend = "{TINY}"
[backends.tiny]
endpoint = "{server.url}"
key = "{KEY}"
secret = "{SECRET}"
proxy = "none"
[profiles.confidential]
allow_remote = false
""")
    approve(desk / "ocrkit.toml")
    assert run("read", "page.png").output == "hello\n"
    sent = len(server.requests)
    refused = run("read", "page.png", "--profile", "confidential")
    assert (refused.exit_code, refused.exception.__class__) != (0, None)
    assert run("read", "page.png", "--no-remote").exit_code != 0
    assert run("batch", "page.png", "-o", "out", "--no-remote").exit_code != 0
    assert len(server.requests) == sent
    assert run("read", "page.png", "--profile", "confidential", "--remote").output == "hello\n"


def test_credentials_come_from_the_variables_of_the_vendor(server, monkeypatch):
    monkeypatch.setenv("TINY_KEY", KEY)
    monkeypatch.setenv("TINY_SECRET", SECRET)
    settings = {"backends": {"tiny": {"endpoint": server.url, "proxy": "none"}}}
    assert ocrkit.recognize("page.png", backend=TINY, settings=settings).text == "hello"


def test_missing_credentials_are_named_with_their_variables():
    with pytest.raises(errors.ConfigError) as caught:
        ocrkit.Ocr(TINY)
    assert "[backends.tiny]: key is missing" in str(caught.value)
    assert "OCRKIT_BACKENDS__TINY__SECRET or TINY_SECRET or TINY_SECRET_OLD" in str(caught.value)


def test_there_are_as_many_workers_as_concurrent_calls(server):
    settings = configured(server)
    settings["backends"]["tiny"]["max_concurrency"] = 7
    with ocrkit.Ocr(TINY, settings=settings) as ocr:
        assert ocr.reader(many=True).workers == 7
    with ocrkit.Ocr(TINY, settings=settings, workers=3) as ocr:
        assert ocr.reader().workers == 3


def test_options_of_the_connection_do_not_change_the_fingerprint(server, options):
    def fingerprint(**given):
        settings = configured(server)
        settings["backends"]["tiny"] |= given
        with ocrkit.Ocr(TINY, settings=settings) as ocr:
            return ocr.fingerprint

    assert fingerprint() == fingerprint(retries=9, max_concurrency=2, timeout_seconds=3, secret="another")
    assert fingerprint() == fingerprint(prices={"*": 0.01}, currency="EUR")
    assert fingerprint() != fingerprint(region="north")


# ── ocrkit doctor ──


def doctor(desk, server, *arguments, **more):
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    (desk / "ocrkit.toml").write_text(
        f'backend = "{TINY}"\n{lines}[backends.tiny]\nendpoint = "{server.url}"\nproxy = "none"\n'
    )
    approve(desk / "ocrkit.toml")
    result = run("doctor", "--json", TINY, *arguments)
    checks = json.loads(result.stdout)["checks"]
    return [check for check in checks if check["topic"] == TINY], result


def test_doctor_names_the_missing_credentials(server, desk):
    checks, result = doctor(desk, server)
    assert result.exit_code == 1
    assert any("key is missing" in check["text"] for check in checks)
    assert server.requests == ()


def test_doctor_checks_the_credentials_with_the_service(server, desk, monkeypatch):
    monkeypatch.setenv("TINY_KEY", KEY)
    monkeypatch.setenv("TINY_SECRET", SECRET)
    checks, result = doctor(desk, server, "--live")
    texts = [check["text"] for check in checks]
    assert "credentials are set: key (TINY_KEY), secret (TINY_SECRET)" in texts
    assert f"pages are sent to {server.url}" in texts
    assert "the service accepts the credentials" in texts
    assert KEY not in result.stdout
    assert SECRET not in result.stdout
    assert [request.path for request in server.requests] == ["/token"]


def test_doctor_sends_nothing_if_remote_backends_are_forbidden(server, desk, monkeypatch):
    monkeypatch.setenv("TINY_KEY", KEY)
    monkeypatch.setenv("TINY_SECRET", SECRET)
    checks, _ = doctor(desk, server, "--live", allow_remote=False)
    assert "no call made: allow_remote = false" in [check["text"] for check in checks]
    assert server.requests == ()


def test_doctor_reports_refused_credentials(server, desk, monkeypatch):
    monkeypatch.setenv("TINY_KEY", KEY)
    monkeypatch.setenv("TINY_SECRET", "this is not the one")
    server.fail("/token", Answer({"error": "this is not the one"}, 401))
    checks, result = doctor(desk, server, "--live")
    assert checks[-1]["state"] == "problem"
    assert "credentials" in checks[-1]["text"]
    assert "this is not the one" not in result.stdout


def test_stopping_ends_the_waits_of_pages(server):
    server.fail("/ocr", Answer({}, 429, headers={"Retry-After": "60"}))
    with ocrkit.Ocr(TINY, settings=configured(server)) as ocr, ThreadPoolExecutor(1) as threads:
        reader = ocr.reader(many=True)
        page = threads.submit(reader.open("page.png", ocr.settings.source).read, 0)
        assert until(lambda: len(server.requests_to("/ocr")) == 1)
        until(lambda: reader.stop() or page.done())
        with pytest.raises(errors.BackendUnavailableError, match="closed"):
            page.result(timeout=60)


def test_a_token_that_the_service_repeats_as_an_id_is_not_shown(server, options):
    class Repeating(TinyBackend):
        """Raises outside of the call, as a backend that polls a task does."""

        def read(self, session, page, image, call):
            token = session.call(self.token)
            raise errors.BadResponseError(f"task {token} has no state", request_id=token)

    with pytest.raises(errors.BadResponseError) as caught:
        Repeating(options()).recognize(Page(np.full((64, 200), 255, np.uint8)), Request())
    assert TOKEN not in "".join([*traceback.format_exception(caught.value), repr(vars(caught.value))])


def test_a_secret_is_not_shown_as_the_id_of_a_result(server, options):
    server.fail("/ocr", Answer({"lines": [], "id": f"request {SECRET}"}))
    result = TinyBackend(options()).recognize(Page(np.full((64, 200), 255, np.uint8)), Request())
    assert result.trace.request_id == "request ***"

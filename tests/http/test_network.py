"""TLS, proxies, tracing, and what must be installed."""

from __future__ import annotations

import logging
import ssl
import subprocess
import sys

import pytest
from pydantic import ValidationError
from tiny import KEY, SECRET, TinyBackend, TinyServer

from ocrkit import errors
from ocrkit.config.environment import vendor_values
from ocrkit.http import Transport
from ocrkit.request import Request
from ocrkit.testing import draw_page, faults

PAGE = draw_page(["hello"]).page


def read(backend):
    return backend.recognize(PAGE, Request()).text


@pytest.fixture
def authority(require_module):
    require_module("trustme")
    import trustme

    return trustme.CA()


@pytest.fixture
def safe_server(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with TinyServer(tls=context) as made:
        yield made


def test_a_certificate_nobody_knows_is_refused_before_anything_is_sent(safe_server, options):
    with pytest.raises(errors.BackendError, match="ca_bundle") as caught:
        read(TinyBackend(options(endpoint=safe_server.url)))
    assert not caught.value.retryable
    assert safe_server.requests == ()


def test_a_bundle_of_ones_own_is_trusted(safe_server, options, authority, tmp_path):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    assert read(TinyBackend(options(endpoint=safe_server.url, ca_bundle=bundle))) == "hello"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_is_none_is_a_setting_gone_wrong(options, tmp_path, content):
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)
    with pytest.raises(errors.ConfigError, match=r"ca\.pem"):
        read(TinyBackend(options(endpoint="https://127.0.0.1:9", ca_bundle=bundle)))


def test_the_bundle_does_for_other_names_nothing(options, authority, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ocr.example").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with TinyServer(tls=context) as server, pytest.raises(errors.BackendError, match="certificate"):
        read(TinyBackend(options(endpoint=server.url, ca_bundle=bundle)))


def test_a_proxy_is_used_with_its_password(server, options, caplog):
    caplog.set_level(logging.DEBUG)
    proxy = server.url.replace("//", "//user:pass-of-proxy@")
    backend = TinyBackend(options(endpoint="http://ocr.invalid", allow_http=True, proxy=proxy))
    assert read(backend) == "hello"
    assert server.requests[-1].target.startswith("http://ocr.invalid/ocr")
    assert server.requests[-1].headers["proxy-authorization"].startswith("Basic ")
    server.fail("/ocr", faults.unavailable(), times=9)
    with pytest.raises(errors.BackendUnavailableError) as caught:
        read(backend)
    assert "pass-of-proxy" not in caplog.text + repr(caught.value) + repr(backend.options)


def test_the_proxy_of_the_environment_is_used_unless_it_is_told_not_to(server, options, monkeypatch):
    monkeypatch.setenv("http_proxy", server.host)
    monkeypatch.setenv("no_proxy", "")
    far = {"endpoint": "http://ocr.invalid", "allow_http": True, "retries": 0}
    assert read(TinyBackend(options(**far, proxy=None))) == "hello"
    with pytest.raises(errors.BackendUnavailableError):
        read(TinyBackend(options(**far, proxy="none")))


@pytest.mark.parametrize("proxy", ["not an address", "socks9://x", "http://"])
def test_a_proxy_that_is_none_is_a_setting_gone_wrong(options, proxy):
    with pytest.raises(errors.ConfigError, match="proxy"):
        read(TinyBackend(options(proxy=proxy)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"endpoint": "http://ocr.example"}, "allow_http"),
        ({"endpoint": "ocr.example"}, "https://"),
        ({"endpoint": "https://user:pass@ocr.example"}, "credentials"),
        ({"endpoint": "https://ocr.example/?token=1"}, "query"),
        ({"endpoint": "https://[half"}, "not a URL"),
        ({"key": "  "}, "key is empty"),
        ({"timeout_seconds": 0}, "greater than 0"),
        ({"retires": 3}, "retires"),
    ],
)
def test_options_that_are_not_safe_are_refused(options, wrong, says):
    with pytest.raises(ValidationError, match=says):
        options(**wrong)


def test_an_address_elsewhere_is_held_to_the_same_rules(options):
    transport = Transport("tiny", options())
    with pytest.raises(errors.ConfigError, match="allow_http"):
        transport.request("GET", "http://ocr.example/result/1")


def test_http_on_this_machine_and_where_it_was_allowed(options):
    for endpoint in ("http://localhost:1", "http://[::1]:1", "http://127.0.0.1:1"):
        assert options(endpoint=endpoint).endpoint == endpoint
    assert options(endpoint="http://ocr.example", allow_http=True)


def test_vendor_variables_are_read_together_or_not_at_all():
    environ = {"TINY_KEY": "k", "TINY_SECRET_OLD": "old"}
    found = vendor_values(TinyBackend.Options, {}, environ)
    assert found == {"key": ("k", "TINY_KEY"), "secret": ("old", "TINY_SECRET_OLD")}
    assert vendor_values(TinyBackend.Options, {"key": "mine"}, environ) == {}
    assert vendor_values(TinyBackend.Options, {"region": "north"}, {**environ, "TINY_SECRET": "new"})[
        "secret"
    ] == (
        "new",
        "TINY_SECRET",
    )


def test_spans_for_page_and_attempts(server, require_module):
    """In a process of its own: the tracer of a process is set once."""
    require_module("opentelemetry")
    server.fail("/ocr", faults.unavailable())
    code = f"""
import sys; sys.path.insert(0, {str(__file__).rpartition("/")[0]!r})
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tiny import KEY, SECRET, TinyBackend, TinyOptions
from ocrkit.request import Request
from ocrkit.testing import draw_page
spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
backend = TinyBackend(TinyOptions(endpoint={server.url!r}, key=KEY, secret=SECRET, retry_wait_seconds=0))
backend.recognize(draw_page(["hello"]).page, Request())
first, second, page = spans.get_finished_spans()
assert first.name == second.name == "ocrkit.remote.attempt", first.name
assert page.name == "ocrkit.remote.page"
assert first.parent.span_id == second.parent.span_id == page.context.span_id
assert first.attributes["error.type"] == "BackendUnavailableError", first.attributes
assert not first.status.is_ok and first.status.description is None and first.events == ()
assert dict(page.attributes)["ocrkit.page"] == 1 and page.attributes["ocrkit.attempts"] == 2
assert not any(secret in span.to_json() for span in (first, second, page) for secret in (KEY, SECRET))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_the_extra_it_is_said_what_to_install():
    code = f"""
import sys
for name in ("httpcore", "tenacity", "pyrate_limiter", "opentelemetry"):
    sys.modules[name] = None
import importlib.util as util
real = util.find_spec
util.find_spec = lambda name, *more: None if sys.modules.get(name, 0) is None else real(name, *more)
from ocrkit.http import Connection, Transport
try:
    Transport("tiny", Connection(endpoint="https://ocr.example"))
except ImportError as error:
    assert error.install == "pip install 'ocrkit[remote]'", error.install
else:
    raise AssertionError("nothing was missed")
assert {KEY!r} and {SECRET!r}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

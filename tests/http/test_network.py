"""TLS, proxies, tracing, and what must be installed."""

from __future__ import annotations

import logging
import ssl
import subprocess
import sys

import pytest
from pydantic import ValidationError
from tiny import TinyClient, TinyConnection, TinyServer

from ocrkit import errors
from ocrkit.config.environment import vendor_values
from ocrkit.http import Transport
from ocrkit.testing import faults


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


def test_refuses_an_untrusted_certificate_before_anything_is_sent(safe_server, options):
    with pytest.raises(errors.BackendError, match="ca_bundle") as caught:
        TinyClient(options(endpoint=safe_server.url)).read()
    assert not caught.value.retryable
    assert safe_server.requests == ()


def test_trusts_a_configured_bundle(safe_server, options, authority, tmp_path):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    client = TinyClient(options(endpoint=safe_server.url, ca_bundle=bundle))
    assert client.read().texts == ["hello"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_invalid_bundle_is_a_config_error(options, tmp_path, content):
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)
    with pytest.raises(errors.ConfigError, match=r"ca\.pem"):
        TinyClient(options(endpoint="https://127.0.0.1:9", ca_bundle=bundle)).read()


def test_refuses_a_trusted_certificate_for_another_name(options, authority, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ocr.example").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with TinyServer(tls=context) as server, pytest.raises(errors.BackendError, match="certificate"):
        TinyClient(options(endpoint=server.url, ca_bundle=bundle)).read()


def test_uses_a_proxy_with_its_password(server, options, caplog):
    caplog.set_level(logging.DEBUG)
    proxy = server.url.replace("//", "//user:pass-of-proxy@")
    client = TinyClient(options(endpoint="http://ocr.invalid", allow_http=True, proxy=proxy))
    assert client.read().texts == ["hello"]
    assert server.requests[-1].target.startswith("http://ocr.invalid/ocr")
    assert server.requests[-1].headers["proxy-authorization"].startswith("Basic ")
    server.fail("/ocr", faults.unavailable(), times=9)
    with pytest.raises(errors.BackendUnavailableError) as caught:
        client.read()
    assert "pass-of-proxy" not in caplog.text + repr(caught.value) + repr(client.options)


def test_uses_the_proxy_of_the_environment_unless_it_is_none(server, options, monkeypatch):
    monkeypatch.setenv("http_proxy", server.host)
    monkeypatch.setenv("no_proxy", "")
    far = {"endpoint": "http://ocr.invalid", "allow_http": True, "retries": 0}
    assert TinyClient(options(**far, proxy=None)).read().texts == ["hello"]
    with pytest.raises(errors.BackendUnavailableError):
        TinyClient(options(**far, proxy="none")).read()


@pytest.mark.parametrize("proxy", ["not an address", "socks9://x", "http://"])
def test_an_invalid_proxy_is_a_config_error(options, proxy):
    with pytest.raises(errors.ConfigError, match="proxy"):
        TinyClient(options(proxy=proxy)).read()


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
def test_refuses_unsafe_options(options, wrong, says):
    with pytest.raises(ValidationError, match=says):
        options(**wrong)


def test_a_whole_address_follows_the_same_rules(options):
    transport = Transport("tiny", options())
    with pytest.raises(errors.ConfigError, match="allow_http"):
        transport.request("GET", "http://ocr.example/result/1")


def test_allows_http_on_this_machine_and_on_request(options):
    for endpoint in ("http://localhost:1", "http://[::1]:1", "http://127.0.0.1:1"):
        assert options(endpoint=endpoint).endpoint == endpoint
    assert options(endpoint="http://ocr.example", allow_http=True)


def test_vendor_variables_are_read_together_or_not_at_all():
    environ = {"TINY_KEY": "k", "TINY_SECRET_OLD": "old"}
    found = vendor_values(TinyConnection, {}, environ)
    assert found == {"key": ("k", "TINY_KEY"), "secret": ("old", "TINY_SECRET_OLD")}
    assert vendor_values(TinyConnection, {"key": "mine"}, environ) == {}
    assert vendor_values(TinyConnection, {"region": "north"}, {**environ, "TINY_SECRET": "new"})[
        "secret"
    ] == (
        "new",
        "TINY_SECRET",
    )


def test_spans_for_page_and_attempts(server, require_module):
    """In its own process, because the tracer of a process is set once."""
    require_module("opentelemetry")
    server.fail("/ocr", faults.unavailable())
    code = f"""
import sys; sys.path.insert(0, {str(__file__).rpartition("/")[0]!r})
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tiny import KEY, SECRET, TinyClient, TinyConnection
spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
options = TinyConnection(endpoint={server.url!r}, key=KEY, secret=SECRET, retry_wait_seconds=0)
TinyClient(options).read()
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


def test_names_the_extra_that_is_not_installed():
    code = """
import sys
for name in ("httpcore", "certifi", "opentelemetry"):
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
    raise AssertionError("nothing was missing")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

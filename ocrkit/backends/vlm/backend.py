"""The backend `vlm`."""

from __future__ import annotations

import threading

from ocrkit import quality
from ocrkit.backends.base import BackendFactory, Finding
from ocrkit.backends.remote import (
    ImageLimits,
    LocalWitness,
    Recognition,
    RemoteBackend,
    encode_page,
    remote_requirements,
)
from ocrkit.backends.vlm.chat import check_served, only_model, served_models
from ocrkit.backends.vlm.options import VlmOptions
from ocrkit.backends.vlm.preset import Preset, load_preset
from ocrkit.backends.vlm.probe import answers_probe, probe_page
from ocrkit.backends.vlm.reading import PageReading, VlmCall, VlmRecognition
from ocrkit.backends.vlm.request import image_limits
from ocrkit.backends.vlm.witnessed import checked, local_instead
from ocrkit.errors import OcrkitError
from ocrkit.http import Session, Transport
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Cost, Decision, Engine, PageResult

_CAPABILITIES = Capabilities(
    modes=frozenset({"auto", "printed", "handwritten"}),
    scenes=frozenset({"document", "line", "sparse", "table"}),
    levels=frozenset({"block", "line", "word"}),
    confidence="word",
    reading_order=True,
    orientation=True,
    sharing="shared",
    remote=None,
)


class VlmBackend(RemoteBackend[VlmOptions, VlmCall]):
    """Reads pages with a vision-language model, and checks the text with a local engine."""

    name = "vlm"
    service = "vision-language model"
    Options = VlmOptions
    requires = remote_requirements("vlm")
    capabilities = _CAPABILITIES

    def __init__(
        self,
        options: VlmOptions,
        transport: Transport | None = None,
        *,
        create: BackendFactory | None = None,
    ) -> None:
        """Set up; nothing is sent.

        Args:
            options: the options.
            transport: one with a recorder, to record answers or to replay them.
            create: creates the local engine of the option `witness`. None: words have no places, and nothing
                is checked.
        """
        super().__init__(options, transport)
        self._witness: LocalWitness | None = None
        if create is not None and options.witness != "none":
            self._witness = LocalWitness(options.witness, create)
        levels = _CAPABILITIES.levels if self._witness else frozenset({"block"})
        self.capabilities = _CAPABILITIES.model_copy(
            update={"remote": options.is_remote, "levels": levels, "polygons": self._witness is not None}
        )
        self._lock = threading.Lock()
        self._model = options.model
        preset = self._load_preset(options.model or "")  # an invalid one is an error now
        self._preset = preset if options.model is not None or isinstance(options.preset, str) else None

    def choose(self, request: Request) -> VlmCall:
        """The call; the first one asks the server for its model, if none is named."""
        model, preset = self._resolved()
        how = "chosen in the options" if self.options.preset is not None else "by the name of the model"
        parameters = {
            "model": model,
            "preset": preset.name,
            "format": preset.format,
            "regions": preset.regions,
            "temperature": preset.temperature,
        }
        return VlmCall(
            self.options.path("/chat/completions"),
            parameters,
            reason=f"the preset is {how}",
            preset=preset,
            model=model,
            request=request,
        )

    def limits_for(self, call: VlmCall) -> ImageLimits:
        return image_limits(call.preset.image)

    def engine(self, call: VlmCall) -> Engine:
        return Engine(name=self.service, model=call.model)

    def read(self, session: Session, page: Page, image: Encoded, call: VlmCall) -> Recognition:
        if quality.measure_ink(page).marks == 0:
            decision = Decision(topic="reading", choice="nothing sent", reason="the page has no ink")
            return VlmRecognition(decisions=(decision,))
        seen, warnings = self._look(page, call.request)
        reading = PageReading(session, self.options, call, page, image=image, seen=seen)
        recognition = reading.read(call.preset.temperature)
        return recognition.model_copy(update={"seen": seen, "warnings": (*warnings, *recognition.warnings)})

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`."""
        model, preset = self._resolved()
        return f"{model} {preset.model_dump_json()} {self._witness.name if self._witness else 'none'}"

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        preset = self._preset.name if self._preset else "chosen by the name of the server's model"
        witness = (
            self._witness.name if self._witness else "none: words have no places, and nothing is checked"
        )
        return [
            *super().diagnose(),
            Finding(ok=True, text=f"model: {self._model or 'the only one of the server'}, preset: {preset}"),
            Finding(ok=True, text=f"witness: {witness}"),
        ]

    def check_live(self) -> Finding:
        """Read a small image with a known number: the only proof that a model looks at images."""
        problem = check_served(self.options.model or "", self._served()) if self.options.model else None
        if problem:
            return Finding(ok=False, text=problem, advice="set model to one of these")
        page = probe_page()
        with self._transport.session() as session:
            call = self.choose(Request())
            image = encode_page(page, self.limits_for(call))
            try:
                result = PageReading(session, self.options, call, page, image=image).read(0.0)
            except OcrkitError as error:
                return Finding(
                    ok=False, text=f"the model {call.model} does not read an image: {error.message}"
                )
        return answers_probe(call.model, "\n".join(block.text for block in result.blocks))

    def close(self) -> None:
        """Close the connections and the witness."""
        super().close()
        if self._witness is not None:
            self._witness.close()

    def _result(
        self, session: Session, page: Page, image: Encoded, call: VlmCall, recognition: Recognition
    ) -> PageResult:
        result = self._traced(session, page, image, call, recognition)
        seen = recognition.seen if isinstance(recognition, VlmRecognition) else None
        if seen is None:
            return result
        result = checked(result, seen, page)
        agreement = result.quality.agreement
        if agreement is None or agreement >= self.options.min_agreement:
            return result
        if self.options.on_disagreement == "local":
            return local_instead(result, seen)
        if self.options.on_disagreement == "retry":
            reading = PageReading(session, self.options, call, page, image=image, seen=seen)
            again = reading.read(call.preset.retry_temperature)
            second = checked(self._traced(session, page, image, call, again), seen, page)
            better = second if (second.quality.agreement or 0) > agreement else result
            cost = _sum_of(result.trace.cost, second.trace.cost)
            return better.model_copy(update={"trace": better.trace.model_copy(update={"cost": cost})})
        return result

    def _traced(
        self, session: Session, page: Page, image: Encoded, call: VlmCall, recognition: Recognition
    ) -> PageResult:
        result = super()._result(session, page, image, call, recognition)
        if not isinstance(recognition, VlmRecognition):
            return result
        update = {
            "decisions": (*result.trace.decisions, *recognition.decisions),
            "cost": recognition.cost or _cost_of(recognition.calls, result.trace.cost),
        }
        return result.model_copy(update={"trace": result.trace.model_copy(update=update)})

    def _look(self, page: Page, request: Request) -> tuple[PageResult | None, tuple[str, ...]]:
        """The reading of the witness, or a warning if it cannot read the page."""
        if self._witness is None:
            return None, ()
        try:
            return self._witness.recognize(page, request), ()
        except OcrkitError as error:
            return None, (f"the text was not checked by the local engine: {error.message}",)

    def _resolved(self) -> tuple[str, Preset]:
        """The model and its preset, determined once."""
        with self._lock:
            if self._model is None:
                self._model = only_model(self._served())
            if self._preset is None:
                self._preset = self._load_preset(self._model)
            return self._model, self._preset

    def _served(self) -> tuple[str, ...]:
        return served_models(self._transport, self.options)

    def _load_preset(self, model: str) -> Preset:
        preset = load_preset(self.options.preset, model)
        return preset.model_copy(update=dict(self.options.overrides))


def _cost_of(calls: int, one: Cost | None) -> Cost | None:
    """The cost of several calls, from the cost of one."""
    return Cost(amount=calls * one.amount, currency=one.currency, calls=calls) if one and calls else None


def _sum_of(first: Cost | None, second: Cost | None) -> Cost | None:
    """The cost of two readings of a page."""
    if first is None or second is None:
        return first or second
    return first.model_copy(
        update={"amount": first.amount + second.amount, "calls": first.calls + second.calls}
    )

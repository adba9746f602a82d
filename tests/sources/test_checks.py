import pytest

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import ConfigError, SourceError
from ocrkit.sources.checks import check_memory, check_pixels, plausible_dpi, translate_errors


@pytest.mark.parametrize(
    "error", [ValueError("bad"), SyntaxError(), RecursionError(), KeyError(3), UserWarning("x")]
)
def test_any_exception_of_a_decoder_becomes_a_source_error(error: Exception) -> None:
    with (
        pytest.raises(SourceError, match="this PDF is damaged") as caught,
        translate_errors("PDF", "a.pdf", 3),
    ):
        raise error
    assert (caught.value.path, caught.value.page) == ("a.pdf", 3)
    assert caught.value.__cause__ is error


def test_a_lack_of_memory_is_not_reported_as_damage() -> None:
    with pytest.raises(SourceError, match=r"not enough memory.*`max_pixels`"), translate_errors("PDF", None):
        raise MemoryError


def test_ocrkit_errors_and_interrupts_are_not_translated() -> None:
    for error in (ConfigError("choose"), KeyboardInterrupt()):
        with pytest.raises(type(error)), translate_errors("PDF", None):
            raise error


def test_an_image_above_the_limit_names_the_setting() -> None:
    with pytest.raises(SourceError, match=r"300 × 200 pixels.*raise `max_pixels`"):
        check_pixels(300, 200, SourceOptions(max_pixels=10_000), name=None)
    with pytest.raises(SourceError, match="no pixels"):
        check_pixels(0, 200, SourceOptions(), name=None)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [((300, 300), 300), ((299.9994, 299.9994), 300), ((0, 0), None), ((35, 35), None), ((2401, 2401), None),
     ((204, 98), None), ((float("nan"), 300), None), ((72, 72), None)],
)  # fmt: skip
def test_an_implausible_resolution_is_ignored(stated: tuple[float, float], expected: float | None) -> None:
    assert plausible_dpi(*stated, 2480, 3508)[0] == expected


def test_a_kind_of_image_that_needs_more_memory_may_have_fewer_pixels() -> None:
    options = SourceOptions(max_pixels=20_000)
    check_memory(200, 100, 7, options, name=None)
    with pytest.raises(SourceError, match=r"200 × 100 pixels takes about 0 MB of memory.*`max_pixels`"):
        check_memory(200, 100, 7.1, options, name=None)

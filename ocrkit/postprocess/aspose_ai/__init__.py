"""Corrects words with the language model of Aspose's engine, under the same limits as the step `llm`."""

from ocrkit.postprocess.aspose_ai.step import AsposeAi

__all__ = ["AsposeAi"]

"""ocrkit in other programs: a plug-in for OCRmyPDF, loaders for LangChain, LlamaIndex and Haystack.

Import each module by its name. It needs the package that it integrates with.
"""

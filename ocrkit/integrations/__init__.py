"""ocrkit inside other programs: a plug-in for OCRmyPDF, loaders for LangChain, LlamaIndex and Haystack.

Each of them is imported by name, and only where the other package is installed.
"""

"""ocrkit: any scan, photo or PDF in, trustworthy text out."""

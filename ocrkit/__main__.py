"""`python -m ocrkit`: the command line."""

from ocrkit.cli import main

if __name__ == "__main__":
    main()

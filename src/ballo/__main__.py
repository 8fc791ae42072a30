"""`python -m ballo` is `ballo`."""

from ballo.cli.main import run

if __name__ == "__main__":
    run()

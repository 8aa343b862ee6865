"""`python -m api.cli` is `bookwheel`."""

from api.cli.main import main

if __name__ == "__main__":
    main()

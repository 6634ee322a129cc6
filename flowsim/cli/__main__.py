"""So that `python -m flowsim.cli` is `flowsim`."""

from flowsim.cli import main

main()

"""The page on which a board tries its own what-ifs: `flowsim app`."""

"""What nobody has measured, carried into the figures: draws of the inputs, each played twice."""

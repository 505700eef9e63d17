"""Rules of before, exactly, to be compared with: of averages of homes (`averages`), of the hours of
a home and of water (`hours`), and of panels (`panels`). No job uses them.
"""

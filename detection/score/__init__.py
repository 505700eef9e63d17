"""How good alerts were, against the labels of a simulated run.

`inputs` reads, `pieces` says what was there to be told, `outages`, `silent_meters`, `repeats`,
`registers`, `limits` and `losses` (a module for each kind of alert, or for some that are alike)
which alerts are right about what, `verdicts` who found what first, `figures`, `rates`,
`reliability` and `score` count, `show` prints.
All but `inputs` is pure.
"""

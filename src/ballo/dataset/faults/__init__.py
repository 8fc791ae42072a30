"""What is wrong with recorded dances, found by measurement: every fault with its place and its figures. Nothing is changed.

One file a family. Each holds pure functions on positions (T, P, 3) in metres with y up, at some frames a second, with `Parts`
that say which point is which: they judge published points, a dancer's joints and other people's recordings alike. `find`
runs them all on a publication.
"""

"""Measurements, as ratios of interleaved runs: `make bench`, or parts of it with `make bench BENCH=backfill`.

A shared machine's speed drifts by half within a minute. So nothing here is quoted in seconds alone: the candidates run
in turn, A B C A B C, and what is written down is the median of the ratios, with every run beside it.
"""

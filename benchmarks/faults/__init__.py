"""Fault runs: real processes under a seeded nemesis, judged by what the CRMs hold in the end (bin/faults)."""

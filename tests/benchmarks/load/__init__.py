"""Trunks, jobs and people at the size of PyTorch and beyond, made up from a seed. Measures nothing itself."""

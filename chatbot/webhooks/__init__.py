"""What others tell us over HTTP: one sender a file, each behind the same door."""

"""The servers and services of `make demo` and `make test`: started, watched and stopped by one process."""

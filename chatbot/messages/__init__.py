"""Every word and block people read. Pure: values in, payloads out."""

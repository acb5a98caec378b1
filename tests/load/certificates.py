"""Certificates of an authority of the tests' own, made with the openssl command."""

import shutil
import subprocess

import pytest

EXTENSIONS = "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A directory with ca.pem, another-ca.pem, server.pem and client.pem, keys included."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    directory = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    for name in ("ca", "another-ca"):
        openssl(*new, "-x509", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    for name in ("server", "client"):
        signed = (
            "-x509",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        )
        names = ("-subj", f"/CN={name}", "-addext", EXTENSIONS)
        openssl(*new, *signed, *names, "-keyout", f"{name}.key", "-out", f"{name}.crt")
        pem = (directory / f"{name}.crt").read_bytes() + (directory / f"{name}.key").read_bytes()
        (directory / f"{name}.pem").write_bytes(pem)
    return directory

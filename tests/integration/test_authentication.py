"""Every password method is relayed as it is; what fails, fails with the server's words."""

import psycopg2
import pytest

from support import wire
from support.postgres import AUTHENTICATION_USERS, PASSWORD
from support.raw_connection import RawConnection


@pytest.mark.parametrize("user", sorted(AUTHENTICATION_USERS))
def test_right_password(endpoint, user):
    connection = psycopg2.connect(endpoint.dsn(user=user, password=PASSWORD))
    cursor = connection.cursor()
    cursor.execute("SELECT session_user")
    assert cursor.fetchone() == (user,)
    connection.close()


@pytest.mark.parametrize("user", sorted(set(AUTHENTICATION_USERS) - {"trust_user"}))
@pytest.mark.parametrize("password", ["wrong", "", None])
def test_wrong_password(direct, proxied, user, password):
    def failure(endpoint) -> str:
        with pytest.raises(psycopg2.OperationalError) as caught:
            psycopg2.connect(endpoint.dsn(user=user, password=password, passfile="/dev/null"))
        return str(caught.value).split("failed: ", 1)[1]

    assert failure(direct) == failure(proxied)


def test_sqlstate_of_a_wrong_password(endpoint):
    with RawConnection(endpoint) as connection:
        connection.send(wire.startup([("user", "md5_user"), ("database", "app")]))
        connection.read_until(b"R")
        connection.send(wire.password("md5" + "0" * 32))
        (error,) = connection.errors(connection.read_to_end())
        assert (error["C"], error["V"]) == ("28P01", "FATAL")


def test_client_that_leaves_during_authentication(endpoint, pg):
    for _ in range(20):
        connection = RawConnection(endpoint)
        connection.send(wire.startup([("user", "scram_user"), ("database", "app")]))
        connection.read_until(b"R")
        connection.abort()
    psycopg2.connect(endpoint.dsn()).close()

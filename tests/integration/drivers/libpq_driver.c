/* libpq itself, asynchronously: pipeline mode, single rows, the fast path, COPY. */
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PGconn *connect_or_die(void) {
    PGconn *connection = PQconnectdb("");
    if (PQstatus(connection) != CONNECTION_OK) {
        fputs(PQerrorMessage(connection), stderr);
        exit(1);
    }
    return connection;
}

static PGresult *run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR) {
        fprintf(stderr, "%s: %s", sql, PQresultErrorMessage(result));
        exit(1);
    }
    return result;
}

static const char *state(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }

static PGconn *sleeper, *other;

static void *cancel(void *unused) {
    char text[100], message[256];
    PGcancel *handle = PQgetCancel(sleeper);
    (void)unused;
    snprintf(text, sizeof text, "SELECT wait_for_sleeper(%d)", PQbackendPID(sleeper));
    PQclear(run(other, text));
    if (!PQcancel(handle, message, sizeof message)) fputs(message, stderr);
    PQfreeCancel(handle);
    return NULL;
}

int main(void) {
    PGconn *connection = connect_or_die();
    PGresult *result;
    char number[20];
    const char *values[1] = {number};
    int total = 0, i, syncs;

    PQclear(PQprepare(connection, "plus", "SELECT $1::int + 1", 1, NULL));
    for (i = 0; i < 8; i++) {
        snprintf(number, sizeof number, "%d", i);
        result = PQexecPrepared(connection, "plus", 1, values, NULL, NULL, 0);
        total += atoi(PQgetvalue(result, 0, 0));
        PQclear(result);
    }
    result = PQdescribePrepared(connection, "plus");
    printf("prepared: %d, %d parameter of type %u\n", total, PQnparams(result), PQparamtype(result, 0));
    PQclear(result);

    {
        int answer = 0, length = 0;
        PQArgBlock arguments[2] = {{4, 0, {0}}, {4, 0, {0}}};
        arguments[0].isint = arguments[1].isint = 1;
        arguments[0].u.integer = 40;
        arguments[1].u.integer = 2;
        result = PQfn(connection, 177, &answer, &length, 1, arguments, 2); /* int4pl */
        printf("types: fast path %s %d\n", PQresStatus(PQresultStatus(result)), answer);
        PQclear(result);
    }

    PQclear(run(connection, "BEGIN; CREATE TEMP TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1); SAVEPOINT s"));
    result = PQexecParams(connection, "INSERT INTO t VALUES (1)", 0, NULL, NULL, NULL, NULL, 0);
    printf("transaction: %s", state(result));
    PQclear(result);
    result = PQexec(connection, "SELECT 1");
    printf(" %s %d", state(result), PQtransactionStatus(connection));
    PQclear(result);
    PQclear(run(connection, "ROLLBACK TO s; INSERT INTO t VALUES (2); COMMIT"));
    printf(" %d\n", PQtransactionStatus(connection));

    PQenterPipelineMode(connection);
    for (i = 0; i < 5; i++) {
        snprintf(number, sizeof number, "%d", i);
        PQsendQueryParams(connection, "SELECT $1::int * 2", 1, NULL, values, NULL, NULL, 0);
    }
    PQsendFlushRequest(connection);
    PQflush(connection);
    printf("pipeline:");
    for (i = 0; i < 5; i++) { /* the answers come before any Sync was sent */
        result = PQgetResult(connection);
        printf(" %s", PQgetvalue(result, 0, 0));
        PQclear(result);
        PQclear(PQgetResult(connection));
    }
    PQpipelineSync(connection);
    PQsendQueryParams(connection, "SELECT 1/0", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(connection, "SELECT 'never'", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(connection);
    for (syncs = 0; syncs < 2;) {
        result = PQgetResult(connection);
        if (result == NULL) continue;
        printf(" %s", PQresStatus(PQresultStatus(result)));
        syncs += PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
    PQexitPipelineMode(connection);
    printf("\n");

    PQsendQuery(connection, "SELECT generate_series(1, 100)");
    PQsetSingleRowMode(connection);
    total = 0;
    while ((result = PQgetResult(connection)) != NULL) {
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) total += atoi(PQgetvalue(result, 0, 0));
        PQclear(result);
    }
    printf("cursor: %d\n", total);

    PQclear(run(connection, "CREATE TEMP TABLE c (n int, t text)"));
    PQclear(run(connection, "COPY c FROM STDIN"));
    for (i = 0; i < 1000; i++) {
        char line[50];
        int length = snprintf(line, sizeof line, "%d\trow %d\n", i, i);
        PQputCopyData(connection, line, length);
    }
    PQputCopyEnd(connection, NULL);
    result = PQgetResult(connection);
    printf("copy: %s", PQcmdTuples(result));
    PQclear(result);
    PQclear(PQgetResult(connection));
    PQclear(run(connection, "COPY c FROM STDIN"));
    PQputCopyData(connection, "1\tx\n", 4);
    PQputCopyEnd(connection, "changed my mind");
    result = PQgetResult(connection);
    printf(" %s", state(result));
    PQclear(result);
    PQclear(PQgetResult(connection));
    PQclear(run(connection, "COPY c TO STDOUT"));
    {
        char *line;
        int length;
        total = 0;
        while ((length = PQgetCopyData(connection, &line, 0)) > 0) {
            total += length;
            PQfreemem(line);
        }
        PQclear(PQgetResult(connection));
        PQclear(PQgetResult(connection));
    }
    printf(" %d\n", total);

    other = connect_or_die();
    sleeper = connection;
    {
        pthread_t thread;
        pthread_create(&thread, NULL, cancel, NULL);
        result = PQexec(connection, "SELECT pg_sleep(60)");
        pthread_join(thread, NULL);
        printf("cancel: %s", state(result));
        PQclear(result);
        result = run(connection, "SELECT 'alive'");
        printf(" %s\n", PQgetvalue(result, 0, 0));
        PQclear(result);
    }

    {
        PGnotify *notify = NULL;
        struct pollfd readable = {PQsocket(connection), POLLIN, 0};
        PQclear(run(connection, "LISTEN driver_libpq"));
        PQclear(run(other, "NOTIFY driver_libpq, 'hello'"));
        while ((notify = PQnotifies(connection)) == NULL && poll(&readable, 1, 30000) > 0)
            PQconsumeInput(connection);
        printf("notify: %s %s\n", notify->relname, notify->extra);
        PQfreemem(notify);
    }

    {
        char *large = malloc(5000001);
        const char *parameter[1] = {large};
        memset(large, 'x', 5000000);
        large[5000000] = '\0';
        result = PQexecParams(connection, "SELECT $1::text", 1, NULL, parameter, NULL, NULL, 0);
        printf("large: %d\n", PQgetlength(result, 0, 0));
        PQclear(result);
        free(large);
    }

    {
        PGresult *lists = run(connection, "SELECT id, name FROM driver_list ORDER BY id");
        total = 0;
        for (i = 0; i < PQntuples(lists); i++) {
            values[0] = PQgetvalue(lists, i, 0);
            result = PQexecParams(connection, "SELECT id, title FROM driver_item WHERE list_id = $1", 1, NULL, values,
                                  NULL, NULL, 0);
            total += PQntuples(result);
            PQclear(result);
        }
        printf("loop: %d\n", total);
        PQclear(lists);
    }
    PQfinish(other);
    PQfinish(connection);
    return 0;
}

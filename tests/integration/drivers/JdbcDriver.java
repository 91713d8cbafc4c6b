// pgjdbc: BEGIN under the Sync of the first statement, named from the fifth execution, batches.
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

public class JdbcDriver {
    static Connection connect(String... options) throws SQLException {
        Map<String, String> env = System.getenv();
        Properties properties = new Properties();
        properties.setProperty("user", env.get("PGUSER"));
        if (env.containsKey("PGPASSWORD")) properties.setProperty("password", env.get("PGPASSWORD"));
        properties.setProperty("sslmode", env.get("PGSSLMODE"));
        if (env.containsKey("PGSSLROOTCERT")) properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        for (int i = 0; i < options.length; i += 2) properties.setProperty(options[i], options[i + 1]);
        return DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/"
            + env.get("PGDATABASE"), properties);
    }

    static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Connection db = connect();

        int total = 0;
        try (PreparedStatement plus = db.prepareStatement("SELECT ?::int + 1")) {
            for (int i = 0; i < 8; i++) {
                plus.setInt(1, i);
                try (ResultSet rows = plus.executeQuery()) {
                    rows.next();
                    total += rows.getInt(1);
                }
            }
        }
        System.out.println("prepared: " + total);

        for (String threshold : new String[] {"5", "-1"}) { // text, then binary from the first time
            try (Connection one = connect("prepareThreshold", threshold);
                 PreparedStatement types = one.prepareStatement(
                     "SELECT ?::int8, ?::numeric, ?::text, ?::bytea, ?::bool, ?::text, ?::int[], ?::uuid")) {
                types.setLong(1, 1L << 40);
                types.setBigDecimal(2, new BigDecimal("1.50"));
                types.setString(3, "ä'\\x");
                types.setBytes(4, new byte[] {0, -1});
                types.setBoolean(5, true);
                types.setNull(6, Types.VARCHAR);
                types.setArray(7, one.createArrayOf("int4", new Integer[] {1, 2}));
                types.setObject(8, UUID.fromString("00000000-0000-0000-0000-00000000002a"));
                try (ResultSet row = types.executeQuery()) {
                    row.next();
                    System.out.println("types: " + row.getLong(1) + " " + row.getBigDecimal(2) + " " + row.getString(3)
                        + " " + Arrays.toString(row.getBytes(4)) + " " + row.getBoolean(5) + " " + row.getString(6)
                        + " " + Arrays.toString((Object[]) row.getArray(7).getArray()) + " " + row.getObject(8));
                }
            }
        }

        List<String> states = new ArrayList<>();
        db.setAutoCommit(false);
        try (Statement statement = db.createStatement()) {
            statement.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)");
            statement.execute("INSERT INTO t VALUES (1)");
            Savepoint savepoint = db.setSavepoint();
            for (String sql : new String[] {"INSERT INTO t VALUES (1)", "SELECT 1"}) {
                try {
                    statement.execute(sql);
                } catch (SQLException error) {
                    states.add(error.getSQLState());
                }
            }
            db.rollback(savepoint);
            statement.execute("INSERT INTO t VALUES (2)");
            db.commit();
        }
        System.out.println("transaction: " + states + " " + number(db, "SELECT count(*) FROM t"));

        int inserted = 0;
        try (PreparedStatement insert = db.prepareStatement("INSERT INTO t VALUES (?)")) {
            for (int i = 10; i < 500; i++) {
                insert.setInt(1, i);
                insert.addBatch();
            }
            for (int n : insert.executeBatch()) inserted += n;
            for (int i : new int[] {600, 601, 600, 602}) {
                insert.setInt(1, i);
                insert.addBatch();
            }
            try {
                insert.executeBatch();
            } catch (BatchUpdateException error) {
                states = List.of(error.getSQLState());
                db.rollback();
            }
        }
        System.out.println("pipeline: " + inserted + " " + states + " " + number(db, "SELECT count(*) FROM t"));
        db.commit();

        try (PreparedStatement series = db.prepareStatement("SELECT generate_series(1, ?)")) {
            series.setFetchSize(7);
            series.setInt(1, 100);
            total = 0;
            try (ResultSet rows = series.executeQuery()) {
                while (rows.next()) total += rows.getInt(1);
            }
        }
        db.commit();
        System.out.println("cursor: " + total);

        CopyManager copy = db.unwrap(PGConnection.class).getCopyAPI();
        try (Statement statement = db.createStatement()) {
            statement.execute("CREATE TEMP TABLE c (n int, t text)");
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1000; i++) lines.append(i).append("\trow ").append(i).append('\n');
        long copied = copy.copyIn("COPY c FROM STDIN", new StringReader(lines.toString()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        copy.copyOut("COPY (SELECT * FROM c ORDER BY n) TO STDOUT", out);
        db.commit();
        System.out.println("copy: " + copied + " " + out.size());

        Connection other = connect();
        db.setAutoCommit(true);
        try (Statement sleep = db.createStatement()) {
            int pid = db.unwrap(PGConnection.class).getBackendPID();
            Thread canceller = new Thread(() -> {
                try (PreparedStatement wait = other.prepareStatement("SELECT wait_for_sleeper(?)")) {
                    wait.setInt(1, pid);
                    wait.execute();
                    sleep.cancel();
                } catch (SQLException error) {
                    throw new RuntimeException(error);
                }
            });
            canceller.start();
            try {
                sleep.execute("SELECT pg_sleep(60)");
            } catch (SQLException error) {
                System.out.println("cancel: " + error.getSQLState() + " " + number(db, "SELECT 42"));
            }
            canceller.join();
        }

        try (Statement listen = db.createStatement(); Statement notify = other.createStatement()) {
            listen.execute("LISTEN driver_jdbc");
            notify.execute("NOTIFY driver_jdbc, 'hello'");
            PGNotification[] notifications = db.unwrap(PGConnection.class).getNotifications(30_000);
            System.out.println("notify: " + notifications[0].getName() + " " + notifications[0].getParameter());
        }

        try (PreparedStatement large = db.prepareStatement("SELECT ?::text")) {
            large.setString(1, "x".repeat(5_000_000));
            try (ResultSet rows = large.executeQuery()) {
                rows.next();
                System.out.println("large: " + rows.getString(1).length());
            }
        }

        // In a transaction, and with the simple protocol as well.
        for (String mode : new String[] {"extended", "simple"}) {
            try (Connection one = connect("preferQueryMode", mode)) {
                one.setAutoCommit(false);
                int count = 0;
                List<Integer> ids = new ArrayList<>();
                try (Statement lists = one.createStatement();
                     ResultSet rows = lists.executeQuery("SELECT id, name FROM driver_list ORDER BY id")) {
                    while (rows.next()) ids.add(rows.getInt(1));
                }
                for (int id : ids) {
                    try (PreparedStatement items = one.prepareStatement(
                             "SELECT id, title FROM driver_item WHERE list_id = ?")) {
                        items.setInt(1, id);
                        try (ResultSet rows = items.executeQuery()) {
                            while (rows.next()) count++;
                        }
                    }
                }
                one.commit();
                System.out.println("loop: " + mode + " " + count);
            }
        }
        other.close();
        db.close();
    }
}

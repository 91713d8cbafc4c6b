// pgjdbc's loops. Variants: one statement object for all lookups (kept) or one for each (each), of
// either threshold; the simple protocol. It turns to named statements and binary results by itself.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.*;
import java.util.*;

public class JdbcLoops {
    static Connection connect(String variant) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("sslmode", System.getenv("PGSSLMODE"));
        if (variant.equals("unnamed")) properties.setProperty("prepareThreshold", "0");
        if (variant.equals("named")) properties.setProperty("prepareThreshold", "1");
        if (variant.equals("simple")) properties.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":"
            + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE"), properties);
    }

    static List<Object[]> rows(PreparedStatement statement) throws SQLException {
        List<Object[]> all = new ArrayList<>();
        try (ResultSet found = statement.executeQuery()) {
            int columns = found.getMetaData().getColumnCount();
            while (found.next()) {
                Object[] row = new Object[columns];
                for (int i = 0; i < columns; i++) row[i] = found.getObject(i + 1);
                all.add(row);
            }
        }
        return all;
    }

    static void lookUp(PreparedStatement statement, Object[] row, String[] keys) throws SQLException {
        for (int i = 0; i < keys.length; i++) statement.setObject(i + 1, row[Integer.parseInt(keys[i])]);
        for (Object[] found : rows(statement)) System.out.println(Arrays.toString(found));
        System.out.println("-");
    }

    static void loop(Connection db, String variant, String transaction, String list, String lookup, String[] keys)
            throws SQLException {
        boolean each = transaction.equals("each_row");
        db.setAutoCommit(each || transaction.equals("autocommit"));
        db.setTransactionIsolation(transaction.equals("repeatable_read") ? Connection.TRANSACTION_REPEATABLE_READ
                                                                         : Connection.TRANSACTION_READ_COMMITTED);
        List<Object[]> parents;
        try (PreparedStatement statement = db.prepareStatement(list)) {
            parents = rows(statement);
        }
        db.setAutoCommit(transaction.equals("autocommit"));
        String text = lookup.replaceAll("\\$\\d", "?");
        try (PreparedStatement kept = db.prepareStatement(text)) {
            for (Object[] row : parents) {
                if (variant.equals("each")) {
                    try (PreparedStatement own = db.prepareStatement(text)) {
                        lookUp(own, row, keys);
                    }
                } else {
                    lookUp(kept, row, keys);
                }
                if (each) db.commit();
            }
        }
        if (!db.getAutoCommit()) db.commit();
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Connection> connections = new HashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] asked = line.split("\t");
            if (!connections.containsKey(asked[0])) connections.put(asked[0], connect(asked[0]));
            loop(connections.get(asked[0]), asked[0], asked[1], asked[2], asked[3], asked[4].split(","));
            System.out.println("end");
            System.out.flush();
        }
    }
}

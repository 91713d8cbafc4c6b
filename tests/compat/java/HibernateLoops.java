// Hibernate: a lazy collection loaded in a loop, and the same with JOIN FETCH.
import jakarta.persistence.*;
import java.util.*;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

public class HibernateLoops {
    @Entity(name = "List_")
    @Table(name = "driver_list")
    public static class ListEntity {
        @Id public int id;
        public String name;
        @OneToMany(mappedBy = "list") public Set<Item> items = new HashSet<>();
    }

    @Entity(name = "Item")
    @Table(name = "driver_item")
    public static class Item {
        @Id public int id;
        public String title;
        @ManyToOne(fetch = FetchType.LAZY) @JoinColumn(name = "list_id") public ListEntity list;
    }

    public static void main(String[] arguments) {
        Map<String, String> env = System.getenv();
        Configuration configuration = new Configuration()
            .addAnnotatedClass(ListEntity.class)
            .addAnnotatedClass(Item.class)
            .setProperty("hibernate.connection.url", "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT")
                + "/" + env.get("PGDATABASE") + "?sslmode=" + env.get("PGSSLMODE"))
            .setProperty("hibernate.connection.username", env.get("PGUSER"))
            .setProperty("hibernate.connection.pool_size", "1");
        try (SessionFactory factory = configuration.buildSessionFactory()) {
            for (String fetch : new String[] {"", "LEFT JOIN FETCH l.items "}) {
                try (Session session = factory.openSession()) {
                    session.beginTransaction();
                    int count = 0;
                    List<ListEntity> lists = session.createQuery(
                        "SELECT l FROM List_ l " + fetch + "ORDER BY l.id", ListEntity.class).list();
                    for (ListEntity list : lists) count += list.items.size();
                    session.getTransaction().commit();
                    System.out.println((fetch.isEmpty() ? "lazy: " : "eager: ") + count);
                }
            }
        }
    }
}

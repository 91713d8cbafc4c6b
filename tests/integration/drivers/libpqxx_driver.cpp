// libpqxx: libpq from C++, with its own pipeline (simple queries joined) and COPY streams.
#include <atomic>
#include <iostream>
#include <pqxx/pipeline>
#include <pqxx/pqxx>
#include <pqxx/stream_from>
#include <pqxx/stream_to>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace {

class receiver : public pqxx::notification_receiver {
public:
    using pqxx::notification_receiver::notification_receiver;
    void operator()(const std::string& payload, int) override { payload_ = payload; }
    std::string payload_;
};

std::string sqlstate(pqxx::connection_base& connection, const std::string& sql) {
    try {
        pqxx::nontransaction transaction(connection);
        transaction.exec(sql);
        return "none";
    } catch (const pqxx::sql_error& error) {
        return error.sqlstate();
    }
}

}  // namespace

int main() {
    pqxx::connection connection("");
    connection.prepare("plus", "SELECT $1::int + 1");
    {
        pqxx::work work(connection);
        int total = 0;
        for (int i = 0; i < 8; ++i)
            total += work.exec_prepared1("plus", i)[0].as<int>();
        std::cout << "prepared: " << total << "\n";
        const pqxx::binarystring raw("\0\xff", 2);
        const pqxx::row row = work.exec_params1(
            "SELECT $1::int8, $2::numeric, $3::text, $4::bytea, $5::bool, $6::text", 1LL << 40,
            "1.50", "ä'\\x", raw, true, nullptr);
        std::cout << "types:";
        for (const auto& field : row)
            std::cout << ' ' << (field.is_null() ? "NULL" : field.c_str());
        std::cout << "\n";
        work.commit();
    }
    {
        std::string states;
        pqxx::work work(connection);
        work.exec("CREATE TEMP TABLE t (n int PRIMARY KEY)");
        work.exec("INSERT INTO t VALUES (1)");
        try {
            pqxx::subtransaction nested(work, "nested");
            nested.exec("INSERT INTO t VALUES (1)");
        } catch (const pqxx::sql_error& error) {
            states += error.sqlstate() + " ";
        }
        work.exec("INSERT INTO t VALUES (2)");
        const int count = work.exec1("SELECT count(*) FROM t")[0].as<int>();
        work.commit();
        std::cout << "transaction: " << states << count << "\n";
    }
    {
        pqxx::work work(connection);
        int total = 0;
        {
            pqxx::pipeline pipeline(work);
            std::vector<pqxx::pipeline::query_id> ids;
            for (int i = 0; i < 10; ++i)
                ids.push_back(pipeline.insert("SELECT " + std::to_string(i) + " * 2"));
            for (const auto id : ids)
                total += pipeline.retrieve(id)[0][0].as<int>();
        }
        std::cout << "pipeline: " << total << "\n";
        pqxx::icursorstream cursor(work, "SELECT generate_series(1, 100)", "c", 7);
        pqxx::result portion;
        total = 0;
        while (cursor >> portion) {
            for (const auto& row : portion)
                total += row[0].as<int>();
        }
        std::cout << "cursor: " << total << "\n";
        work.exec("CREATE TEMP TABLE c (n int, t text)");
        {
            pqxx::stream_to in(work, "c", std::vector<std::string>{"n", "t"});
            for (int i = 0; i < 1000; ++i)
                in << std::make_tuple(i, "row " + std::to_string(i));
            in.complete();
        }
        std::tuple<int, std::string> row;
        std::size_t size = 0;
        pqxx::stream_from out(work, "c");
        while (out >> row)
            size += std::get<1>(row).size();
        out.complete();
        std::cout << "copy: " << size << "\n";
        work.commit();
    }
    pqxx::connection other("");
    {
        const int pid = connection.backendpid();
        std::thread canceller([&] {
            pqxx::nontransaction waiting(other);
            waiting.exec_params("SELECT wait_for_sleeper($1)", pid);
            connection.cancel_query();
        });
        const std::string state = sqlstate(connection, "SELECT pg_sleep(60)");
        canceller.join();
        pqxx::nontransaction after(connection);
        std::cout << "cancel: " << state << ' ' << after.exec1("SELECT 'alive'")[0].c_str() << "\n";
    }
    {
        receiver heard(connection, "driver_pqxx");
        pqxx::nontransaction(other).exec("NOTIFY driver_pqxx, 'hello'");
        while (heard.payload_.empty())
            connection.await_notification(30, 0);
        std::cout << "notify: " << heard.channel() << ' ' << heard.payload_ << "\n";
    }
    pqxx::nontransaction work(connection);
    std::cout << "large: "
              << work.exec_params1("SELECT $1::text", std::string(5'000'000, 'x'))[0].size()
              << "\n";
    std::size_t count = 0;
    for (const auto& list : work.exec("SELECT id, name FROM driver_list ORDER BY id")) {
        count += work.exec_params("SELECT id, title FROM driver_item WHERE list_id = $1",
                                  list[0].as<int>())
                     .size();
    }
    std::cout << "loop: " << count << "\n";
}
